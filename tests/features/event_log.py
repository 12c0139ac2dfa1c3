"""The validated tables as the log of events that a shop would have sent, in the order in which they became known."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from data import tables
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, Table
from data.times import to_us
from features.online_state.events import Event, LineDelivered, LineReturned, OrderPlaced
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts


@dataclass(frozen=True)
class Moment:
    """The events that became known at one time (microseconds since 1970)."""

    at: int
    events: tuple[Event, ...]

    @property
    def placed(self) -> list[OrderPlaced]:
        return [event for event in self.events if isinstance(event, OrderPlaced)]


def event_log(validated: Path) -> list[Moment]:
    known = sorted(_events(validated), key=lambda pair: (pair[0], pair[1].event_id))
    return [Moment(at, tuple(event for _, event in same)) for at, same in groupby(known, key=lambda pair: pair[0])]


def _events(validated: Path) -> Iterator[tuple[int, Event]]:
    products = {row["product_id"]: _product(row) for row in _rows(PRODUCTS, validated)}
    customers = {row["customer_id"]: _customer(row) for row in _rows(CUSTOMERS, validated)}
    lines = sorted(_rows(ORDER_LINES, validated), key=lambda row: (row["order_id"], row["line_id"]))
    for order_id, group in groupby(lines, key=lambda row: row["order_id"]):
        rows = list(group)
        order = _order(rows, products, customers.get(rows[0]["customer_id"]))
        yield order.ordered_at, OrderPlaced(f"o:{order_id}", order_id, tuple(row["line_id"] for row in rows), order)
        for row in rows:
            if row.get("delivered_at") is not None:
                yield (
                    to_us(row["delivered_at"]),
                    LineDelivered(f"d:{row['line_id']}", row["line_id"], to_us(row["delivered_at"])),
                )
    for row in _rows(RETURNS, validated):
        at = to_us(row["returned_at"])
        yield at, LineReturned(f"r:{row['return_id']}", row["line_id"], at, row.get("reason"))


def _order(rows: list[dict[str, Any]], products: dict[str, ProductFacts], customer: CustomerFacts | None) -> Order:
    first = rows[0]
    lines = tuple(
        OrderLine(
            product_id=row["product_id"],
            quantity=row["quantity"],
            price_minor=row["price_minor"],
            list_price_minor=row.get("list_price_minor"),
            size=row.get("size"),
            color=row.get("color"),
            product=products[row["product_id"]],
            closes_at=to_us(row["closes_at"]) if row.get("closes_at") is not None else None,
            outcome_recorded=row.get("outcome_recorded") is not False,
        )
        for row in rows
    )
    shared = {name: first.get(name) for name in ("voucher_used", "payment_method", "channel", "region")}
    return Order(first["customer_id"], to_us(first["ordered_at"]), lines, **shared, customer=customer)


def _product(row: dict[str, Any]) -> ProductFacts:
    texts = {name: row.get(name) for name in ("department", "category", "brand", "supplier")}
    launched = row.get("launched_at")
    return ProductFacts(**texts, launched_at=None if launched is None else to_us(launched))


def _customer(row: dict[str, Any]) -> CustomerFacts:
    registered = row.get("registered_at")
    return CustomerFacts(None if registered is None else to_us(registered), row.get("birth_year"), row.get("title"))


def _rows(table: Table, folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tables.read(table, folder).to_pylist()
    return rows
