"""The returns of a mapped shop: read, placed on the lines that they undo, and translated.

`read` makes the table `TABLE` of returns, and `order_lines.DOUBTFUL`, the lines whose return could not be read or
placed: without it, such a line would count as kept. Returns stand beside their lines (`beside_lines`), or in rows of
their own (`own_rows`): with the id of their line, or matched with it by columns (`pairs`, then `matching` or
`whole_orders`).
"""

from data import sql
from data.schema import RETURNS
from data.sources.mapped import comments, left_out, order_lines
from data.sources.mapped.returns import beside_lines, own_rows, placed_returns, reasons, unplaced
from data.sources.mapped.returns.amounts import small_refunds
from data.sources.mapped.returns.placed_returns import TABLE
from data.sources.mapped.rows import Work
from data.sources.params import CommentParams


def read(work: Work, params: CommentParams) -> None:
    """Make the tables `TABLE` of returns and `order_lines.DOUBTFUL` of lines (``line_id``).

    Raises
    ------
    UserError
        A reason is missing from the mapping, ids stand in two forms side by side, or no return finds its line.
    """
    rule = work.mapping.returns
    unplaced.start(work)
    if work.mapping.has_returns_beside_lines:
        beside_lines.place(work, rule)
    else:
        own_rows.place(work, rule)
    placed_returns.end_days(work)
    small_refunds.judge(work)
    left_out.mark_unreturned(work, order_lines.TABLE, TABLE, order_lines.UNKNOWN_RULES)
    unplaced.keep_returned(work, TABLE)
    if "reason" in rule.columns:
        small_refunds.note_reasons(work)
        reasons.translate(work, TABLE, rule)
    if rule.comment is not None:
        comments.read_reasons(work, TABLE, params)


def select(work: Work) -> str:
    """SQL: the canonical returns."""
    names = sql.columns(work.connection, TABLE)
    return f"SELECT {', '.join(sql.name(name) for name in RETURNS.names if name in names)} FROM {TABLE}"
