"""Lines that stand once for each of their returns, as a join of lines with returns writes them, without a line's id.

Each row would count as a line of its own. A customer who buys one thing twice in an order has such rows as well, but
keeps them as often as others keep theirs.
"""

from data import sql
from data.sources.mapped import order_lines
from data.sources.mapped.rows import Work

FEWEST = 5
"""Lines in equal rows from which on a pattern is none of chance."""
MOSTLY = 0.9
"""Share of them with a return on each row: bought twice, and both sent back, is far rarer."""


def note(work: Work, returns: str) -> None:
    """Give a notice where lines in equal rows came back on each row, far more often than lines do.

    Parameters
    ----------
    returns
        The table of returns, each with its ``line_id``.
    """
    rule = work.mapping.order_lines.columns["line_id"]
    if not rule.generated or not work.mapping.has_returns_beside_lines:
        return
    back = f"line_id IN (SELECT line_id FROM {returns})"
    each = (
        f"SELECT min(_row) AS _row, count(*) AS times, count(*) FILTER ({back}) AS returned "
        f"FROM {order_lines.TABLE} GROUP BY {order_lines.content(work)} HAVING count(*) > 1"
    )
    figures = f"SELECT count(*), count(*) FILTER (returned = times), coalesce(sum(times - 1), 0) FROM ({each})"
    lines, whole, further = sql.rows(work.connection, figures)[0]
    share = f"SELECT count(*) FILTER ({back}) / count(*) FROM {order_lines.TABLE}"
    usual = float(sql.rows(work.connection, share)[0][0] or 0) if lines >= FEWEST else 1.0
    if lines < FEWEST or whole < MOSTLY * lines or usual > MOSTLY / 2:
        return
    rows = f"SELECT _row FROM ({each}) WHERE returned = times"
    file = work.mapping.file_of_lines
    work.decide_rows("order_lines.line_id", "equal_rows_with_returns", file, rows)
    work.notice(
        f"order_lines: {whole:,} lines stand in equal rows, each with a return ({further:,} rows more, such as at "
        f"{', '.join(work.places(file, rows))}), though only {usual:.0%} of all lines came back. If the "
        "file is a join of lines with their returns, each such row counts as a line: export a line's id, or the "
        "returns in a file of their own"
    )
