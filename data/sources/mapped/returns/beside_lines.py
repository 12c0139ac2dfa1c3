"""Returns that a flag or a date marks beside the order lines: each is placed already."""

from data import sql
from data.schema import RETURNS
from data.sources.mapped import comments, order_lines, rows
from data.sources.mapped.cells import Cell
from data.sources.mapped.mapping.tables import ReturnsRule
from data.sources.mapped.returns import placed_returns, unplaced
from data.sources.mapped.rows import Work


def place(work: Work, rule: ReturnsRule) -> None:
    """Make `placed_returns.TABLE`: one return of each line with the flag, or without a flag, with a date of return.

    Without either, it is each line with a number of pieces that came back, above 0. By default all pieces came back.
    """
    file = work.mapping.file_of_lines
    cells = [*rows.cells_of(work, RETURNS, file, rule.columns), *comments.cells(work, file)]
    returned = f"_row IN (SELECT _row FROM {order_lines.TABLE} WHERE _flag = 'returned')"
    if not rule.flag:
        returned = f"_row IN ({_marked(file, cells)}) AND _row IN (SELECT _row FROM {order_lines.TABLE})"
    rows.read(work, RETURNS, file, cells, "read_returns", "marked", where=returned)
    values = {
        "return_id": "lines.line_id || '-1'",
        "line_id": "lines.line_id",
        "returned_at": "lines.closes_at",
        "quantity": "lines.quantity",
    } | {name: f"beside.{sql.name(name)}" for name in placed_returns.own_columns(work)}
    columns = ", ".join(f"{value} AS {sql.name(name)}" for name, value in values.items())
    query = f"SELECT {columns}, _broken FROM read_returns AS beside JOIN {order_lines.TABLE} AS lines USING (_row)"
    sql.run(work.connection, f"CREATE TABLE found_returns AS {query}")
    unplaced.doubt(work, "SELECT line_id FROM found_returns WHERE _broken")
    placed_returns.make(work, "SELECT * EXCLUDE (_broken) FROM found_returns WHERE NOT _broken")
    sql.run(work.connection, "DROP TABLE found_returns")


def _marked(file: str, cells: list[Cell]) -> str:
    """SQL: ``_row`` of the rows with a date of return, or where none is mapped, with pieces that came back."""
    by_name = {item.column.name: item for item in cells}
    if (dated := by_name.get("returned_at")) is not None:
        return f"SELECT _row FROM {rows.layers(file, [dated])} WHERE NOT {dated.absent}"
    counted = by_name["quantity"]
    above = f"{counted.text} IS NOT NULL AND NOT coalesce({counted.parse} = 0, FALSE)"
    return f"SELECT _row FROM {rows.layers(file, [counted])} WHERE {above}"
