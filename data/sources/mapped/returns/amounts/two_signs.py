"""Numbers of pieces of both signs where the sign is dropped: those of one sign may be of pieces sent out anew."""

from data import sql
from data.errors import UserError
from data.sources.mapped import numbers, rows
from data.sources.mapped.cells import Cell
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.rows import Work


def refuse(work: Work, cell: Cell, rule: ColumnRule, where: str) -> None:
    """Refuse a column of returns with ``sign: drop`` that has both signs.

    Parameters
    ----------
    cell, rule
        The number of pieces.
    where
        SQL over the prepared rows: whether a row is a return.

    Raises
    ------
    UserError
        The message names the rarer sign's first rows, and what to write.
    """
    if rule.sign != "drop":
        return
    file = work.mapping.file_of_returns
    number = f"SELECT _row, {numbers.decimal(cell.text, rule)} AS number FROM {rows.layers(file, [cell], where)}"
    counts = f"SELECT count(*) FILTER (number < 0), count(*) FILTER (number > 0) FROM ({number})"
    below, above = sql.rows(work.connection, counts)[0]
    if not below or not above:
        return
    rarer = "< 0" if below < above else "> 0"
    bound = "below" if below < above else "above"
    places = work.places(file, f"SELECT _row FROM ({number}) WHERE number {rarer}")
    raise UserError(
        expected=f"numbers of one sign in {rule.column!r}, as returns.columns.quantity drops it",
        found=f"{below:,} below zero and {above:,} above it, such as at {', '.join(places)}",
        fix="leave the rows of one sign out, if they are of pieces sent out anew, by returns.leave_out: "
        f"{{sent_out: {{column: {rule.column}, {bound}: 0}}}}; or set sign: either, if both are pieces that came back",
    )
