"""The lives: what was told of an order before, and the event that the shop then sends, as a caller writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.times import MICROSECONDS_PER_DAY, iso

Sent = dict[str, Any]
NOW = 1_717_243_200_000_000  # 2024-06-01T12:00:00Z
MINUTE = 60_000_000
JUST_NOW = 1 / 96
"""The age of what the shop sends now, in days: a quarter of an hour."""


@dataclass(frozen=True)
class Life:
    """Events that are ``known``, and the ``event`` that comes then; ``customer``: whose counters are looked at."""

    title: str
    customer: str
    known: Sequence[Sent]
    event: Sent


def ago(days: float) -> str:
    """The time so many days before `NOW`, as an event says it."""
    return iso(NOW - round(days * MICROSECONDS_PER_DAY))


def _line(line_id: str, price: int = 1000, quantity: int = 1, product: str = "p1") -> Sent:
    return {"line_id": line_id, "product_id": product, "quantity": quantity, "price_minor": price}


def _order(name: str, *lines: Sent, days: float = 8, customer: str | None = None) -> Sent:
    whose = {"order_id": name, "customer_id": customer or f"of-{name}", "ordered_at": ago(days)}
    return {"type": "order_placed", "event_id": f"{name}-placed", **whose, "lines": [*lines]}


def _changed(order: Sent, *lines: Sent, **other: str) -> Sent:
    name = order["order_id"]
    told = {"type": "order_changed", "event_id": f"{name}-changed", "changed_at": ago(JUST_NOW)}
    return {**order, **told, "lines": [*lines], **other}


def _of_line(kind: str, line_id: str, name: str, **values: Any) -> Sent:
    return {"type": kind, "event_id": f"{line_id}-{name}", "line_id": line_id, **values}


def _delivered(line_id: str, days: float = 6, **values: Any) -> Sent:
    return _of_line("line_delivered", line_id, "delivered", delivered_at=ago(days), **values)


def _back(line_id: str, return_id: str, days: float = JUST_NOW, **values: Any) -> Sent:
    return _of_line("line_returned", line_id, return_id, returned_at=ago(days), return_id=return_id, **values)


def _of_order(kind: str, name: str, **values: Any) -> Sent:
    return {"type": kind, "event_id": f"{name}-{kind.removeprefix('order_')}", "order_id": name, **values}


def lives() -> list[Life]:
    """All lives; each has an order and a customer of its own."""
    return [
        Life("one of three pieces comes back", "of-A", [_order("A", _line("A1", quantity=3)), _delivered("A1")],
             _back("A1", "RA", quantity=1)),
        Life("the other two come back, too", "of-B",
             [_order("B", _line("B1", quantity=3)), _delivered("B1"), _back("B1", "RB", 2, quantity=1)],
             _back("B1", "SB", quantity=2)),
        Life("what came back is returned a second time", "of-C",
             [_order("C", _line("C1")), _delivered("C1"), _back("C1", "RC", 2)], _back("C1", "SC")),
        Life("a return is taken back", "of-D", [_order("D", _line("D1")), _delivered("D1"), _back("D1", "RD", 2)],
             _of_line("return_cancelled", "D1", "taken-back", return_id="RD", cancelled_at=ago(JUST_NOW))),
        Life("an order is cancelled before it is shipped", "of-E", [_order("E", _line("E1"), days=1)],
             _of_order("order_cancelled", "E", cancelled_at=ago(JUST_NOW))),
        Life("a line is exchanged for another size", "of-F", [_order("F", _line("F1")), _delivered("F1")],
             _of_line("line_exchanged", "F1", "exchanged", returned_at=ago(JUST_NOW), reason="SIZE_TOO_SMALL",
                      exchanged_for_product="p1", exchanged_for_size="L")),
        Life("a line is removed and another added", "of-G",
             [_order("G", _line("G1"), _line("G2", 500, product="p2"), days=1)],
             _changed(_order("G", days=1), _line("G1"), _line("G3", 300))),
        Life("a price is corrected", "of-H", [_order("H", _line("H1"), days=1)],
             _changed(_order("H", days=1), _line("H1", 700))),
        Life("the customer is corrected", "of-I", [_order("I", _line("I1"), days=1, customer="of-nobody-else")],
             _changed(_order("I", days=1), _line("I1"))),
        Life("a return is told after its line was counted as kept", "of-J", [_order("J", _line("J1"), days=40)],
             _back("J1", "RJ", 35)),
        Life("a wrong delivery is corrected: the window has closed", "of-K",
             [_order("K", _line("K1"), days=17), _delivered("K1", 11)],
             _delivered("K1", 16, recorded_at=ago(JUST_NOW))),
        Life("a wrong cancellation is taken back", "of-L",
             [_order("L", _line("L1"), days=2), _of_order("order_cancelled", "L", cancelled_at=ago(1))],
             _of_order("order_cancelled", "L", cancelled_at=ago(1), line_ids=[], recorded_at=ago(JUST_NOW))),
        Life("another account is merged into the customer's", "of-M",
             [_order("M", _line("M1")), _order("N", _line("N1", 400))],
             {"type": "customers_merged", "event_id": "M-merged", "customer_id": "of-N", "into": "of-M",
              "merged_at": ago(JUST_NOW)}),
        Life("the customer is erased", "of-O", [_order("O", _line("O1")), _delivered("O1")],
             {"type": "customer_erased", "event_id": "O-erased", "customer_id": "of-O", "erased_at": ago(JUST_NOW)}),
    ]  # fmt: skip
