"""Events ahead of the clock: the answer, the look-up and the counters say the same, also after a takeover."""

from dataclasses import replace

import pytest

from features.online_state import records, restore
from features.online_state.events import (
    CustomerErased,
    CustomersMerged,
    Event,
    LineDelivered,
    LineReturned,
    LineShipped,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ReturnCancelled,
    Status,
)
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.records import StateAbout
from features.stores.store import Agenda
from tests.features.online_state.test_lives import ONLINE, counters
from tests.features.online_state.test_lives import facts as facts_of
from tests.features.seeds import advance, content_of
from tests.features.states import REMEMBER_DAYS, state_of

HOUR = 3_600_000_000
DAY = 24 * HOUR
T = 1_700_000_000_000_000
NOW = T + 5 * DAY
LATER = NOW + 2 * HOUR
COUNTS = "it lies ahead of the clock, and counts from 2023-11-20T00:13:20Z on"
UNTIL_THEN = f"{COUNTS}; until then, what was said before with its id holds"

PLACED = OrderPlaced("o", "o", ("l",), Order("c", T, (OrderLine("p", 1, 1000),)))
BACK = LineReturned("r", "l", T + 2 * DAY)
CHEAPER = replace(PLACED.order, lines=(OrderLine("p", 1, 700),))
CHANGED = OrderChanged("x", "o", T + DAY, ("l",), CHEAPER)
WITHDRAWN = ReturnCancelled("x", "l", "r", T + 3 * DAY)
ERASED = CustomerErased("x", "c", T + DAY)
CHEAPEST = replace(CHANGED, order=replace(CHEAPER, lines=(OrderLine("p", 1, 600),)), changed_at=LATER)


def told(*events: Event) -> LiveState:
    live = state_of(ONLINE)
    about = StateAbout("seed", {}, "", None, None, REMEMBER_DAYS)
    live.store.write(lambda store: store.put(records.ABOUT, records.write_about(about)))
    live.apply(events, NOW)
    return live


def facts(live: LiveState) -> tuple[object, object]:
    return facts_of(live), counters(live)


@pytest.mark.parametrize(
    "event",
    [
        replace(PLACED, event_id="x", order_id="o2", line_ids=("l2",), order=replace(PLACED.order, ordered_at=LATER)),
        OrderCancelled("x", "o", LATER),
        LineShipped("x", "l", LATER),
        LineDelivered("x", "l", LATER),
        LineReturned("x", "l", LATER),
        CHEAPEST,
        CustomersMerged("x", "c", "d", LATER),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_of_any_kind_that_lies_ahead_says_from_when_on_it_counts_until_it_does(event: Event) -> None:
    live = told(PLACED)

    (receipt,) = live.apply([event], NOW)

    assert (receipt.status, receipt.detail) == (Status.APPLIED, COUNTS)
    assert live.look_up("x", NOW + HOUR) == receipt
    advance(live, LATER + 1)
    after = live.look_up("x", LATER + 1)
    assert after is not None
    assert (after.status, after.detail) == (Status.APPLIED, "")


@pytest.mark.parametrize(
    ("first", "correction"),
    [
        (CHANGED, CHEAPEST),
        (WITHDRAWN, replace(WITHDRAWN, cancelled_at=LATER)),
        (ERASED, replace(ERASED, erased_at=LATER)),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_statement_holds_until_a_correction_of_it_that_lies_ahead_counts(first: Event, correction: Event) -> None:
    live, never_corrected = told(PLACED, BACK, first), told(PLACED, BACK, first)

    (receipt,) = live.apply([correction], NOW)
    renewed = told()
    restore.carry_over(live.store, renewed, NOW)

    assert (receipt.status, receipt.detail) == (Status.APPLIED, UNTIL_THEN)
    for each in (live, renewed):
        assert each.look_up("x", NOW + HOUR) == receipt
        assert facts(each) == facts(never_corrected)
    for each in (live, renewed):
        advance(each, LATER + 1)
        after = each.look_up("x", LATER + 1)
        assert after is not None
        assert (after.status, after.detail) == (Status.APPLIED, "")
    assert facts(live) == facts(renewed) != facts(never_corrected)


def test_a_correction_of_a_correction_that_lies_ahead_leaves_the_first_statement_in_force() -> None:
    live = told(PLACED, BACK, CHANGED, CHEAPEST)
    again = replace(CHEAPEST, changed_at=LATER + HOUR)

    live.apply([again], NOW)
    renewed = told()
    restore.carry_over(live.store, renewed, NOW)

    assert facts(renewed) == facts(live) == facts(told(PLACED, BACK, CHANGED))
    assert content_of(renewed).agendas[Agenda.AHEAD] == content_of(live).agendas[Agenda.AHEAD]
    assert [at for at, _ in content_of(live).agendas[Agenda.AHEAD]] == [LATER + HOUR]


@pytest.mark.parametrize("at", [NOW - HOUR, LATER])
def test_a_merge_that_can_never_count_is_refused_also_where_it_lies_ahead(at: int) -> None:
    merged = CustomersMerged("x", "c", "d", T + DAY)
    live = told(PLACED, merged)

    receipts = live.apply(
        [
            replace(merged, into="e", merged_at=at, recorded_at=at),
            CustomersMerged("y", "c", "e", at),
            CustomersMerged("z", "d", "c", at),
        ],
        NOW,
    )

    assert [each.status for each in receipts] == [Status.REFUSED] * 3
    assert "was merged into another by the event x" in receipts[0].detail
    found = live.look_up("x", NOW)
    assert found is not None
    assert found.status is Status.APPLIED
    assert content_of(live).agendas[Agenda.AHEAD] == []


@pytest.mark.parametrize("order_id", ["o", "unknown"])
def test_a_changed_order_that_lost_a_line_before_its_time_says_so(order_id: str) -> None:
    two = replace(PLACED.order, lines=PLACED.order.lines * 2)
    live = told(PLACED, OrderChanged("x", order_id, LATER, ("m", "n"), two))
    live.apply([replace(PLACED, event_id="o9", order_id="o9", line_ids=("n",))], NOW)

    found = [live.look_up("x", NOW)]
    advance(live, LATER + 1)
    found.append(live.look_up("x", LATER + 1))

    for each in found:
        assert each is not None
        assert (each.status, each.detail) == (Status.NOT_COUNTED, "its line n was ordered before, in the order o9")
