"""The validated tables as the log of events that a shop would have sent, in the order in which they became known."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from data import attributes, tables
from data.attributes import Attribute, Value
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
    declared = attributes.read(validated)
    products = {row["product_id"]: _product(row, _given(row, declared, PRODUCTS)) for row in _rows(PRODUCTS, validated)}
    customers = {
        row["customer_id"]: _customer(row, _given(row, declared, CUSTOMERS)) for row in _rows(CUSTOMERS, validated)
    }
    lines = sorted(_rows(ORDER_LINES, validated), key=lambda row: (row["order_id"], row["line_id"]))
    for order_id, group in groupby(lines, key=lambda row: row["order_id"]):
        rows = list(group)
        given = [_given(row, declared, ORDER_LINES) for row in rows]
        order = _order(rows, given, products, customers.get(rows[0]["customer_id"]))
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


def _order(
    rows: list[dict[str, Any]],
    given: list[dict[str, Value]],
    products: dict[str, ProductFacts],
    customer: CustomerFacts | None,
) -> Order:
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
            attributes=own,
        )
        for row, own in zip(rows, given, strict=True)
    )
    shared = {name: first.get(name) for name in ("voucher_used", "payment_method", "channel", "region")}
    return Order(first["customer_id"], to_us(first["ordered_at"]), lines, **shared, customer=customer)


def _product(row: dict[str, Any], given: dict[str, Value]) -> ProductFacts:
    texts = {name: row.get(name) for name in ("department", "category", "brand", "supplier")}
    launched = row.get("launched_at")
    return ProductFacts(**texts, launched_at=None if launched is None else to_us(launched), attributes=given)


def _customer(row: dict[str, Any], given: dict[str, Value]) -> CustomerFacts:
    registered = row.get("registered_at")
    since = None if registered is None else to_us(registered)
    return CustomerFacts(since, row.get("birth_year"), row.get("title"), given)


def _given(row: dict[str, Any], declared: tuple[Attribute, ...], table: Table) -> dict[str, Value]:
    """The attributes of the row that are not missing, flags as 0 or 1."""
    found = {each.name: row[each.column] for each in declared if each.table == table.name}
    return {
        name: int(value) if isinstance(value, bool) else value for name, value in found.items() if value is not None
    }


def _rows(table: Table, folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tables.read(table, folder).to_pylist()
    return rows
