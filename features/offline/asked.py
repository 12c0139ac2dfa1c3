"""What lines asked with, day by day: how many had each field of a request, which labels, and who and what was new.

Training takes its spans from it (`training.model.asked`), and the service compares what is asked now. It names no
person: a day and a label are all that a row has. A label of customers is named where many of them have it.
"""

from collections.abc import Iterator, Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.times import MICROSECONDS_PER_DAY
from features.catalog import EVERY, NEW_CUSTOMER, NEW_PRODUCT, ORDERS
from features.language.request_field import GUEST, RequestField
from features.offline.lines import CODE, TableLines, spelled

FEWEST = 20
"""Customers who have a label of theirs, at least, for it to be named: one of fewer may say who it is."""


def by_day(backend: Backend, lines: TableLines, fields: Sequence[RequestField]) -> ir.Table:
    """Count the prepared ``lines`` for each day, field and label.

    Returns
    -------
    ibis.expr.types.Table
        ``day`` (since 1970, UTC), ``field`` (the name of a `RequestField`, or one of the words above), ``label`` (null
        where the field has none, and where fewer than `FEWEST` customers have it), ``lines`` (for `ORDERS` and
        `NEW_CUSTOMER`: orders).
    """
    table = lines.table.mutate(day=(lines.table["ordered_at"] // MICROSECONDS_PER_DAY).cast("int64"))
    parts = [*_totals(table), *(_of_field(backend, table, field) for field in fields)]
    every = reduce(lambda one, other: one.union(other), [each for each in parts if each is not None])
    return every.order_by("day", "field", "label")


def _totals(table: ir.Table) -> Iterator[ir.Table]:
    first = table.filter(table["first_in_order"] == 1)
    yield _count(table, EVERY)
    yield _count(first, ORDERS)
    if (new := _first_of(table, "customer_id")) is not None:
        yield _count(new.filter(new["first_in_order"] == 1), NEW_CUSTOMER)
    if (new := _first_of(table, "product_id")) is not None:
        yield _count(new, NEW_PRODUCT)


def _first_of(table: ir.Table, key: str) -> ir.Table | None:
    """The lines of the first moment of each ``key``; None where the source does not name it."""
    name = CODE + key if CODE + key in table.columns else key
    if name not in table.columns:
        return None
    named = table.filter(table[name].notnull())
    first = named["ordered_at"].min().over(ibis.window(group_by=named[name]))
    return named.mutate(first__=first).filter(ibis._["first__"] == ibis._["ordered_at"])


def _of_field(backend: Backend, table: ir.Table, field: RequestField) -> ir.Table | None:
    """Counts of lines that have the field; None for a field without a column of its own, as an unknown product."""
    column = field.columns[0] if not field.history_of else ""
    code = CODE + column
    name = code if code in table.columns else column
    if name not in table.columns:
        return None
    had = table.filter(table[name].notnull())
    if name != code or field.name == GUEST:
        return _count(had, field.name)
    if field.owner == "customer":
        had = _of_many(had, code)
    counts = had.group_by("day", code).aggregate(lines=ibis._.count())
    texts = spelled(backend, counts)
    return _row(texts, field.name, texts[column])


def _of_many(table: ir.Table, code: str) -> ir.Table:
    """The lines without the labels that fewer than `FEWEST` customers have; a field without any other has no label."""
    customers = table[CODE + "customer_id"].nunique().over(group_by=code)
    return table.mutate(**{code: ibis.ifelse(customers >= FEWEST, table[code], ibis.null("int32"))})


def _count(table: ir.Table, field: str) -> ir.Table:
    counts = table.group_by("day").aggregate(lines=ibis._.count())
    return _row(counts, field, ibis.null("string"))


def _row(counts: ir.Table, field: str, label: ir.Value) -> ir.Table:
    return counts.select("day", field=ibis.literal(field, "string"), label=label, lines=counts["lines"])
