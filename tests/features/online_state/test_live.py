"""The online state: parity with the matrix, for any order of events and also for repeated events."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import recipe
from features.online.features import OnlineFeatures
from features.online_state import profiles, records
from features.online_state.events import (
    CustomerChanged,
    CustomerContacted,
    CustomerErased,
    CustomersMerged,
    Event,
    LineDelivered,
    LineReturned,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ProductChanged,
    Reacted,
    Receipt,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
    Status,
)
from features.online_state.live import LiveState
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.stores.memory import MemoryStore
from features.stores.store import Agenda
from tests.features.built import built
from tests.features.event_log import Moment, event_log
from tests.features.parity import Comparison, Offline, replay
from tests.features.seeds import content_of
from tests.features.states import REMEMBER_DAYS, reader_of, state_of, without_history

pytestmark = pytest.mark.long

DAY = 86_400_000_000


@pytest.fixture(scope="module", params=[7, 8])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a crowded shop: its validated tables and its matrix."""
    return built(tmp_path_factory, seed=request.param, lives=True, changes=True)


@pytest.fixture(scope="module")
def online(shop: Path) -> OnlineFeatures:
    return OnlineFeatures(recipe.read(shop / "matrix" / "recipe.json"))


@pytest.fixture(scope="module")
def log(shop: Path) -> list[Moment]:
    return event_log(shop / "validated")


@pytest.fixture
def live(online: OnlineFeatures) -> LiveState:
    return state_of(online)


def orders_at_the_end(log: Sequence[Moment], at: int) -> list[Order]:
    """Every order of the log again, scored at one later time."""
    return [replace(placed.order, ordered_at=at) for moment in log for placed in moment.placed]


def features_at(live: LiveState, orders: Sequence[Order]) -> np.ndarray:
    return live.store.read(lambda snapshot: reader_of(live).ask(snapshot, orders, reasons=True)).features


def fed_by(online: OnlineFeatures, events: Sequence[tuple[int, Event]]) -> LiveState:
    """A state after ``events``, applied in this order, each at the given time of the clock."""
    live = state_of(online)
    for now, event in events:
        live.apply([event], now)
    return live


def in_order(log: Sequence[Moment]) -> list[tuple[int, Event]]:
    return [(moment.at, event) for moment in log for event in moment.events]


def assert_same(one: LiveState, other: LiveState, orders: Sequence[Order]) -> None:
    for state in (one, other):
        while state.advance(orders[0].ordered_at):
            pass
    np.testing.assert_allclose(features_at(one, orders), features_at(other, orders), rtol=1e-9, atol=1e-12)


def test_every_feature_of_every_line_equals_the_matrix(
    shop: Path, online: OnlineFeatures, log: list[Moment], live: LiveState
) -> None:
    compared = Comparison(online, Offline.read(shop / "matrix", online.names))

    for _ in replay(log, live, compared):
        pass

    assert compared.examples == []
    assert compared.lines == len(compared.offline.values)


def test_closes_are_counted_at_scoring_before_the_writer_counts_them(
    shop: Path, online: OnlineFeatures, log: list[Moment], live: LiveState
) -> None:
    compared = Comparison(online, Offline.read(shop / "matrix", online.names))
    applied = [moment.at for moment in replay(log, live, compared)]

    behind = state_of(online)
    for moment in log[: len(applied) // 8]:
        behind.apply(moment.events, moment.at)
    ahead = fed_by(online, in_order(log[: len(applied) // 8]))
    later = orders_at_the_end(log[: len(applied) // 8], log[len(applied) // 8].at + 5 * DAY)
    while ahead.advance(later[0].ordered_at):
        pass

    np.testing.assert_allclose(features_at(behind, later[:3]), features_at(ahead, later[:3]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_late_events_out_of_order_give_the_same_state_as_in_order(
    online: OnlineFeatures, log: list[Moment], seed: int
) -> None:
    shuffled = random.Random(seed)
    events = in_order(log)
    end = events[-1][0] + 40 * DAY
    # An event arrives up to ten days after it was known, in another order than it happened.
    late = sorted(((at + shuffled.randrange(10 * DAY), event) for at, event in events), key=lambda pair: pair[0])

    assert_same(fed_by(online, late), fed_by(online, events), orders_at_the_end(log, end))


def test_events_that_all_come_at_the_end_backwards_give_the_same_state_as_in_order(
    online: OnlineFeatures, log: list[Moment]
) -> None:
    end = log[-1].at
    backwards = [(end, event) for _, event in reversed(in_order(log))]

    assert_same(fed_by(online, backwards), fed_by(online, in_order(log)), orders_at_the_end(log, end + 40 * DAY))


def test_an_event_counts_once_however_often_it_is_sent(online: OnlineFeatures, log: list[Moment]) -> None:
    events = in_order(log)
    often = [pair for pair in events for _ in range(3)]

    live = state_of(online)
    statuses = [live.apply([event], at)[0].status for at, event in often]

    assert {statuses[place] for place in range(1, len(statuses), 3)} == {Status.DUPLICATE}
    assert_same(live, fed_by(online, events), orders_at_the_end(log, log[-1].at + 40 * DAY))


# --- single cases, written by hand ---


@pytest.fixture
def few(online: OnlineFeatures) -> LiveState:
    return state_of(online)


T = 1_700_000_000_000_000
PLACED = OrderPlaced("e1", "o1", ("l1",), Order("someone", T, (OrderLine("p", 1, 1000, size="m"),), region="north"))

ADDED = OrderChanged(
    "e3", "o1", T + 2 * DAY, ("l1", "l2"), replace(PLACED.order, lines=(*PLACED.order.lines, OrderLine("q", 1, 500)))
)
UNRECORDED = OrderChanged(
    "e2", "o1", T, ("l1",), replace(PLACED.order, lines=(OrderLine("p", 1, 1000, outcome_recorded=False),))
)
RECORDED_LATE = LineReturned("e2", "l1", T + DAY, recorded_at=T + 5 * DAY)
ONE_TIME = [ProductChanged(f"e{number}", "p", T, ProductFacts(category=f"c{number}")) for number in (3, 2)]
MERGED = CustomersMerged("e2", "c", "d", T)


def receipt_of(live: LiveState, event: Event, now: int) -> Receipt:
    return live.apply([event], now)[0]


def value(live: LiveState, name: str, at: int) -> float:
    found = features_at(live, [Order("someone", at, (OrderLine("p", 1, 1000, size="m"),))])
    return float(found[0, reader_of(live).names.index(name)])


def test_an_event_at_the_scoring_time_itself_is_not_counted(few: LiveState) -> None:
    few.apply([PLACED], T)

    assert (value(few, "customer_lines", T), value(few, "customer_lines", T + 1)) == (0, 1)


def test_a_window_closes_by_the_passing_of_time_alone(few: LiveState) -> None:
    few.apply([PLACED], T)
    close = T + 21 * DAY  # seven days for the delivery and fourteen to return

    assert (value(few, "customer_product_kept", close), value(few, "customer_product_kept", close + 1)) == (0, 1)


def test_a_delivery_moves_the_close(few: LiveState) -> None:
    few.apply([PLACED, LineDelivered("e2", "l1", T + DAY)], T + DAY)

    assert value(few, "customer_product_kept", T + 15 * DAY + 1) == 1


def test_a_return_that_comes_after_its_line_was_counted_as_kept_takes_that_back(few: LiveState) -> None:
    few.apply([PLACED], T)
    few.advance(T + 30 * DAY)
    kept = value(few, "customer_product_kept", T + 31 * DAY)

    receipt = receipt_of(few, LineReturned("e2", "l1", T + 5 * DAY, "SIZE_TOO_SMALL"), T + 31 * DAY)

    assert (kept, receipt.status) == (1, Status.APPLIED)
    assert value(few, "customer_product_kept", T + 32 * DAY) == 0
    assert value(few, "customer_product_returned", T + 32 * DAY) == 1
    assert value(few, "customer_product_last_returned", T + 32 * DAY) == 1


def shares(live: LiveState, at: int) -> dict[str, float]:
    names = [name for name in reader_of(live).names if name.startswith("reason_share_")]
    return {name.removeprefix("reason_share_"): value(live, name, at) for name in names}


def test_a_return_with_a_reason_raises_the_share_of_that_reason_and_lowers_all_others(few: LiveState) -> None:
    few.apply([PLACED, LineReturned("e2", "l1", T + 5 * DAY, "COLOR")], T + 5 * DAY)
    before, after = shares(few, T + 5 * DAY), shares(few, T + 7 * DAY)

    assert before == pytest.approx(dict.fromkeys(before, 1 / 11))
    # Shop: (1 + 10/11) / (1 + 10) = 0.173554. Product: (1 + 4 * 0.173554) / 5 = 0.338843. In its size:
    # (1 + 3 * 0.338843) / 4 = 0.504132. The scored product has no category. The other ten share the rest.
    assert after == pytest.approx({name: 0.504132 if name == "color" else 0.0495868 for name in after}, rel=1e-5)
    assert len(after) == 11


@pytest.mark.parametrize("reason", ["UNKNOWN", None])
def test_a_return_without_a_known_reason_changes_no_share(few: LiveState, reason: str | None) -> None:
    few.apply([PLACED, LineReturned("e2", "l1", T + 5 * DAY, reason)], T + 5 * DAY)

    after = shares(few, T + 7 * DAY)

    assert after == pytest.approx(dict.fromkeys(after, 1 / 11))


def test_a_product_that_comes_back_as_too_small_runs_small(few: LiveState) -> None:
    few.apply([PLACED, LineReturned("e2", "l1", T + 5 * DAY, "SIZE_TOO_SMALL")], T + 5 * DAY)

    # One return, too small: (0 - 1) / (1 + 4).
    assert value(few, "product_size_bias", T + 5 * DAY) == 0
    assert value(few, "product_size_bias", T + 7 * DAY) == pytest.approx(-0.2)


@pytest.mark.parametrize("copies", [1, 10])
def test_the_features_of_the_score_are_the_first_columns_of_all(
    online: OnlineFeatures, log: list[Moment], copies: int
) -> None:
    live = fed_by(online, in_order(log))
    orders = orders_at_the_end(log, log[-1].at + DAY)[:3] * copies

    every = features_at(live, orders)
    of_score = live.store.read(lambda snapshot: reader_of(live).ask(snapshot, orders)).features

    assert online.names[: len(online.score_names)] == online.score_names
    assert (every.shape[1], of_score.shape[1]) == (len(online.names), len(online.score_names))
    assert every.shape[1] - of_score.shape[1] >= 11
    np.testing.assert_array_equal(of_score, every[:, : of_score.shape[1]])
    np.testing.assert_array_equal(
        without_history(online, orders), without_history(online, orders, reasons=True)[:, : of_score.shape[1]]
    )


def test_a_return_after_the_close_changes_nothing(few: LiveState) -> None:
    few.apply([PLACED], T)
    few.apply([LineReturned("e2", "l1", T + 25 * DAY)], T + 25 * DAY)

    assert value(few, "customer_product_returned", T + 40 * DAY) == 0
    assert value(few, "customer_product_kept", T + 40 * DAY) == 1


def test_an_event_before_its_order_waits_for_the_order(few: LiveState) -> None:
    early = receipt_of(few, LineReturned("e2", "l1", T + DAY), T + DAY)
    few.apply([PLACED], T + 2 * DAY)

    assert early.status is Status.WAITING
    assert value(few, "customer_product_returned", T + 3 * DAY) == 1


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (replace(PLACED, event_id="e2", order_id="o2"), "its line l1 was ordered before, in the order o1"),
        (
            replace(PLACED, line_ids=("l9",)),
            "its id was used before with another content: line l1 before only, line l9",
        ),
        (
            replace(PLACED, order=replace(PLACED.order, lines=(OrderLine("p", 2, 1000, size="m"),))),
            "another content: quantity 1 before, 2 now in line l1; to correct it, send a later recorded_at",
        ),
        (
            replace(PLACED, order=replace(PLACED.order, customer_id="another", region="south")),
            "another content: customer_id, region 'north' before, 'south' now; to correct it",
        ),
        (
            replace(PLACED, order=replace(PLACED.order, ordered_at=T - DAY)),
            "ordered_at 2023-11-14T22:13:20Z before, 2023-11-13T22:13:20Z now, recorded_at 2023-11-14T22:13:20Z before",
        ),
        (LineDelivered("e1", "l1", T), "its id was used before, by order_placed of order_id o1"),
        (LineReturned("e3", "l1", T + 3 * DAY), "ahead of the clock: known at 2023-11-17T22:13:20Z"),
        (replace(PLACED, event_id="e2", line_ids=("l1", "l1")), "its lines need an id each, all different"),
    ],
)
def test_an_event_that_contradicts_known_facts_is_refused_with_a_reason(few: LiveState, event: Event, why: str) -> None:
    few.apply([PLACED], T)

    receipt = receipt_of(few, event, T + DAY)

    assert receipt.status is Status.REFUSED
    assert why in receipt.detail
    assert value(few, "customer_lines", T + DAY) == 1


def test_an_event_of_a_decision_is_never_corrected_as_the_decision_log_has_the_first_one(few: LiveState) -> None:
    shown = Reacted("e9", "d1", "action_shown", T)
    few.apply([shown], T)

    later = receipt_of(few, replace(shown, did="action_dismissed", reacted_at=T + 1_000_000), T + DAY)
    again = receipt_of(few, replace(shown, recorded_at=T + DAY), T + DAY)

    assert later.status is Status.REFUSED
    assert "did 'action_shown' before, 'action_dismissed' now" in later.detail
    assert "send another event_id" in later.detail
    assert again.status is Status.DUPLICATE


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_what_is_dismissed_after_it_was_accepted_does_not_count_in_whatever_order_the_two_arrive(
    few: LiveState, order: tuple[int, ...]
) -> None:
    second = 1_000_000
    told = [
        Reacted("e1", "d1", "action_dismissed", T),
        Reacted("e2", "d1", "action_accepted", T + second),
        Reacted("e3", "d1", "action_dismissed", T + 2 * second),
    ]
    few.apply([told[place] for place in order], T)
    few.apply([Reacted("e4", "d2", "action_dismissed", T + 2 * second)], T)

    found = {name: few.look_up(name, T) for name in ("e1", "e2", "e3", "e4")}

    status = {name: each and each.status for name, each in found.items()}
    assert status == dict.fromkeys(("e1", "e2", "e4"), Status.APPLIED) | {"e3": Status.NOT_COUNTED}
    assert found["e3"] is not None
    assert "its action was accepted at" in found["e3"].detail


def test_an_event_of_an_unknown_decision_is_kept_and_looked_up_as_it_was_answered(few: LiveState) -> None:
    shown = Reacted("e9", "d1", "action_shown", T, unknown=True)

    answered = receipt_of(few, shown, T)

    assert answered.status is Status.NOT_COUNTED
    assert few.look_up("e9", T) == answered
    assert receipt_of(few, replace(shown, unknown=False), T).status is Status.DUPLICATE


def test_a_contact_counts_nothing_and_its_id_is_known_with_its_content(few: LiveState) -> None:
    call = CustomerContacted("e9", "digest", T)

    assert receipt_of(few, call, T).status is Status.APPLIED
    found = few.look_up("e9", T)
    assert found is not None
    assert found.status is Status.APPLIED
    assert receipt_of(few, call, T).status is Status.DUPLICATE
    other = receipt_of(few, replace(call, about="another"), T)
    assert (other.status, "send another event_id" in other.detail) == (Status.REFUSED, True)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([LineReturned("e2", "l1", T - 1)], "before its order of 2023-11-14T22:13:20Z"),
        ([LineDelivered("e2", "l1", T - DAY)], "known at 2023-11-13T22:13:20Z, before its order"),
        ([LineReturned("e2", "l1", T + 25 * DAY)], "after its window closed at 2023-12-05T22:13:20Z"),
        ([LineDelivered("e2", "l1", T + 22 * DAY)], "delivered at 2023-12-06T22:13:20Z, after its window closed at"),
        ([LineReturned("e2", "l1", T + DAY), LineReturned("e3", "l1", T + 2 * DAY)], "the line came back before"),
        ([OrderCancelled("e2", "o1", T + DAY), LineReturned("e3", "l1", T + 2 * DAY)], "the line was cancelled at"),
        ([OrderCancelled("e2", "o1", T - DAY)], "before its order of 2023-11-14T22:13:20Z"),
        ([OrderCancelled("e2", "o1", T + 25 * DAY)], "after the window of the line l1 closed at 2023-12-05T22:13:20Z"),
        ([LineReturned("e2", "l1", T + DAY), OrderCancelled("e3", "o1", T + 2 * DAY)], "after a return of the line l1"),
        (
            [OrderCancelled("e2", "o1", T + DAY), OrderCancelled("e3", "o1", T + 2 * DAY, ("l1",))],
            "cancelled before, at",
        ),
        ([OrderCancelled("e2", "o1", T + DAY), ADDED], "with its whole order: to take it back, correct the event e2"),
        ([RECORDED_LATE, ReturnCancelled("e3", "l1", "e2", T + DAY)], "before its return was, at 2023-11-19T22:13:20Z"),
        ([ReturnRequested("e2", "l1", T + DAY, 2)], "asks for 2 pieces, and the line has 1"),
        ([Refunded("e2", "l1", T + DAY, 2_000_000)], "more than 10 times"),
        (
            [Refunded(f"e{n}", "l1", T + DAY, 9_000) for n in (2, 3)],
            "more than 10 times, with what was refunded before",
        ),
        ([OrderCancelled("e2", "o1", T + DAY), LineDelivered("e3", "l1", T + 2 * DAY)], "the line was cancelled at"),
        ([UNRECORDED, LineReturned("e3", "l1", T + DAY)], "the outcome of its line is never recorded"),
        (ONE_TIME, "category is as the event e3 says, of the same time"),
        ([MERGED, CustomerChanged("e3", "c", T, CustomerFacts(birth_year=1980))], "was merged into another"),
        ([OrderChanged("e2", "o1", T - DAY, ("l1",), PLACED.order)], "the order is as the event e1"),
    ],
)
def test_an_event_without_effect_says_so_at_once_and_when_it_is_looked_up(
    few: LiveState, events: list[Event], why: str
) -> None:
    few.apply([PLACED], T)
    few.apply(events[:-1], T + 30 * DAY)

    receipt = receipt_of(few, events[-1], T + 30 * DAY)

    assert receipt.status is Status.NOT_COUNTED
    assert why in receipt.detail
    assert few.look_up(events[-1].event_id, T + 30 * DAY) == receipt


@pytest.mark.parametrize(
    ("event", "missing", "why"),
    [
        (OrderCancelled("e2", "o1", T + 3 * DAY, ("l2",)), ADDED, "the order has no line l2 yet"),
        (
            ReturnCancelled("e2", "l1", "r1", T + 2 * DAY),
            LineReturned("e3", "l1", T + DAY, return_id="r1"),
            "no return r1 of this line is known yet",
        ),
        (
            Refunded("e2", "l1", T + 2 * DAY, 1000, return_id="r1"),
            LineReturned("e3", "l1", T + DAY, return_id="r1"),
            "no return r1 of this line is known yet",
        ),
    ],
)
def test_an_event_that_counts_once_another_comes_waits_for_it(
    few: LiveState, event: Event, missing: Event, why: str
) -> None:
    few.apply([PLACED], T)

    receipt = receipt_of(few, event, T + 3 * DAY)
    few.apply([missing], T + 3 * DAY)

    assert (receipt.status, receipt.detail) == (Status.WAITING, why)
    assert few.look_up(event.event_id, T + 3 * DAY) == Receipt(event.event_id, Status.APPLIED)


def test_of_two_facts_of_one_time_the_one_that_holds_is_the_one_that_says_so(few: LiveState) -> None:
    few.apply([PLACED, *reversed(ONE_TIME)], T)

    found = [few.look_up(each.event_id, T) for each in ONE_TIME]

    assert [each and each.status for each in found] == [Status.APPLIED, Status.NOT_COUNTED]


LONG_AGO, SOON_AFTER = OrderCancelled("e2", "o1", T + DAY, ("l1",)), OrderCancelled("e3", "o1", T + 3 * DAY)


@pytest.mark.parametrize("later", [SOON_AFTER, replace(SOON_AFTER, cancelled_at=T + 25 * DAY)])
def test_a_cancelled_line_stays_cancelled_whatever_is_cancelled_after_it(few: LiveState, later: OrderCancelled) -> None:
    few.apply([PLACED, LONG_AGO], T + DAY)

    few.apply([later, LineReturned("e4", "l1", T + 2 * DAY)], T + 25 * DAY)

    assert value(few, "customer_lines", T + 26 * DAY) == 0
    assert value(few, "customer_product_returned", T + 26 * DAY) == 0


@pytest.mark.parametrize(("seconds", "scheduled"), [(10, []), (3600, [T])])
def test_a_fact_further_ahead_than_clocks_differ_waits_for_its_time(
    few: LiveState, seconds: int, scheduled: list[int]
) -> None:
    few.apply([PLACED], T - seconds * 1_000_000)

    due = few.store.read(lambda snapshot: snapshot.due(Agenda.CLOSE, T + DAY, 10))

    assert [at for at, _ in due] == scheduled
    assert value(few, "customer_lines", T + 1) == 1


def test_facts_ahead_of_the_clock_are_counted_by_no_score_before_their_time(few: LiveState) -> None:
    ahead = [LineReturned(f"r{name}", name, T + DAY + hours * DAY // 24) for hours, name in ((6, "l1"), (12, "l2"))]
    few.apply([PLACED, replace(PLACED, event_id="o2", order_id="o2", line_ids=("l2",)), *ahead], T + DAY)

    found = [value(few, "customer_product_returned", T + DAY + hours * DAY // 24) for hours in (1, 7, 13)]

    assert found == [0, 1, 2]


AHEAD_BY = DAY // 2
"""How long before their own time the events are told that lie ahead of the clock."""
OF_LATER = T + 4 * DAY
BACK = [LineReturned("r", "l1", T + DAY)]
OTHERS = [replace(PLACED, event_id="e9", order_id="o9", line_ids=("l9",), order=replace(PLACED.order, customer_id="x"))]


@pytest.mark.parametrize(
    ("known", "event", "before", "after"),
    [
        ([], OrderChanged("e2", "o1", OF_LATER, ("l1", "l2"), ADDED.order), 1, 2),
        (BACK, ReturnCancelled("e2", "l1", "r", OF_LATER), 1, 0),
        (OTHERS, CustomersMerged("e2", "x", "someone", OF_LATER), 1, 2),
        ([], CustomerErased("e2", "someone", OF_LATER), 1, 0),
    ],
)
def test_an_event_ahead_of_the_clock_changes_nothing_before_its_time(
    few: LiveState, known: list[Event], event: Event, before: float, after: float
) -> None:
    name = "customer_product_returned" if isinstance(event, ReturnCancelled) else "customer_lines"
    few.apply([PLACED, *known], T + DAY)

    receipt = receipt_of(few, event, OF_LATER - AHEAD_BY)
    waiting = few.look_up("e2", OF_LATER - 1)
    while few.advance(OF_LATER):
        pass
    found = value(few, name, OF_LATER)
    few.advance(OF_LATER + 1)

    assert (receipt.status, receipt) == (Status.APPLIED, waiting)
    assert receipt.detail == "it lies ahead of the clock, and counts from 2023-11-18T22:13:20Z on"
    assert (found, value(few, name, OF_LATER + 1)) == (before, after)
    assert few.look_up("e2", OF_LATER + 1) == Receipt("e2", Status.APPLIED)


def test_facts_ahead_of_the_clock_are_known_from_their_time_on(few: LiveState) -> None:
    changed = ProductChanged("e2", "p", OF_LATER, ProductFacts(category="shoes"))
    few.apply([changed], OF_LATER - AHEAD_BY)
    keys = [records.product_key("p")]
    before = few.store.read(lambda snapshot: snapshot.get(keys))
    few.advance(OF_LATER + 1)

    (after,) = few.store.read(lambda snapshot: snapshot.get(keys))

    assert before == [None]
    assert profiles.read_product(after or b"").at(OF_LATER + 1).category == "shoes"


def test_a_correction_takes_the_place_of_an_event_that_still_waits_for_its_time(few: LiveState) -> None:
    few.apply([PLACED], T)
    wrong = CustomerErased("e2", "someone", OF_LATER)
    few.apply([wrong], OF_LATER - AHEAD_BY)

    few.apply([replace(wrong, erased_at=T - DAY, recorded_at=OF_LATER + 1)], OF_LATER - AHEAD_BY + 1)
    few.advance(OF_LATER + 1)

    assert value(few, "customer_lines", OF_LATER + 1) == 1


def test_a_merge_ahead_of_the_clock_that_comes_too_late_can_be_looked_up(few: LiveState) -> None:
    few.apply([CustomersMerged("e2", "x", "y", OF_LATER)], OF_LATER - AHEAD_BY)
    few.apply([CustomersMerged("e3", "x", "z", OF_LATER - AHEAD_BY)], OF_LATER - AHEAD_BY)
    few.advance(OF_LATER + 1)

    why = "the account was merged into another by the event e3"
    assert few.look_up("e2", OF_LATER + 1) == Receipt("e2", Status.NOT_COUNTED, why)


def test_an_order_of_an_erased_customer_that_waited_for_its_time_is_nobodys(few: LiveState) -> None:
    few.apply([PLACED], T)
    few.apply([OrderChanged("e2", "o1", OF_LATER, ("l1", "l2"), ADDED.order)], OF_LATER - AHEAD_BY)
    few.apply([CustomerErased("e3", "someone", OF_LATER - AHEAD_BY)], OF_LATER - AHEAD_BY)
    few.advance(OF_LATER + 1)

    kept = content_of(few).records
    assert b"someone" not in kept[records.event_key("e2")]
    assert b"someone" not in kept[records.order_key("o1")]


def test_a_delivery_says_where_the_order_itself_gives_the_close(few: LiveState) -> None:
    line = replace(PLACED.order.lines[0], closes_at=T + 9 * DAY)
    few.apply([replace(PLACED, order=replace(PLACED.order, lines=(line,)))], T)

    receipt = receipt_of(few, LineDelivered("e2", "l1", T + 3 * DAY), T + 3 * DAY)

    assert receipt.status is Status.APPLIED
    assert (
        receipt.detail == "its window closes at 2023-11-23T22:13:20Z, as the order says, whenever the line is delivered"
    )


def test_a_cancellation_is_taken_back_by_a_correction_that_cancels_no_line(few: LiveState) -> None:
    few.apply([PLACED, LONG_AGO], T + DAY)

    receipt = receipt_of(few, replace(LONG_AGO, line_ids=(), recorded_at=T + 2 * DAY), T + 2 * DAY)
    again = receipt_of(few, LONG_AGO, T + 2 * DAY)

    assert (receipt.status, again.status) == (Status.APPLIED, Status.DUPLICATE)
    assert value(few, "customer_lines", T + 26 * DAY) == 1


def test_a_waiting_event_that_turns_out_to_count_or_not_can_be_looked_up(few: LiveState) -> None:
    few.apply([LineReturned("good", "l1", T + DAY, return_id="r1"), LineReturned("early", "l1", T - 1)], T + DAY)
    waiting = [few.look_up(event_id, T + DAY) for event_id in ("good", "early", "unknown")]

    few.apply([PLACED], T + 2 * DAY)
    found = [few.look_up(event_id, T + 2 * DAY) for event_id in ("good", "early")]

    assert [each and each.status for each in waiting] == [Status.WAITING, Status.WAITING, None]
    assert [each and each.status for each in found] == [Status.APPLIED, Status.NOT_COUNTED]


def test_the_delivery_that_was_recorded_last_holds(few: LiveState) -> None:
    few.apply([PLACED, LineDelivered("e2", "l1", T + 2 * DAY)], T + 2 * DAY)

    earlier = receipt_of(few, LineDelivered("e3", "l1", T + DAY), T + 3 * DAY)
    corrected = receipt_of(few, LineDelivered("e4", "l1", T + DAY, recorded_at=T + 3 * DAY), T + 3 * DAY)

    assert earlier.status is Status.NOT_COUNTED
    assert "2023-11-15T22:13:20Z, recorded at" in earlier.detail
    assert "2023-11-16T22:13:20Z by the event e2" in earlier.detail
    assert corrected.status is Status.APPLIED
    assert value(few, "customer_product_kept", T + 15 * DAY + 1) == 1


def test_an_event_is_corrected_by_the_same_id_recorded_later(few: LiveState) -> None:
    back = LineReturned("e2", "l1", T + DAY, "COLOR")
    few.apply([PLACED, back], T + DAY)

    same = receipt_of(few, replace(back, reason="STYLE"), T + 2 * DAY)
    later = receipt_of(few, replace(back, reason="STYLE", recorded_at=T + 2 * DAY), T + 2 * DAY)

    assert (same.status, later.status) == (Status.REFUSED, Status.APPLIED)
    assert "reason 'COLOR' before, 'STYLE' now; to correct it, send a later recorded_at" in same.detail
    assert shares(few, T + 3 * DAY)["style"] > shares(few, T + 3 * DAY)["color"]


def test_part_of_the_pieces_counts_and_the_answer_says_how_many(few: LiveState) -> None:
    three = replace(PLACED, order=replace(PLACED.order, lines=(OrderLine("p", 3, 1000, size="m"),)))
    few.apply([three, LineReturned("e2", "l1", T + DAY, quantity=2)], T + DAY)

    receipt = receipt_of(few, LineReturned("e3", "l1", T + 2 * DAY, quantity=2), T + 2 * DAY)

    assert (receipt.status, receipt.detail) == (
        Status.APPLIED,
        "1 of its 2 pieces count: the line has 3, and others came before",
    )


def test_a_line_is_forgotten_when_no_fact_can_change_it(few: LiveState) -> None:
    few.apply([PLACED], T)
    long_after = T + (21 + REMEMBER_DAYS + 1) * DAY
    while few.advance(long_after):
        pass

    back = receipt_of(few, LineReturned("e2", "l1", T + DAY), long_after)
    again = receipt_of(few, replace(PLACED, event_id="e3"), long_after)

    assert (back.status, again.status) == (Status.REFUSED, Status.REFUSED)
    assert "known at 2023-11-15T22:13:20Z, too long before now" in back.detail
    assert value(few, "customer_product_kept", long_after + 1) == 1
    assert value(few, "customer_lines", long_after + 1) == 1


def test_an_order_that_is_older_than_the_memory_is_refused_as_it_may_have_been_counted(few: LiveState) -> None:
    receipt = receipt_of(few, PLACED, T + 200 * DAY)

    assert receipt.status is Status.REFUSED
    assert "too long before now" in receipt.detail


@pytest.mark.parametrize("days", [30, 730, 900])
def test_a_line_that_closes_later_than_allowed_is_refused(online: OnlineFeatures, days: int) -> None:
    live = LiveState(MemoryStore(), online.contents, REMEMBER_DAYS, max_delay_days=days)

    def closing(name: str, at: int) -> OrderPlaced:
        return OrderPlaced(name, name, (name,), Order("someone", T, (OrderLine("p", 1, 1000, closes_at=at),)))

    last = receipt_of(live, closing("last", T + days * DAY), T)
    late = receipt_of(live, closing("late", T + days * DAY + 1), T)
    early = receipt_of(live, closing("early", T - 1), T)

    assert [each.status for each in (last, late, early)] == [Status.APPLIED, Status.REFUSED, Status.REFUSED]
    assert "ordered at 2023-11-14T22:13:20Z" in late.detail


def test_many_events_at_once_take_several_transactions(few: LiveState) -> None:
    many = [
        OrderPlaced(f"e{n}", f"o{n}", (f"l{n}",), Order("someone", T, (OrderLine("p", 1, 1000),))) for n in range(450)
    ]

    receipts = few.apply(many, T)

    assert {receipt.status for receipt in receipts} == {Status.APPLIED}
    assert [receipt.event_id for receipt in receipts] == [event.event_id for event in many]
    assert value(few, "customer_lines", T + 1) == 450


def test_a_refused_event_may_come_again_once_it_is_right(few: LiveState) -> None:
    few.apply([PLACED], T)
    receipt_of(few, LineReturned("e2", "l1", T + 3 * DAY), T)

    assert receipt_of(few, LineReturned("e2", "l1", T + 3 * DAY), T + 3 * DAY).status is Status.APPLIED
