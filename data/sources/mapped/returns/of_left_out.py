"""Returns of lines that a rule leaves out: they are left out as their lines are, and break no limit."""

from data import sql
from data.schema import CUSTOMERS, ORDER_LINES, RETURNS, TIME
from data.sources.mapped import conditions, rows
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work, layers, reading

RULE = "line_left_out"
"""The name under which they are counted."""
NAMING = ("line_id", "order_id")
"""Keys of which one is needed: others are shared by lines that stay."""


def let_go(work: Work, keys: tuple[str, ...], lonely: str) -> None:
    """Take the returns out of `READ` whose ``keys`` are those of a line that ``order_lines.leave_out`` leaves out.

    Parameters
    ----------
    lonely
        A query of ``_row`` of the returns that no line fits.
    """
    mapping, file = work.mapping, work.mapping.file_of_lines
    columns = mapping.order_lines.columns
    named = [name for name in keys if _is_text(name) and name in columns and columns[name].sources]
    if not mapping.order_lines.leave_out or not set(named) & set(NAMING):
        return
    cells = rows.cells_of(work, ORDER_LINES, file, {name: columns[name] for name in named})
    gone = f"{conditions.any_rule(mapping.order_lines.leave_out, reading(work, file))} IS NOT NULL"
    if mapping.returns.rows is not None:
        gone += f" AND NOT {conditions.all_hold(mapping.returns.rows, reading(work, file))}"
    values = ", ".join(f"{item.value} AS {sql.name(item.column.name)}" for item in cells)
    lines = f"SELECT {values} FROM {layers(file, cells, gone)}"
    using = ", ".join(map(sql.name, named))
    found = f"SELECT _row, _file FROM {READ} SEMI JOIN ({lines}) USING ({using}) WHERE _row IN ({lonely})"
    sql.run(work.connection, f"CREATE TEMP TABLE of_left_out AS {found} AND NOT _broken")
    work.let_go(RETURNS.name, "left out", f"SELECT '{RULE}', _file, count(*) FROM of_left_out GROUP BY ALL")
    sql.run(work.connection, f"DELETE FROM {READ} WHERE _row IN (SELECT _row FROM of_left_out)")
    sql.run(work.connection, "DROP TABLE of_left_out")


def _is_text(name: str) -> bool:
    """Whether a key is compared as it stands: a customer's is hashed, and a time may be a date."""
    return name in ORDER_LINES.names and name != CUSTOMERS.key and ORDER_LINES.column(name).dtype != TIME
