"""The records of the online state beside counters, at the end of the tables: lines, agendas, products, customers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.attributes import Attribute
from data.schema import CUSTOMERS, PRODUCTS
from features.offline.lines import TableLines
from features.online_state import records
from features.online_state.order import CustomerFacts, ProductFacts
from features.online_state.records import Counted, LineRecord, Return
from features.online_state.seed_file import rows_of_records
from features.seeding import keys
from features.stores.store import Agenda

Row = dict[str, Any]
Facts = TypeVar("Facts", ProductFacts, CustomerFacts)


@dataclass(frozen=True)
class Remembered:
    """The lines that may still change: ``table`` has one row each, ``columns`` are those for counters of outcomes."""

    table: ir.Table
    columns: tuple[str, ...]


def remember(backend: Backend, lines: TableLines, columns: tuple[str, ...], since: int) -> Remembered:
    """Pick the lines that close at ``since`` (microseconds since 1970) or later.

    Parameters
    ----------
    lines
        The lines with their returns (`features.offline.lines.with_returns`) and the outcomes known at the end.
    columns
        `StateContents.outcome_columns`.
    """
    needed = tuple(name for name in columns if name in lines.columns)
    table = lines.table.filter(lines.table["closes_at"] >= since)
    recorded = ibis.literal(True)
    if "outcome_recorded" in table.columns:
        recorded = table["outcome_recorded"].coalesce(1) == 1
    waits = recorded & table["settled_at"].isnull()
    fields_of_lines = table.select(
        "order_id",
        "ordered_at",
        "closes_at",
        "given_closes_at",
        "settled_at",
        "returned",
        "back_at",
        "back_id",
        "back_for",
        key=keys.of_fact(keys.LINE, table["line_id"]),
        recorded=recorded,
        scheduled=ibis.ifelse(waits, table["closes_at"], ibis.null("int64")),
        delivered_at=table["delivered_at"] if "delivered_at" in table.columns else ibis.null("int64"),
        **{_column(name): table[name] for name in needed},
    )
    return Remembered(backend.create_table("remembered", fields_of_lines), needed)


def line_records(backend: Backend, remembered: Remembered) -> Iterator[pa.RecordBatch]:
    """Give the record of every remembered line, ascending by the store's key."""
    for batch in keys.by_key(backend, remembered.table):
        lines = [_line(row, remembered.columns) for row in batch.to_pylist()]
        yield rows_of_records(batch["key"], pa.array([records.write_line(line) for line in lines], pa.binary()))


def agenda(backend: Backend, remembered: Remembered, microseconds: int) -> Iterator[pa.RecordBatch]:
    """Give the entries of the agendas, by agenda, time and key: a line is forgotten ``microseconds`` after closing."""
    table = remembered.table
    closing = table.filter(table["scheduled"].notnull())
    entries = ibis.union(
        closing.select(agenda=ibis.literal(Agenda.CLOSE.value), at=closing["scheduled"], key=closing["key"]),
        table.select(agenda=ibis.literal(Agenda.FORGET.value), at=table["closes_at"] + microseconds, key=table["key"]),
    )
    yield from keys.in_order(backend, entries.order_by(["agenda", "at", "key"]))


def product_records(backend: Backend, products: ir.Table, attributes: Sequence[Attribute]) -> Iterator[pa.RecordBatch]:
    """Give the facts of every product, ascending by the store's key; times are microseconds."""
    key = keys.of_fact(keys.PRODUCT, products["product_id"])
    own = [each for each in attributes if each.table == PRODUCTS.name]
    return _fact_records(backend, products.mutate(key=key), own, ProductFacts, records.write_product)


def customer_records(
    backend: Backend, customers: ir.Table, attributes: Sequence[Attribute]
) -> Iterator[pa.RecordBatch]:
    """Give the facts of every customer, ascending by the store's key; times are microseconds."""
    key = keys.of_fact(keys.CUSTOMER, customers["customer_id"])
    own = [each for each in attributes if each.table == CUSTOMERS.name]
    return _fact_records(backend, customers.mutate(key=key), own, CustomerFacts, records.write_customer)


def _fact_records(
    backend: Backend,
    table: ir.Table,
    attributes: Sequence[Attribute],
    kind: type[Facts],
    write: Callable[[Facts], bytes],
) -> Iterator[pa.RecordBatch]:
    names = [field.name for field in fields(kind) if field.name in table.columns]
    columns = {each.name: each.column for each in attributes}
    for batch in keys.by_key(backend, table.select("key", *names, *columns.values())):
        values = [write(kind(**_facts(row, names, columns))) for row in batch.to_pylist()]
        yield rows_of_records(batch["key"], pa.array(values, pa.binary()))


def _facts(row: Row, names: Sequence[str], columns: Mapping[str, str]) -> Row:
    given = {name: row[column] for name, column in columns.items() if row[column] is not None}
    return {name: row[name] for name in names} | ({"attributes": given} if given else {})


def _line(row: Row, columns: tuple[str, ...]) -> LineRecord:
    returned, counted = None, None
    if row["back_at"] is not None:
        returned = Return(row["back_at"], row["back_id"], row["back_for"])
    if row["settled_at"] is not None:
        counted = Counted(row["returned"], row["settled_at"], row["back_for"] if row["returned"] else None)
    return LineRecord(
        order_id=row["order_id"],
        ordered_at=row["ordered_at"],
        columns={name: row[_column(name)] for name in columns},
        closes_at=row["given_closes_at"],
        recorded=row["recorded"],
        delivered_at=row["delivered_at"],
        returned=returned,
        counted=counted,
        scheduled=row["scheduled"],
    )


def _column(name: str) -> str:
    """A column name that differs from every field of the line."""
    return f"column__{name}"
