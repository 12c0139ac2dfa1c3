"""Basket counters and derived columns over all lines: each order is one basket."""

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.language.nodes import BasketCounter, Derived, LineColumn, LineNode, Over
from features.offline.lines import TableLines
from features.offline.local.arrays import Codes, LineArrays

LINES, SUM, ABOVE = 0, 1, 2
"""What a basket counter does with the lines that agree with it."""


def add_baskets(lines: LineArrays, nodes: Sequence[LineNode]) -> None:
    """Add the basket counters and derived columns in ``nodes`` (parts before wholes) to the lines."""
    counters = [node for node in nodes if isinstance(node, BasketCounter)]
    if counters:
        lines.add(dict(zip([each.name for each in counters], _counted(lines, counters), strict=True)))
    for node in nodes:
        if isinstance(node, Derived):
            with np.errstate(divide="ignore", invalid="ignore"):
                found = node.formula(*(lines.number(part.name) for part in node.reads))
            lines.add({node.name: np.asarray(found, dtype=np.float64)})


def with_counted(backend: Backend, lines: TableLines, arrays: LineArrays, nodes: Sequence[LineNode]) -> TableLines:
    """Give the lines with the basket counters that `add_baskets` added to ``arrays``, and with derived columns."""
    table = lines.table
    counters = [node for node in nodes if isinstance(node, BasketCounter)]
    read = {each.name: _column(table, each, arrays.number(each.name)) for each in counters}
    numbers = pa.table({"line_no": np.arange(len(arrays)), **read})
    counted = backend.create_table("lines_in_baskets", ibis.memtable(numbers), temp=True)
    table = table.left_join(counted, "line_no").select(*(table[n] for n in table.columns), *(counted[n] for n in read))
    for node in nodes:
        if isinstance(node, Derived):
            table = table.mutate(**{node.name: node.formula(*(table[part.name] for part in node.reads))})
    added = frozenset(node.name for node in nodes if not isinstance(node, LineColumn))
    return replace(lines, table=table, columns=lines.columns | added)


def _column(table: ir.Table, counter: BasketCounter, values: Floats) -> pa.Array:
    """A counter as whole numbers, unless it adds up doubles."""
    lacks = np.isnan(values)
    if counter.over is Over.SUM and counter.value is not None and table[counter.value].type().is_floating():
        return pa.array(values, mask=lacks)
    return pa.array(np.where(lacks, 0.0, values).astype(np.int64), mask=lacks)


def _counted(lines: LineArrays, counters: Sequence[BasketCounter]) -> Floats:
    columns = list(dict.fromkeys(name for each in counters for name in each.columns))
    values = list(dict.fromkeys(each.value for each in counters if each.value is not None))
    agree = np.array([[name in each.columns for name in columns] for each in counters], dtype=np.bool_)
    kinds = [LINES if each.value is None else ABOVE if each.over is Over.ABOVE else SUM for each in counters]
    value = [values.index(each.value) if each.value is not None else 0 for each in counters]
    order = lines.code("order_id")
    rows = np.argsort(order, kind="stable")
    starts = np.flatnonzero(np.diff(order[rows], prepend=-2, append=-2))
    codes = np.array([lines.code(name) for name in columns], dtype=np.int32).reshape(len(columns), len(lines))
    numbers = np.array([lines.number(name) for name in values or ["line_no"]])  # a counter of lines reads none
    found = np.empty((len(counters), len(lines)))
    _count(rows, starts, codes, agree, numbers, np.array([kinds, value], dtype=np.int64), found)
    return found


@compiled
def _agree(codes: Codes, columns: Bools, line: int, other: int) -> bool:
    """Whether two lines have the same codes in the ``columns``; a code that is missing agrees with none."""
    for column in range(codes.shape[0]):
        if columns[column] and (codes[column, line] < 0 or codes[column, line] != codes[column, other]):
            return False
    return True


@compiled
def _of_line(basket: Ints, codes: Codes, columns: Bools, kind: int, values: Floats, line: int) -> float:
    """A counter over the lines of a ``basket`` that agree with ``line``, one of them."""
    if not _agree(codes, columns, line, line) or (kind == ABOVE and np.isnan(values[line])):
        return np.nan
    total, some = 0.0, kind != SUM
    for other in basket:
        if not _agree(codes, columns, line, other):
            continue
        if kind == LINES:
            total += 1.0
        elif kind == ABOVE:
            total += 1.0 if values[other] > values[line] else 0.0
        elif not np.isnan(values[other]):
            total += values[other]
            some = True
    return total if some else np.nan


@compiled
def _count(
    rows: Ints,
    starts: Ints,
    codes: Codes,
    agree: Bools,
    numbers: Floats,
    counters: Ints,
    found: Floats,
) -> None:
    """Count within each order, whose lines are ``rows`` from one of ``starts`` to the next."""
    for order in range(len(starts) - 1):
        basket = rows[starts[order] : starts[order + 1]]
        for place in range(found.shape[0]):
            values = numbers[counters[1, place]]
            for line in basket:
                found[place, line] = _of_line(basket, codes, agree[place], counters[0, place], values, line)
