"""What was added up reaches a metric as if each value had."""

from collections import Counter as Tally

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, generate_latest

from serving.http.measured.tallies import ManyValues, Values, pass_on

BOUNDS = (0.25, 0.5, 2.0)


@given(st.lists(st.sampled_from([0.0, 0.125, 0.25, 0.375, 0.5, 1.0, 2.0, 3.0])))
def test_a_histogram_is_the_same_as_if_it_had_taken_each_value(values: list[float]) -> None:
    registries = CollectorRegistry(), CollectorRegistry()
    each, together = (ManyValues("seconds", "Some.", buckets=BOUNDS, registry=one) for one in registries)
    added_up = Values(BOUNDS)

    for value in values:
        each.observe(value)
        added_up.note(value)
    passed = added_up.pass_on(together)
    again = added_up.pass_on(together)

    assert (passed, again) == (len(values), 0)
    lines = [[line for line in generate_latest(one).splitlines() if b"created" not in line] for one in registries]
    assert lines[0] == lines[1]


def test_counts_by_name_are_passed_on_once() -> None:
    registry, tally = CollectorRegistry(), Tally({"size": 2, "color": 1})
    counter = Counter("lacking", "Some.", ["shop", "field"], registry=registry)

    pass_on(tally, counter, ["a"])
    pass_on(tally, counter, ["a"])

    assert registry.get_sample_value("lacking_total", {"shop": "a", "field": "size"}) == 2
    assert registry.get_sample_value("lacking_total", {"shop": "a", "field": "color"}) == 1
