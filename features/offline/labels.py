"""Labels over tables: each label column in its normal form, from the function that the online side calls, too."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.attributes import PREFIX
from data.reading.labels import normal_form
from data.schema import LABELS


def in_normal_form(backend: Backend, table: ir.Table, name: str) -> ir.Table:
    """Replace every label in ``table`` by its normal form, null where nothing of it is visible.

    Each distinct label passes through Python once: a few thousand, however many rows there are. A column whose labels
    are all in normal form stays as it is. ``name`` is that of the table, for the tables of forms in ``backend``.
    """
    for column in [column for column in table.columns if _is_label(table, column)]:
        labels = table.select(column).distinct().drop_null().to_pyarrow()[column].to_pylist()
        forms = [normal_form(label) for label in labels]
        if forms != labels:
            read = pa.table({"label": pa.array(labels, pa.string()), "form": pa.array(forms, pa.string())})
            known = backend.create_table(f"forms_{name}_{column}", ibis.memtable(read))
            joined = table.left_join(known, table[column] == known["label"])
            table = joined.select(*(known["form"].name(n) if n == column else table[n] for n in table.columns))
    return table


def _is_label(table: ir.Table, column: str) -> bool:
    """Whether ``column`` holds labels: one of the schema's, or an attribute that is a category."""
    return column in LABELS or (column.startswith(PREFIX) and table[column].type().is_string())
