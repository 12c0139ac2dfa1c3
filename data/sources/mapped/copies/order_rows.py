"""The rows of orders that stand in several files, by part: the rows of one order in one of the files."""

from data import sql
from data.sources.mapped.cleaning import clean
from data.sources.mapped.copies.comparing import cells
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import Work, rows_of

PARTS = "_parts"
"""The table of the parts: ``_key`` (the order), ``_file``, ``_content``, ``_newest``, ``_filled``, and ``_begins`` and
``_ends``: whether the part has the first or the last row of its file that names an order."""

ROWS = "_rows_of_orders"
"""The table of their rows: ``_row``, ``_file``, ``_key``, ``_product`` (a text), and ``_line`` (a hash): rows of one
order with one ``_line`` are of one kind of piece."""

LINES = f"(SELECT _key, _file, _line, count(*) AS _rows FROM {ROWS} SEMI JOIN {PARTS} USING (_key, _file) GROUP BY ALL)"
"""SQL: how many rows each part has of each line."""

BEST = "_newest DESC NULLS LAST, _filled DESC, _file DESC"
"""SQL over `PARTS`: the best part of an order first."""


def gather(work: Work, name: str, order: str, rule: CopiesRule | None, newest: str) -> None:
    """Make the tables `PARTS` and `ROWS` of the input ``name``.

    Parameters
    ----------
    order
        The shop's column of the order's id.
    newest
        SQL over the rows of a part: what tells the newest one.
    """
    compared, key = cells(work, name, rule), clean(sql.name(order))
    digest = f"hash({', '.join(sql.name(column) for column in compared)})"
    filled = " + ".join(f"count(nullif({sql.name(column)}, ''))" for column in compared)
    first, last = (f"{end}({end}(_row)) OVER (PARTITION BY _file)" for end in ("min", "max"))
    ends = f"min(_row) = {first} AS _begins, max(_row) = {last} AS _ends"
    facts = f"list_sort(list({digest})) AS _content, {newest} AS _newest, {filled} AS _filled, {ends}"
    part = f"SELECT {key} AS _key, _file, {facts} FROM {rows_of(name)} WHERE _key <> '' GROUP BY 1, 2"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE {PARTS} AS {part} QUALIFY count(*) OVER (PARTITION BY _key) > 1",
    )
    product, size, color = (_text(work, each) for each in ("product_id", "size", "color"))
    line = digest if rule is not None and rule.identical else f"hash({product}, {size}, {color})"
    keyed = f"SELECT _row, _file, {key} AS _key, {product} AS _product, {line} AS _line FROM {rows_of(name)}"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE {ROWS} AS FROM ({keyed}) SEMI JOIN {PARTS} USING (_key, _file)",
    )


def _text(work: Work, column: str) -> str:
    """SQL: the cells that feed a column of the order lines, in one text."""
    rule = work.mapping.order_lines.columns.get(column)
    if rule is None or not rule.sources:
        return "''"
    return f"concat_ws(' ', {', '.join(clean(sql.name(each)) for each in rule.sources)})"
