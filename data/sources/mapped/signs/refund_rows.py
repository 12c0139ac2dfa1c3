"""Rows of refunds that would be order lines: a return would be another sale, and the line that came back kept.

They have a negative quantity, or repeat the row of the sale with another type, such as Refund beside Sale.
"""

import re

from data import sql
from data.errors import UserError
from data.sources.mapped import order_lines
from data.sources.mapped.cleaning import clean
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.values import described, rows, values
from data.sources.mapped.signs.watched import STATUS, Watched

REFUND = re.compile(
    r"refund|return|retour|erstatt|gutschrift|rembours|avoir|devol|reemb|rimbors|nota di credito|zwrot|terugbet|возвр|"
    r"退款|退货|返金|返品|credit ?(memo|note)",
    re.IGNORECASE,
)
"""Types of rows that undo a sale."""

REPEATED = 0.9
"""Least share of such rows that repeat the row of a sale; a line that was refunded repeats none."""


def refuse(work: Work, columns: list[Watched]) -> None:
    """Refuse order lines that are refunds, unless the mapping says which rows are returns.

    Parameters
    ----------
    columns
        The watched columns of the order lines' rows.

    Raises
    ------
    UserError
        The message names the column, its values, and what to write.
    """
    if work.mapping.returns.rows is not None:
        return
    _refuse_negative(work)
    for column in columns:
        if STATUS.search(column.origin.column):
            _refuse_repeated(work, column)


def _refuse_negative(work: Work) -> None:
    below = f"SELECT _row FROM {order_lines.TABLE} WHERE quantity < 0"
    count = sql.number(work.connection, f"SELECT count(*) FROM ({below})")
    if not count:
        return
    rule = work.mapping.order_lines.columns["quantity"]
    decimal = ', decimal: ","' if rule.decimal == "," else ""
    first = ", ".join(work.places(work.mapping.file_of_lines, below))
    raise UserError(
        expected="one piece or more on every order line",
        found=f"a negative quantity on {count:,} rows, first at {first}: they are most likely refunds",
        fix=_fix(work, f"{{column: {rule.column}, below: 0{decimal}}}"),
    )


def _refuse_repeated(work: Work, column: Watched) -> None:
    """Refuse rows of a type of refund whose order, product, size and color stand in a row of another type, too."""
    stays = f"SELECT _row FROM {order_lines.TABLE}"
    found = [item for item in values(work, column, stays) if REFUND.search(item[0])]
    if not found:
        return
    cell, types = clean(sql.name(column.name)), sql.texts(value for value, _ in found)
    known = sql.columns(work.connection, order_lines.TABLE)
    key = ", ".join(name for name in ("order_id", "product_id", "size", "color") if name in known)
    typed = (
        f"SELECT {key}, {cell} IN ({types}) AS _back FROM {rows(work, column)} JOIN {order_lines.TABLE} USING (_row)"
    )
    sold = f"SELECT {key} FROM ({typed}) WHERE NOT _back"
    back = f"SELECT {key} FROM ({typed}) WHERE _back"
    same = " AND ".join(f"one.{name} IS NOT DISTINCT FROM other.{name}" for name in key.split(", "))
    repeated = sql.number(
        work.connection, f"SELECT count(*) FROM ({back}) AS one SEMI JOIN ({sold}) AS other ON {same}"
    )
    if repeated >= REPEATED * sum(count for _, count in found):
        listed = ", ".join(value for value, _ in found[:5])
        raise UserError(
            expected=f"a mapping that reads the column {column.name!r}: a refund of a sale is no other sale",
            found=f"{described(found, 'rows')}, which repeat order and product of a row of another type",
            fix=f"{_fix(work, f'{{column: {column.name}, is: [{listed}]}}')}; or {column.ignored_by}",
        )


def _fix(work: Work, condition: str) -> str:
    """Say how the rows of ``condition`` are returns; or are left out, where a file of returns has them."""
    out = f"order_lines.leave_out: {{refunds: {condition}}}"
    if work.mapping.returns.file not in (None, work.mapping.file_of_lines):
        return f"leave them out, as returns have a file of their own: {out}"
    return (
        f"read them as returns: returns.rows: {condition}, with match: [order_id, product_id]; or leave them out: {out}"
    )
