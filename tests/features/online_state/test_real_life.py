"""What real life does to counters: before an event, right after it, and once all windows have closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from features.online_state.events import (
    CustomerErased,
    CustomersMerged,
    Event,
    LineDelivered,
    LineReturned,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ReturnCancelled,
    Status,
)
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from tests.features.online_state.test_lives import ONLINE
from tests.features.states import state_of

DAY = 86_400_000_000
T = 1_700_000_000_000_000
FEATURES = (
    *("customer_lines", "customer_spend_minor", "customer_product_returned", "customer_product_kept"),
    *("customer_returned_value_share", "customer_open_lines"),
)
Figures = tuple[float, float, float, float, float | None, float]


def placed(*lines: OrderLine, name: str = "1", customer: str = "c", at: int = T) -> OrderPlaced:
    line_ids = tuple(f"l{name}{place}" for place in range(len(lines)))
    return OrderPlaced(f"e{name}", f"o{name}", line_ids, Order(customer, at, lines))


def changed(order: OrderPlaced, line_ids: tuple[str, ...], *lines: OrderLine) -> OrderChanged:
    return OrderChanged("x", order.order_id, T + DAY, line_ids, replace(order.order, lines=lines))


ONE, THREE, OTHER = (OrderLine("p", 1, 1000, size="m"), OrderLine("p", 3, 1000, size="m"), OrderLine("q", 1, 500))
CHEAPER, ADDED = OrderLine("p", 1, 700, size="m"), OrderLine("p", 1, 300, size="s")
DELIVERED = LineDelivered("d", "l10", T + DAY)


def back(name: str, days: int, quantity: int | None = None, **more: str) -> LineReturned:
    return replace(LineReturned(name, "l10", T + days * DAY, quantity=quantity), **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """Events that are known, one more, and the figures `FEATURES` before it, after it and in the end."""

    known: Sequence[Event]
    event: Event
    before: Figures
    after: Figures
    end: Figures
    days: int = 8
    status: Status = Status.APPLIED


CASES = {
    "one piece of three comes back": Case(
        [placed(THREE), DELIVERED],
        back("r", 3, 1),
        (1, 3000, 0, 0, None, 1),
        (1, 3000, 1, 0, 1, 0),
        (1, 3000, 1, 0, 1 / 3, 0),
    ),
    "the other two come back, too": Case(
        [placed(THREE), DELIVERED, back("r", 3, 1)],
        back("r2", 4, 2),
        (1, 3000, 1, 0, 1, 0),
        (1, 3000, 1, 0, 1, 0),
        (1, 3000, 1, 0, 1, 0),
    ),
    "a return is taken back": Case(
        [placed(ONE), DELIVERED, back("r", 3)],
        ReturnCancelled("x", "l10", "r", T + 4 * DAY),
        (1, 1000, 1, 0, 1, 0),
        (1, 1000, 0, 0, None, 1),
        (1, 1000, 0, 1, 0, 0),
    ),
    "an order is cancelled before it is shipped": Case(
        [placed(ONE)],
        OrderCancelled("x", "o1", T + DAY),
        (1, 1000, 0, 0, None, 1),
        (0, 0, 0, 0, None, 0),
        (0, 0, 0, 0, None, 0),
    ),
    "an order is cancelled again, after one of its lines was": Case(
        [placed(ONE, OTHER), OrderCancelled("w", "o1", T + DAY, ("l10",))],
        OrderCancelled("x", "o1", T + 30 * DAY),
        (1, 500, 0, 0, 0, 0),
        (1, 500, 0, 0, 0, 0),
        (1, 500, 0, 0, 0, 0),
        days=31,
        status=Status.NOT_COUNTED,
    ),
    "a wrong cancellation is taken back": Case(
        [placed(ONE), OrderCancelled("x", "o1", T + DAY)],
        OrderCancelled("x", "o1", T + DAY, (), recorded_at=T + 2 * DAY),
        (0, 0, 0, 0, None, 0),
        (1, 1000, 0, 0, None, 1),
        (1, 1000, 0, 1, 0, 0),
    ),
    "a line is exchanged for another size": Case(
        [placed(ONE), DELIVERED],
        back("r", 3, exchanged_for="p", exchanged_size="l"),
        (1, 1000, 0, 0, None, 1),
        (1, 1000, 1, 0, 1, 0),
        (1, 1000, 1, 0, 1, 0),
    ),
    "a line is removed and another added": Case(
        [placed(ONE, OTHER)],
        changed(placed(ONE, OTHER), ("l10", "new"), ONE, ADDED),
        (2, 1500, 0, 0, None, 2),
        (2, 1300, 0, 0, None, 2),
        (2, 1300, 0, 2, 0, 0),
    ),
    "a price is corrected": Case(
        [placed(ONE)],
        changed(placed(ONE), ("l10",), CHEAPER),
        (1, 1000, 0, 0, None, 1),
        (1, 700, 0, 0, None, 1),
        (1, 700, 0, 1, 0, 0),
    ),
    "the customer is corrected": Case(
        [placed(ONE, customer="other")],
        changed(placed(ONE), ("l10",), ONE),
        (0, 0, 0, 0, None, 0),
        (1, 1000, 0, 0, None, 1),
        (1, 1000, 0, 1, 0, 0),
    ),
    "a return arrives after its line was counted as kept": Case(
        [placed(ONE)],
        back("r", 3),
        (1, 1000, 0, 1, 0, 0),
        (1, 1000, 1, 0, 1, 0),
        (1, 1000, 1, 0, 1, 0),
        days=40,
    ),
    "a wrong delivery is corrected, so that the window has closed": Case(
        [placed(ONE), LineDelivered("d", "l10", T + 6 * DAY)],
        LineDelivered("d", "l10", T + DAY, recorded_at=T + 17 * DAY),
        (1, 1000, 0, 0, None, 1),
        (1, 1000, 0, 1, 0, 0),
        (1, 1000, 0, 1, 0, 0),
        days=17,
    ),
    "another account is merged into the customer's": Case(
        [placed(ONE), placed(ONE, name="2", customer="b", at=T + DAY)],
        CustomersMerged("x", "b", "c", T + 2 * DAY),
        (1, 1000, 0, 0, None, 1),
        (2, 2000, 0, 0, None, 2),
        (2, 2000, 0, 2, 0, 0),
    ),
    "the customer is erased": Case(
        [placed(ONE), DELIVERED],
        CustomerErased("x", "c", T + 2 * DAY),
        (1, 1000, 0, 0, None, 1),
        (0, 0, 0, 0, None, 0),
        (0, 0, 0, 0, None, 0),
    ),
}


def figures(live: LiveState, days: int) -> list[float]:
    order = Order("c", T + days * DAY, (ONE,))
    found = live.store.read(lambda snapshot: ONLINE.ask(snapshot, [order], reasons=True)).features[0]
    return [float(found[ONLINE.names.index(name)]) for name in FEATURES]


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_counters_follow_what_happens_to_an_order(case: Case) -> None:
    live, now = state_of(ONLINE), T + case.days * DAY
    live.apply(case.known, now)
    while live.advance(now):
        pass
    before = figures(live, case.days + 1)

    receipt = live.apply([case.event], now)[0]

    found = [before, figures(live, case.days + 1), figures(live, 60)]
    expected = [[float("nan") if each is None else each for each in row] for row in (case.before, case.after, case.end)]
    assert receipt.status is case.status
    for row, wanted in zip(found, expected, strict=True):
        assert row == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize("event", [CustomerErased("x", "c", T + 2 * DAY), CustomersMerged("x", "c", "d", T + 2 * DAY)])
def test_counters_that_come_into_the_state_while_it_is_searched_are_gone_with_the_customer(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = state_of(ONLINE)
    search = live.store.keys

    def late(prefixes: Sequence[bytes]) -> list[bytes]:
        found = search(prefixes)
        monkeypatch.setattr(live.store, "keys", search)
        live.apply([placed(ONE)], T + DAY)
        return found

    monkeypatch.setattr(live.store, "keys", late)
    live.apply([event], T + 2 * DAY)

    counters = [key for key in search([b"k"]) if b"\0c\0" in key or key.endswith(b"\0c")]
    assert live.look_up(placed(ONE).event_id, T + 2 * DAY) is not None
    assert counters == []
