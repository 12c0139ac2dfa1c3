"""Freshness: each kind of fact has an age of its own, and old data makes an answer degraded."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.online_state.contents import StateContents
from features.online_state.events import OrderPlaced
from features.online_state.fact_days import LONGEST, FactDays, all_until
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.records import Latest
from serving.scores import Degraded
from serving.scoring.freshness import ANY_AGE, MaxAge
from serving.scoring.scorer import Scorer
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import AFTER, COSTS, opened, served_shop

NOW = 1_717_156_800_000_000
DAYS = FactDays(*[all_until(NOW)] * 3)
KNOWN = Latest(NOW - 10_000_000, NOW - 200_000_000, NOW - 3_000_000_000)


@pytest.mark.parametrize(
    ("max_age", "detail"),
    [
        (ANY_AGE, None),
        (MaxAge(10, 200, 3000), None),
        (MaxAge(order=9.5), "the latest order is 10 s old, at most 9.5 s"),
        (MaxAge(delivery=60, outcome=3600), "the latest delivery is 200 s old, at most 60 s"),
        (
            MaxAge(outcome=60),
            "the latest outcome is 3000 s old, at most 60 s, and windows that ended since wait for outcomes",
        ),
        (MaxAge(9, 60), "the latest order is 10 s old, at most 9 s; the latest delivery is 200 s old, at most 60 s"),
    ],
)  # fmt: skip
def test_a_kind_of_facts_that_is_older_than_its_limit_is_named(max_age: MaxAge, detail: str | None) -> None:
    expected = () if detail is None else (Degraded("stale_data", detail),)

    assert max_age.degraded(KNOWN, DAYS, NOW) == expected


def test_a_kind_of_which_nothing_is_known_is_stale_where_it_has_a_limit() -> None:
    latest = replace(KNOWN, delivery=None)

    assert MaxAge(order=60).degraded(latest, DAYS, NOW) == ()
    assert MaxAge(delivery=60).degraded(latest, DAYS, NOW) == (Degraded("stale_data", "no delivery is known"),)


def test_a_fact_ahead_of_the_clock_is_of_now() -> None:
    assert MaxAge(order=1).degraded(Latest(order=NOW + 3_600_000_000), DAYS, NOW) == ()


DAY = 86_400
DAY_US = DAY * 1_000_000
BEGAN = NOW - 400 * DAY_US


def told(*times: int) -> tuple[Latest, FactDays]:
    """What a state knows of orders at ``times``."""
    days = FactDays()
    for at in times:
        days = days.with_fact("order", at)
    return Latest(order=max(times)), days


@pytest.mark.parametrize(
    ("since", "stale"),
    [(0, True), (1, True), (29, True), (31, False)],
)
def test_orders_after_a_gap_make_the_data_current_once_they_have_come_for_as_long_as_the_gap(
    since: int,
    stale: bool,  # noqa: FBT001
) -> None:
    before = [BEGAN + day * DAY_US for day in range(100)]
    after = [BEGAN + (130 + day) * DAY_US for day in range(since + 1)]

    found = MaxAge(order=2 * DAY).degraded(*told(*before, *after), after[-1] + 1)

    assert bool(found) is stale
    why = "no order is known from 2023-08-05 to 2023-09-03, 30 days, and others have come for less than that since"
    assert [each.detail for each in found] == [why] * stale


@pytest.mark.parametrize(("gap", "lasts"), [(600, 600), (1023, 1023), (1024, 1024), (1100, LONGEST), (5000, LONGEST)])
def test_a_gap_of_years_is_named_and_counts_as_any_other_does_for_at_most_three_years(gap: int, lasts: int) -> None:
    long_ago = NOW - (2 * gap + 10) * DAY_US
    for since, stale in ((0, True), (lasts - 1, True), (lasts, False)):
        after = [long_ago + (gap + 1 + day) * DAY_US for day in range(since + 1)]

        found = MaxAge(order=2 * DAY).degraded(*told(long_ago, *after), after[-1] + 1)

        assert bool(found) is stale, since
        assert not found or f"{gap} days" in found[0].detail


def test_a_gap_is_filled_by_the_facts_that_were_missing() -> None:
    times = [BEGAN + day * DAY_US for day in range(131) if not 100 <= day < 130]
    missing = [BEGAN + day * DAY_US for day in range(100, 130, 3)]

    assert MaxAge(order=2 * DAY).degraded(*told(*times), times[-1] + 1)
    assert MaxAge(order=2 * DAY).degraded(*told(*times, *missing), times[-1] + 1) == ()


def test_a_kind_without_a_limit_may_have_any_gap() -> None:
    latest, days = told(BEGAN, NOW)

    assert MaxAge(delivery=DAY).degraded(replace(latest, delivery=NOW), replace(days, delivery=days.order), NOW) != ()
    assert (
        MaxAge(delivery=DAY).degraded(
            replace(latest, delivery=NOW), FactDays(days.order).with_fact("delivery", NOW), NOW
        )
        == ()
    )


HOURS = st.integers(1, 10 * 24)
"""Hours from one order to the next, of a shop that has few, or none at night, on Sundays and in its holidays."""


@given(quiet=st.lists(HOURS, min_size=1, max_size=60), gap_days=st.integers(1, 20))
def test_a_shop_whose_orders_never_grew_too_old_has_no_gap(quiet: list[int], gap_days: int) -> None:
    times = [NOW - sum(quiet[place:]) * 3_600_000_000 for place in range(len(quiet) + 1)]

    assert MaxAge(order=10 * DAY, gap_days=gap_days).degraded(*told(*times), NOW) == ()


def test_one_new_fact_does_not_make_an_old_state_fresh() -> None:
    shop = served_shop()
    store, now = shop.store(), AFTER + 500 * DAY_US
    scorer = Scorer(shop.model, opened(store), COSTS, 0.3, MaxAge(order=DAY))
    live = LiveState(store, StateContents(shop.recipe), 100, MAX_DELAY_DAYS)

    def degraded(day: int) -> list[str]:
        at = now + day * DAY_US
        order = Order(None, at, (OrderLine("p", 1, 100),))
        live.apply([OrderPlaced(f"e{day}", f"o{day}", (f"l{day}",), order)], at)
        return [each.detail for each in scorer.score([order], at).baskets[0].degraded if each.cause == "stale_data"]

    order = Order(None, now, (OrderLine("p", 1, 100),))
    before = scorer.score([order], now).baskets[0].degraded
    details = [degraded(day) for day in (0, 1, 2)]

    assert before[0].detail.startswith("the latest order is")
    assert all(len(each) == 1 and each[0].startswith("no order is known from") for each in details)
