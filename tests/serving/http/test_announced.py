"""Launch dates of products in events, beside those that the validation of tables accepts."""

import pytest
from pydantic import TypeAdapter

from data.times import MICROSECONDS_PER_DAY, iso
from serving.http import announced
from serving.http.problems import ProblemError
from serving.http.wire.requests.events import Event
from tests.serving.decisions.shop import NOW

DAY = MICROSECONDS_PER_DAY
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def of_product(launched_at: int) -> Event:
    event = {"type": "product_changed", "event_id": "e", "product_id": "p", "changed_at": iso(NOW)}
    return EVENT.validate_python({**event, "launched_at": iso(launched_at)})


def test_a_launch_that_tables_would_refuse_is_refused_with_its_place_and_the_bound():
    latest = NOW + 30 * DAY

    announced.check([(("events", 3), of_product(latest - 1_000_000))], latest, NOW)
    with pytest.raises(ProblemError) as error:
        announced.check([(("events", 3), of_product(latest))], latest, NOW)

    (problem,) = error.value.errors
    assert (problem.pointer, problem.expected) == ("/events/3/launched_at", f"a time before {iso(latest)}")
    assert "validation.latest" in error.value.detail


def test_where_the_bound_of_tables_has_passed_a_launch_of_today_is_taken_and_a_later_one_refused():
    long_ago = NOW - 400 * DAY

    announced.check([(("events", 0), of_product(NOW))], long_ago, NOW)
    with pytest.raises(ProblemError):
        announced.check([(("events", 0), of_product(NOW + 2 * DAY))], long_ago, NOW)
