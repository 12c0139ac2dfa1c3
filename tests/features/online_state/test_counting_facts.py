"""The latest facts, and the days of facts, are those of facts that count: others don't make a state current."""

from collections.abc import Sequence

import pytest

from features.online_state import records
from features.online_state.events import (
    Event,
    LineDelivered,
    LineReturned,
    OrderCancelled,
    OrderPlaced,
    ReturnCancelled,
    Status,
)
from features.online_state.fact_days import Days
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.records import Latest
from tests.features.online_state.test_lives import ONLINE
from tests.features.states import state_of

DAY = 86_400_000_000
T = 1_700_000_000_000_000
NOW = T + 30 * DAY
PLACED = OrderPlaced("o", "o", ("l",), Order("c", T, (OrderLine("p", 1, 1000),)))
CANCELLED = OrderCancelled("x", "o", T + DAY)


def told(events: Sequence[Event], now: int = NOW) -> tuple[LiveState, Status]:
    live = state_of(ONLINE)
    return live, live.apply(events, now)[-1].status


def known(live: LiveState) -> tuple[Latest, Days | None, Days | None]:
    """The latest facts, and the days with deliveries and outcomes."""
    latest, days = live.store.read(lambda snapshot: snapshot.get([records.LATEST, records.DAYS]))
    found = records.read_latest(latest)
    of_all = records.read_days(days, found)
    return found, of_all.delivery, of_all.outcome


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([PLACED, LineReturned("r", "l", T + 25 * DAY)], Status.NOT_COUNTED),
        ([PLACED, LineReturned("r", "l", T - DAY)], Status.NOT_COUNTED),
        ([LineReturned("r", "l", T + 25 * DAY), PLACED], Status.APPLIED),
        ([LineReturned("r", "l", T - DAY), PLACED], Status.APPLIED),
        ([PLACED, LineDelivered("d", "l", T + 25 * DAY)], Status.NOT_COUNTED),
        ([LineDelivered("d", "l", T - DAY), PLACED], Status.APPLIED),
        ([PLACED, OrderCancelled("x", "o", T + 25 * DAY)], Status.NOT_COUNTED),
        ([PLACED, OrderCancelled("x", "o", T + DAY, ())], Status.APPLIED),
        ([OrderCancelled("x", "o", T - DAY), PLACED], Status.APPLIED),
        ([PLACED, ReturnCancelled("w", "l", "r", T + DAY)], Status.WAITING),
    ],
)
def test_a_fact_that_counts_nothing_is_no_latest_fact_and_gives_its_day_no_fact(
    events: Sequence[Event], status: Status
) -> None:
    live, last = told(events)

    assert last is status
    assert known(live) == (Latest(order=T), None, None)


@pytest.mark.parametrize(
    "waiting", [OrderCancelled("x", "o", T + DAY), LineReturned("r", "l", T + DAY), LineDelivered("d", "l", T + DAY)]
)
def test_a_fact_that_waits_for_its_order_is_one_once_that_comes(waiting: Event) -> None:
    live, status = told([waiting])
    before = known(live)
    live.apply([PLACED], NOW)

    assert (status, before) == (Status.WAITING, (Latest(), None, None))
    assert (T + DAY) in (known(live)[0].outcome, known(live)[0].delivery)
    assert known(live) == known(told([PLACED, waiting])[0])


def test_a_return_ahead_of_the_clock_that_does_not_count_is_none_at_its_time() -> None:
    live, _ = told([PLACED, CANCELLED, LineReturned("r", "l", T + 2 * DAY)], now=T + DAY + 60_000_000)

    while live.advance(T + 3 * DAY):
        pass

    assert known(live)[0] == Latest(order=T, outcome=T + DAY)
