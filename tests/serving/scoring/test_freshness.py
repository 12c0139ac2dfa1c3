"""Freshness: each kind of fact has an age of its own, and old data makes an answer degraded."""

from dataclasses import replace

import pytest

from features.online_state.contents import StateContents
from features.online_state.events import OrderPlaced
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.records import Latest
from serving.scores import Degraded
from serving.scoring.freshness import ANY_AGE, MaxAge
from serving.scoring.scorer import Scorer
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import AFTER, COSTS, opened, served_shop

NOW = 1_717_156_800_000_000
KNOWN = Latest(NOW - 10_000_000, NOW - 200_000_000, NOW - 3_000_000_000)


@pytest.mark.parametrize(
    ("max_age", "detail"),
    [
        (ANY_AGE, None),
        (MaxAge(10, 200, 3000), None),
        (MaxAge(order=9.5), "the latest order is 10 s old, at most 9.5 s"),
        (MaxAge(delivery=60, outcome=3600), "the latest delivery is 200 s old, at most 60 s"),
        (MaxAge(9, 60), "the latest order is 10 s old, at most 9 s; the latest delivery is 200 s old, at most 60 s"),
    ],
)  # fmt: skip
def test_a_kind_of_facts_that_is_older_than_its_limit_is_named(max_age: MaxAge, detail: str | None) -> None:
    expected = () if detail is None else (Degraded("stale_data", detail),)

    assert max_age.degraded(KNOWN, NOW) == expected


def test_a_kind_of_which_nothing_is_known_is_stale_where_it_has_a_limit() -> None:
    latest = replace(KNOWN, delivery=None)

    assert MaxAge(order=60).degraded(latest, NOW) == ()
    assert MaxAge(delivery=60).degraded(latest, NOW) == (Degraded("stale_data", "no delivery is known"),)


def test_a_fact_ahead_of_the_clock_is_of_now() -> None:
    assert MaxAge(order=1).degraded(Latest(order=NOW + 3_600_000_000), NOW) == ()


def test_one_new_order_does_not_make_an_old_state_fresh() -> None:
    shop, day = served_shop(), 86_400
    store, now = shop.store(), AFTER + 500 * day * 1_000_000
    scorer = Scorer(shop.model, opened(store), COSTS, 0.3, MaxAge(order=day, outcome=day))
    order = Order(None, now, (OrderLine("p", 1, 100),))
    before = scorer.score([order], now).baskets[0].degraded
    LiveState(store, StateContents(shop.recipe), 100, MAX_DELAY_DAYS).apply([OrderPlaced("e", "o", ("l",), order)], now)
    after = scorer.score([order], now).baskets[0].degraded

    assert [each.cause for each in (*before, *after)] == ["stale_data", "stale_data"]
    assert "order" in before[0].detail
    assert "order" not in after[0].detail
