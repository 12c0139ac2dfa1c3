"""The moment of a score: a basket of a moment ago is scored as of the latest fact, so that no age is below zero."""

import numpy as np
import pytest

from features.online.features import OnlineFeatures
from features.online_state.contents import StateContents
from features.online_state.events import LineReturned, OrderPlaced
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.records import COUNTED, Silence, write_counted
from features.stores.memory import MemoryStore
from features.stores.store import StoreError
from serving.scores import Explain
from serving.scoring import moment
from serving.scoring.freshness import ANY_AGE, MaxAge
from serving.scoring.scorer import Scorer
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import AFTER, COSTS, ServedShop, opened, shop_of_sizes

HOUR = 3_600_000_000
NOW, LATEST = AFTER + 100 * HOUR, AFTER + 90 * HOUR
LINES = (OrderLine("p0", 1, 2000, size="xl"), OrderLine("p0", 1, 2000, size="m"))


def state(shop: ServedShop) -> MemoryStore:
    """The shop's state, whose latest fact is a return of the customer c."""
    store = shop.store()
    live = LiveState(store, StateContents(shop.recipe), shop.about.remember_days, MAX_DELAY_DAYS)
    live.apply([OrderPlaced("e1", "o", ("l1", "l2"), Order("c", AFTER, LINES)), LineReturned("e2", "l1", LATEST)], NOW)
    return store


def test_a_basket_of_a_moment_ago_is_scored_as_of_the_latest_fact_with_its_what_ifs() -> None:
    shop = shop_of_sizes()
    scorer = Scorer(shop.model, opened(state(shop)), COSTS, 0.3)
    before, then = (Order("c", at, LINES) for at in (LATEST - HOUR // 2, LATEST))

    assert scorer.score([before], NOW, Explain.ALL).baskets == scorer.score([then], NOW, Explain.ALL).baskets
    assert scorer.latest_fact() == LATEST


def test_no_age_is_below_zero_and_a_later_basket_keeps_its_time() -> None:
    shop = shop_of_sizes()
    online, store = OnlineFeatures(shop.recipe), state(shop)
    orders = [Order("c", at, LINES) for at in (LATEST - HOUR // 2, LATEST + HOUR, NOW)]

    asked = store.read(lambda snapshot: moment.ask(online, snapshot, orders, NOW, reasons=False))

    since = asked.answer.features[:, online.names.index("customer_days_since_return")]
    assert [order.ordered_at for order in asked.orders] == [LATEST, LATEST + HOUR, NOW]
    assert np.nanmin(since) >= 0
    assert len(set(since)) > 1


def test_a_fact_ahead_of_the_clock_counts_from_its_own_time_on_and_makes_nothing_later() -> None:
    shop = shop_of_sizes()
    online, store = OnlineFeatures(shop.recipe), shop.store()
    live = LiveState(store, StateContents(shop.recipe), shop.about.remember_days, MAX_DELAY_DAYS)
    now = LATEST - 2 * HOUR
    live.apply([OrderPlaced("e1", "o", ("l1", "l2"), Order("c", AFTER, LINES)), LineReturned("e2", "l1", LATEST)], now)

    def since_return(now: int) -> tuple[int, float]:
        asked = store.read(lambda snapshot: moment.ask(online, snapshot, [Order("c", now, LINES)], now, reasons=False))
        days = asked.answer.features[0, online.names.index("customer_days_since_return")]
        return asked.orders[0].ordered_at, float(days)

    before, after = since_return(now), since_return(LATEST + HOUR)
    while live.advance(LATEST + HOUR):
        pass

    assert before[0] == now
    assert np.isnan(before[1])
    assert after == since_return(LATEST + HOUR)
    assert after == pytest.approx((LATEST + HOUR, 1 / 24))
    assert store.read(moment.latest_of).outcome == LATEST


def test_windows_that_end_long_after_the_latest_outcome_do_not_count_as_closed() -> None:
    shop = shop_of_sizes()
    online, store = OnlineFeatures(shop.recipe), state(shop)
    orders, much_later = [Order("c", NOW + 900 * HOUR, LINES)], NOW + 900 * HOUR

    def open_lines(max_age: MaxAge) -> tuple[int, float]:
        asked = store.read(lambda snapshot: moment.ask(online, snapshot, orders, much_later, max_age, reasons=False))
        return asked.closing_time, float(asked.answer.features[0, online.names.index("customer_open_lines")])

    assert open_lines(ANY_AGE) == (much_later, 0)
    assert open_lines(MaxAge(silence=Silence(outcome=HOUR))) == (LATEST + HOUR, 1)


def test_a_basket_of_before_the_latest_close_is_scored_as_of_it() -> None:
    shop = shop_of_sizes()
    store, close = state(shop), LATEST + 5 * HOUR
    store.write(lambda transaction: transaction.put(COUNTED, write_counted(close)))
    scorer = Scorer(shop.model, opened(store), COSTS, 0.3)

    asked = scorer.score([Order("c", LATEST + HOUR, LINES)], NOW).basis

    assert asked is not None
    assert [order.ordered_at for order in asked.asked.orders] == [close]
    assert scorer.latest_fact() == LATEST


def test_a_state_that_cannot_be_read_has_no_latest_fact() -> None:
    shop = shop_of_sizes()
    store = opened(state(shop))
    store.trouble = StoreError("gone", "lost")

    assert Scorer(shop.model, store, COSTS, 0.3).latest_fact() is None


def test_a_score_says_who_and_what_is_new_to_the_state() -> None:
    shop = shop_of_sizes()
    scorer = Scorer(shop.model, opened(state(shop)), COSTS, 0.3)
    new = OrderLine("never seen", 1, 2000)
    orders = [
        Order("c", NOW, LINES), Order("stranger", NOW, (*LINES, new)), Order(None, NOW, (new, new)),
        Order("c", NOW - 20 * HOUR, (new,)),
    ]  # fmt: skip

    found = scorer.score(orders, NOW).baskets

    assert [(basket.new_customer, basket.new_products) for basket in found] == [
        (False, 0), (True, 1), (False, 2), (False, 1),
    ]  # fmt: skip
