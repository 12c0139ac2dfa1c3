"""Lines at a price of 0: parts of a set, gifts and replacements, which no customer chose and which seldom come back."""

from data import sql
from data.schema import ORDER_LINES
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.names import Origin
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.values import values
from data.sources.mapped.signs.watched import Watched, looked_at

COLUMN = "price_minor"
FEWEST, LEAST_SHARE = 3, 0.01
"""Lines, and their share of all, that are no odd gift."""


def note(work: Work) -> None:
    """Count the lines at a price of 0, and give a notice with their share where the price is read from a column."""
    rule, file = work.mapping.order_lines.columns[COLUMN], work.mapping.file_of_lines
    if not rule.sources or set(rule.sources) & looked_at(work.mapping, file):
        return
    free = f"SELECT _row FROM {order_lines.TABLE} WHERE {COLUMN} = 0"
    lines = sql.number(work.connection, f"SELECT count(*) FROM {order_lines.TABLE}")
    count = sql.number(work.connection, f"SELECT count(*) FROM ({free})")
    if count < FEWEST or count < LEAST_SHARE * lines:
        return
    work.decide_rows(f"{ORDER_LINES.name}.{COLUMN}", "free_lines", file, free)
    (first,) = work.places(file, f"SELECT min(_row) AS _row FROM ({free})")
    work.notice(
        f"{ORDER_LINES.name}.columns.{COLUMN}: {count:,} of {lines:,} lines ({count / lines:.0%}) have a price of 0, "
        f"first at {first}, and count as sales like others. Where they are parts of a set, gifts or replacements, "
        f"leave them out by order_lines.leave_out{_condition(work, rule, free)}; where they are sales, "
        f"files.{file}.ignore: [{rule.sources[0]}]"
    )


def _condition(work: Work, rule: ColumnRule, free: str) -> str:
    """Write the condition of the lines by the cells of their price; empty where it is made of several columns."""
    if rule.column is None or rule.minus:
        return ""
    cells = values(work, Watched(rule.column, Origin(rule.column), work.mapping.file_of_lines), free)
    listed = ", ".join(f'"{cell}"' for cell, _ in cells)
    return f": {{free: {{column: {rule.column}, is: [{listed}]}}}}"
