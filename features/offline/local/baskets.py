"""Basket counters and derived columns over all lines: each order is one basket."""

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.arrays import Floats
from features.language.nodes import BasketCounter, Derived, LineColumn, LineNode, Over
from features.offline.lines import TableLines
from features.offline.local.arrays import LineArrays
from features.online_state.basket_counts import BasketCounts


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
    counts = BasketCounts(counters)
    order = lines.code("order_id")
    rows = np.argsort(order, kind="stable")
    starts = np.flatnonzero(np.diff(order[rows], prepend=-2, append=-2))
    codes = np.array([lines.code(name) for name in counts.columns], dtype=np.int32)
    numbers = np.array([lines.number(name) for name in counts.values])
    count = len(lines)
    return counts.of(
        codes.reshape(len(counts.columns), count), numbers.reshape(len(counts.values), count), rows, starts
    )
