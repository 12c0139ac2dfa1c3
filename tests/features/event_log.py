"""The validated tables as the log of events that a shop would have sent, in the order in which they became known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from data import attributes, tables
from data.attributes import Attribute, Value
from data.facts import changes_in
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCT_CHANGES, PRODUCTS, RETURNS, Table
from data.times import to_us
from features.online_state.events import (
    CustomerChanged,
    Event,
    LineDelivered,
    LineReturned,
    LineShipped,
    OrderCancelled,
    OrderPlaced,
    ProductChanged,
)
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts

DAY = 86_400_000_000


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
    start = min(to_us(row["ordered_at"]) for row in lines) - 30 * DAY
    for product_id, facts in products.items():
        yield start, ProductChanged(f"p:{product_id}", product_id, start, facts)
    for customer_id, who in customers.items():
        yield start, CustomerChanged(f"c:{customer_id}", customer_id, start, who)
    yield from _changes(validated, declared)
    for order_id, group in groupby(lines, key=lambda row: row["order_id"]):
        rows = list(group)
        given = [_given(row, declared, ORDER_LINES) for row in rows]
        order = _order(rows, given)
        yield order.ordered_at, OrderPlaced(f"o:{order_id}", order_id, tuple(row["line_id"] for row in rows), order)
        for row in rows:
            if row.get("delivered_at") is not None:
                yield (
                    to_us(row["delivered_at"]),
                    LineDelivered(f"d:{row['line_id']}", row["line_id"], to_us(row["delivered_at"])),
                )
            if row.get("shipped_at") is not None:
                at = to_us(row["shipped_at"])
                yield at, LineShipped(f"s:{row['line_id']}", row["line_id"], at)
            if row.get("cancelled_at") is not None:
                at = to_us(row["cancelled_at"])
                yield at, OrderCancelled(f"x:{row['line_id']}", order_id, at, (row["line_id"],))
    yield from _returns(validated, {row["line_id"]: row for row in lines})


def _returns(validated: Path, lines: dict[str, dict[str, Any]]) -> Iterator[tuple[int, Event]]:
    exchanged: set[str] = set()
    for row in sorted(_rows(RETURNS, validated), key=lambda row: (row["returned_at"], row["return_id"])):
        at, line = to_us(row["returned_at"]), lines[row["line_id"]]
        back = LineReturned(f"r:{row['return_id']}", row["line_id"], at, row.get("reason"), row["quantity"])
        if row["line_id"] not in exchanged:
            product, size = line.get("exchanged_for_product"), line.get("exchanged_for_size")
            back = replace(back, exchanged_for=product, exchanged_size=size)
            exchanged.add(row["line_id"])
        inferred = row.get("reason_inferred") or None
        yield at, replace(back, return_id=row["return_id"], condition=row.get("condition"), reason_inferred=inferred)


def _changes(validated: Path, declared: tuple[Attribute, ...]) -> Iterator[tuple[int, Event]]:
    for table in changes_in(validated):
        of = PRODUCTS if table is PRODUCT_CHANGES else CUSTOMERS
        for row in _rows(table, validated):
            at, own = to_us(row["changed_at"]), _given(row, declared, of)
            if of is PRODUCTS:
                yield at, ProductChanged(row["change_id"], row["product_id"], at, _product(row, own))
            else:
                yield at, CustomerChanged(f"c{row['change_id']}", row["customer_id"], at, _customer(row, own))


def _order(rows: list[dict[str, Any]], given: list[dict[str, Value]]) -> Order:
    first = rows[0]
    lines = tuple(
        OrderLine(
            product_id=row["product_id"],
            quantity=row["quantity"],
            price_minor=row["price_minor"],
            list_price_minor=row.get("list_price_minor"),
            size=row.get("size"),
            color=row.get("color"),
            closes_at=to_us(row["closes_at"]) if row.get("closes_at") is not None else None,
            outcome_recorded=row.get("outcome_recorded") is not False,
            attributes=own,
        )
        for row, own in zip(rows, given, strict=True)
    )
    shared = {name: first.get(name) for name in ("voucher_used", "payment_method", "channel", "region")}
    return Order(first["customer_id"], to_us(first["ordered_at"]), lines, **shared)


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
