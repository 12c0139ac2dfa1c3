"""The days with facts: any order of arrival gives the same days, and gaps are those between them."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from features.online_state import fact_days
from features.online_state.fact_days import MOST, Days, FactDays, Gap, days_of, gaps

numbers = st.lists(st.integers(19_000, 19_000 + 3 * MOST), min_size=1, max_size=40)


@given(numbers, st.integers(0, 99), st.integers(1, 60))
def test_gaps_are_the_days_between_days_with_facts_in_whatever_order_these_came(
    days: list[int], seed: int, more_than: int
) -> None:
    shuffled = Random(seed).sample(days, len(days))
    found = days_of(shuffled)
    late = sorted({day for day in days if day > max(days) - MOST})
    between = [Gap(one + 1, other - 1) for one, other in pairwise(late)]

    assert found is not None
    assert found == days_of(sorted(days))
    assert gaps(found, more_than) == tuple(gap for gap in between if gap.days > more_than)


@given(numbers)
def test_days_are_read_as_they_were_written(days: list[int]) -> None:
    known = FactDays(order=days_of(days), outcome=Days(19_000))

    assert fact_days.read(fact_days.write(known)) == known


def test_a_gap_is_closed_once_facts_have_come_for_as_long_as_it_lasted() -> None:
    gap = Gap(100, 119)

    assert (gap.days, gap.is_open(120), gap.is_open(139), gap.is_open(140)) == (20, True, True, False)
