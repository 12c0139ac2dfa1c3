"""The orders that a state remembers at the end of the tables: their records, lines, agendas, and whose they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from data.attributes import Attribute
from data.outcome import OutcomeParams
from data.schema import ORDER_LINES
from features.offline.lines import TableLines
from features.online_state import order_record, records
from features.online_state.changes.links import notes
from features.online_state.contents import StateContents
from features.online_state.events import (
    FROM_TABLES,
    LineDelivered,
    LineReturned,
    LineShipped,
    OrderCancelled,
    OrderPlaced,
    Refunded,
    ReturnRequested,
)
from features.online_state.order import Order, OrderLine
from features.online_state.order_life import end_of, lives, waited_for
from features.online_state.order_record import CountedLine, LineFacts, OrderRecord
from features.online_state.seed_file import AGENDA, rows_of_records
from features.seeding import keys
from features.stores.store import Agenda

Row = dict[str, Any]
SHARED = ("voucher_used", "payment_method", "channel", "region")
OF_LINES = ("list_price_minor", "size", "color")
RETURNS = "returns_of_line"


@dataclass(frozen=True)
class Remembered:
    """The remembered orders: ``table`` has a row for each line, in which a column that counters need has a prefix.

    ``columns`` are those that counters need, ``as_of`` is the end of the tables, microseconds since 1970.
    """

    table: ir.Table
    columns: tuple[str, ...]
    outcome: OutcomeParams
    attributes: tuple[Attribute, ...]
    as_of: int


def remember(
    backend: Backend,
    lines: TableLines,
    orders: ir.Table,
    returns: ir.Table,
    contents: StateContents,
    since: int,
    as_of: int,
) -> Remembered:
    """Pick the orders whose last line closes, or was cancelled, at ``since`` (microseconds since 1970) or later.

    Parameters
    ----------
    lines
        The lines as counters read them, with baskets.
    orders, returns
        The validated tables, `features.offline.lines.plain`.
    """
    needed = tuple(name for name in contents.counted_columns if name in lines.columns)
    counted = lines.table.select(
        "line_id", _closes="closes_at", **{_column(name): lines.table[name] for name in needed}
    )
    ended = orders.left_join(counted, "line_id").select(
        *(orders[name] for name in orders.columns), *(counted[name] for name in counted.columns if name != "line_id")
    )
    cancelled = [ended["cancelled_at"].coalesce(0)] if "cancelled_at" in ended.columns else []
    last = ibis.greatest(ended["_closes"], *cancelled).max().over(ibis.window(group_by="order_id"))
    ended = ended.mutate(_last=last)
    picked = ended.filter(ended["_last"] >= since).drop("_last", "_closes")
    keyed = picked.mutate(key=keys.of_fact(keys.ORDER, picked["order_id"]))
    table = backend.create_table("remembered", _with_returns(keyed, returns))
    return Remembered(table, needed, contents.recipe.outcome, contents.recipe.attributes, as_of)


def _with_returns(lines: ir.Table, returns: ir.Table) -> ir.Table:
    names = [name for name in _OF_RETURNS if name in returns.columns]
    of_line = ibis.struct({name: returns[name] for name in names}).collect(order_by=returns["return_id"])
    told = returns.group_by("line_id").aggregate(**{RETURNS: of_line})
    return lines.left_join(told, "line_id").select(*(lines[name] for name in lines.columns), told[RETURNS])


_OF_RETURNS = (
    *("return_id", "returned_at", "quantity", "reason", "reason_inferred", "reason_detail", "condition"),
    *("requested_at", "refunded_minor"),
)


@dataclass
class Due:
    """The entries of the agendas of the orders that were read so far: time and key, by agenda.

    Orders are forgotten ``memory`` microseconds after closing.
    """

    memory: int
    entries: dict[Agenda, list[tuple[int, bytes]]] = field(default_factory=lambda: {each: [] for each in Agenda})

    def add(self, record: OrderRecord, outcome: OutcomeParams) -> None:
        """Add the entries of an order."""
        key = records.order_key(record.order_id)
        self.entries[Agenda.CLOSE] += [(at, key) for at in record.scheduled]
        end = end_of(record, lives(record, outcome))
        self.entries[Agenda.FORGET].append((end + self.memory, key))
        customer_id = None if record.content is None else record.content.order.customer_id
        self.entries[Agenda.ORDERS] += notes(record, customer_id)

    def agenda(self) -> Iterator[pa.RecordBatch]:
        """Give all entries, by agenda, time and key."""
        for name in sorted(Agenda):
            yield _sorted(name, self.entries[name])


def order_records(backend: Backend, remembered: Remembered, due: Due) -> Iterator[pa.RecordBatch]:
    """Give the record of every remembered order, ascending by the store's key, and add its entries to ``due``."""
    for some in _batched(orders(backend, remembered)):
        for each in some:
            due.add(each, remembered.outcome)
        found = [records.order_key(each.order_id) for each in some]
        values = [order_record.write(each) for each in some]
        yield rows_of_records(pa.array(found, pa.binary()), pa.array(values, pa.binary()))


def line_records(backend: Backend, remembered: Remembered) -> Iterator[pa.RecordBatch]:
    """Give the order of every remembered line, ascending by the store's key."""
    table = remembered.table
    found = table.select("order_id", key=keys.of_fact(keys.LINE, table["line_id"]))
    for batch in keys.by_key(backend, found):
        yield rows_of_records(batch["key"], batch["order_id"])


def orders(backend: Backend, remembered: Remembered) -> Iterator[OrderRecord]:
    """Give the remembered orders, ascending by the store's key of their record."""
    rows = (row for batch in keys.in_order(backend, _by_line(remembered.table)) for row in batch.to_pylist())
    for _, lines in groupby(rows, key=lambda row: row["key"]):
        yield _record(list(lines), remembered)


def _by_line(table: ir.Table) -> ir.Table:
    return table.order_by(["key", "line_id"])


def _record(rows: list[Row], remembered: Remembered) -> OrderRecord:
    first = rows[0]
    order = Order(
        first["customer_id"],
        first["ordered_at"],
        tuple([_line(row, remembered.attributes) for row in rows]),
        **{name: _flag(name, first.get(name)) for name in SHARED},
    )
    record = OrderRecord(
        first["order_id"], OrderPlaced(FROM_TABLES, first["order_id"], tuple([row["line_id"] for row in rows]), order)
    )
    for row in rows:
        if row.get("cancelled_at") is not None:
            name = order_record.of_tables(row["line_id"])
            told = OrderCancelled(name, row["order_id"], row["cancelled_at"], (row["line_id"],))
            record.cancelled[told.event_id] = told
        record.lines[row["line_id"]] = _facts(row)
    found = lives(record, remembered.outcome)
    for row, line in zip(rows, found, strict=True):
        columns = {name: row[_column(name)] for name in remembered.columns if _column(name) in row}
        record.counted[line.line_id] = CountedLine(columns, line.entries(remembered.as_of, remembered.as_of))
    record.scheduled = waited_for(found, remembered.as_of, remembered.as_of)
    return record


def _line(row: Row, attributes: Sequence[Attribute]) -> OrderLine:
    own = [each for each in attributes if each.table == ORDER_LINES.name and row.get(each.column) is not None]
    recorded = row.get("outcome_recorded")
    return OrderLine(
        row["product_id"],
        row["quantity"],
        row["price_minor"],
        **{name: row.get(name) for name in OF_LINES},
        closes_at=row.get("closes_at"),
        outcome_recorded=recorded is None or bool(recorded),
        attributes={each.name: row[each.column] for each in own},
    )


def _flag(name: str, value: Any) -> Any:
    return bool(value) if name == "voucher_used" and value is not None else value


def _facts(row: Row) -> LineFacts:
    line_id, shipped, delivered = row["line_id"], row.get("shipped_at"), row.get("delivered_at")
    told = sorted(row[RETURNS] or (), key=lambda each: (each["returned_at"], each["return_id"]))
    returns = [_return(line_id, each) for each in told]
    if returns:  # what the line was exchanged for belongs to its first return
        product, size = row.get("exchanged_for_product"), row.get("exchanged_for_size")
        returns[0] = replace(returns[0], exchanged_for=product, exchanged_size=size)
    asked = min((each["requested_at"] for each in told if each.get("requested_at") is not None), default=None)
    refunds = [_refund(line_id, each) for each in told if each.get("refunded_minor") is not None]
    return LineFacts(
        None if shipped is None else LineShipped(FROM_TABLES, line_id, shipped),
        None if delivered is None else LineDelivered(FROM_TABLES, line_id, delivered),
        None if asked is None else ReturnRequested(FROM_TABLES, line_id, asked),
        returns={each.identity: each for each in returns},
        refunds={each.event_id: each for each in refunds},
    )


def _return(line_id: str, told: Row) -> LineReturned:
    return LineReturned(
        FROM_TABLES,
        line_id,
        told["returned_at"],
        told.get("reason"),
        told["quantity"],
        _identity(told["return_id"], line_id),
        told.get("reason_detail"),
        told.get("condition"),
        reason_inferred=told.get("reason_inferred") or None,  # False, as missing, says: recorded
    )


def _refund(line_id: str, told: Row) -> Refunded:
    """The refund of a return; tables know none without a return, and no time of its own."""
    identity = _identity(told["return_id"], line_id)
    return Refunded(identity, line_id, told["returned_at"], told["refunded_minor"], identity)


def _identity(return_id: str, line_id: str) -> str:
    """The shop's own id of a return: where one return is of several lines, the export of tables adds the line to it."""
    return return_id.removesuffix(f"/{line_id}") or return_id


def _sorted(name: Agenda, found: list[tuple[int, bytes]]) -> pa.RecordBatch:
    at = pa.array([at for at, _ in found], pa.int64())
    key = pa.array([key for _, key in found], pa.binary())
    table = pa.table({"agenda": pa.array([name.value] * len(found), pa.string()), "at": at, "key": key})
    order = pc.sort_indices(table, sort_keys=[("at", "ascending"), ("key", "ascending")])
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.take(order).columns], schema=AGENDA)


def _batched(found: Iterator[OrderRecord]) -> Iterator[list[OrderRecord]]:
    held: list[OrderRecord] = []
    for each in found:
        held.append(each)
        if len(held) == keys.BATCH:
            yield held
            held = []
    if held:
        yield held


def _column(name: str) -> str:
    """A column name that differs from every field of the line."""
    return f"column__{name}"
