"""Improbable ids: numbers that a spreadsheet cut, and one id in two forms."""

from collections.abc import Iterator, Mapping

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.identity import DECIMAL_ID, SCIENTIFIC_ID
from data.schema import ORDER_LINES, PRODUCTS, RETURNS
from data.validation.improbable.finding import Improbable

LEAST_SHARE = 0.01
EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; it writes zeros for those behind."""
FEWEST_LONG = 3
"""So many ids with more digits don't end in zeros by chance, all of them."""
COLUMNS = (
    (ORDER_LINES.name, "line_id"),
    (ORDER_LINES.name, "order_id"),
    (ORDER_LINES.name, "product_id"),
    (PRODUCTS.name, "product_id"),
    (RETURNS.name, "return_id"),
    (RETURNS.name, "line_id"),
)
"""The columns of ids that are written as the shop has them; customers are hashed, and their source counts them."""

CUT = "A spreadsheet cut long ids, so that one value stands for several; what was lost can't be brought back"
KEEP_TEXT = "export the file again and don't save it in a spreadsheet, or keep the column as text there"
AS_TEXT = "write ids as text in both files: a column of ids with an empty cell must not become one of numbers"


def cut(backend: Backend, tables: Mapping[str, ir.Table]) -> Iterator[Improbable]:
    """Look for ids such as ``4.01E+12``, of which several different ones became one, in the rows of the ``tables``."""
    for table in dict.fromkeys(name for name, _ in COLUMNS):
        rows, names = tables[table], [column for name, column in COLUMNS if name == table]
        (seen,) = backend.to_pyarrow(rows.aggregate(**_signs(rows, names))).to_pylist()
        for column in (name for name in names if seen[f"plus_{name}"]):
            yield from _cut(backend, table, column, rows)
        for column in (name for name in names if seen[f"long_{name}"] and seen[f"long_{name}"] == seen[f"zero_{name}"]):
            yield from _padded(backend, table, column, rows)


def _signs(rows: ir.Table, columns: list[str]) -> dict[str, ir.IntegerScalar]:
    """Count what cut ids have and hardly any other id: a plus sign, and only zeros where they are long.

    It is far cheaper than the patterns, which are looked for where all counts agree.
    """
    found: dict[str, ir.IntegerScalar] = {}
    for name in columns:
        long = _is_long(rows[name])
        found |= {f"plus_{name}": rows[name].contains("+").sum(), f"long_{name}": long.sum()}
        found[f"zero_{name}"] = (long & rows[name].endswith("0")).sum()
    return found


def _is_long(ids: ir.StringColumn) -> ir.BooleanValue:
    return ids.length() > EXACT_DIGITS


def _cut(backend: Backend, table: str, column: str, rows: ir.Table) -> Iterator[Improbable]:
    scientific = rows[column].re_search(SCIENTIFIC_ID)
    figures = rows.aggregate(
        filled=rows[column].count(), cut=scientific.sum(), example=rows[column].min(where=scientific)
    )
    (found,) = backend.to_pyarrow(figures).to_pylist()
    if found["cut"] and found["cut"] >= LEAST_SHARE * found["filled"]:
        yield Improbable(
            "scientific_ids",
            f"{found['cut']:,} of {found['filled']:,} values of {column} in {table} are in scientific notation",
            f"'{found['example']}'",
            CUT,
            KEEP_TEXT,
            grave=True,
        )


def _padded(backend: Backend, table: str, column: str, rows: ir.Table) -> Iterator[Improbable]:
    """Look for long ids of which a spreadsheet kept the first 15 digits: ``4012345678901230000``."""
    ids = rows.filter(_is_long(rows[column])).select(id=rows[column]).distinct()
    padded = ids["id"].re_search(f"^[0-9]{{{EXACT_DIGITS}}}0+$")
    figures = ids.aggregate(ids=ids.count(), padded=padded.sum(), example=ids["id"].min())
    (found,) = backend.to_pyarrow(figures).to_pylist()
    if found["ids"] >= FEWEST_LONG and found["padded"] == found["ids"]:
        yield Improbable(
            "padded_ids",
            f"all {found['ids']:,} ids of more than {EXACT_DIGITS} digits in {table}.{column} end in zeros",
            f"'{found['example']}'",
            CUT,
            KEEP_TEXT,
            grave=True,
        )


def in_two_forms(
    backend: Backend, table: str, column: str, unmatched: ir.Table, known: ir.Table
) -> Iterator[Improbable]:
    """Look for ids that match no row as they are, and would without a suffix ``.0`` on either side.

    Parameters
    ----------
    table
        The table that names the ids, in its ``column``.
    unmatched
        The ids without a match, in a column called ``column``.
    known
        The rows that have these ids, in a column called ``column``.
    """
    here, there = _whole(unmatched, column), _whole(known, column)
    pairs = here.inner_join(there, "whole", rname="other_{name}")
    pairs = pairs.filter(pairs["form"] != pairs["other_form"]).select("form", "other_form")
    first = backend.to_pyarrow(pairs.order_by(["form", "other_form"]).limit(1)).to_pylist()
    if first:
        count = backend.to_pyarrow(pairs["form"].nunique()).as_py()
        yield Improbable(
            "ids_in_two_forms",
            f"{count:,} ids in {table}.{column} match nothing, and would in another form",
            f"'{first[0]['form']}' for '{first[0]['other_form']}'",
            "A script or a spreadsheet wrote the ids of one file as decimal numbers (float)",
            AS_TEXT,
            grave=True,
        )


def _whole(rows: ir.Table, column: str) -> ir.Table:
    ids = rows.filter(rows[column].notnull()).select(form=rows[column]).distinct()
    return ids.mutate(whole=ids["form"].re_replace(DECIMAL_ID, r"\1"))
