"""Numbers of orders that two files write in two ways, `#1001` and `1001`, or of which each file names another."""

from dataclasses import dataclass

from data import sql
from data.drafting.roles import Roles
from data.drafting.sheet import within

PATTERNS = ("^#?(.+)$", "^0*(.+)$", r"^\D*0*(\d.*)$")
"""What ``extract`` leaves of a number: all but a ``#``, all but zeros, or what follows the first digit but zero."""

SAME = 0.9
"""Least share of the returns' numbers that another column of the lines has, if it is the number that they name."""

ENOUGH = 0.5
"""Least share of the rows with an unknown number that have a known one when both are read alike."""


@dataclass(frozen=True)
class Spelling:
    """How the numbers are read so that both are alike: the rule's ``extract``, and the columns that need it."""

    extract: str
    of_lines: bool
    of_returns: bool


def find(lines: Roles, returns: Roles, product: str | None) -> Spelling | None:
    """Find how numbers that the order lines have in another way become alike; None where no way is safe.

    ``product``: the column of the returns whose values are those of the lines' ``product_id``, if there is one. Then
    the order must have had the product; otherwise all letters before the numbers must be the same.
    """
    own, other = lines.get("order_id"), returns.get("order_id")
    if own is None or other is None:
        return None
    for pattern in PATTERNS:
        one, two = _read(lines, own, pattern), _read(returns, other, pattern)
        if not _is_unique(lines, own, one) or (product is None and _letters(lines, returns) > 1):
            continue
        if _share(lines, returns, one, two, product) >= ENOUGH:
            return Spelling(pattern, _changes(lines, own, one), _changes(returns, other, two))
    return None


def second(lines: Roles, returns: Roles) -> str | None:
    """Find a second number of the orders, such as that of the invoice, by which the returns name them.

    Each order has one, in all its rows, and no other order has it.
    """
    own, other, sheet = lines.get("order_id"), returns.get("order_id"), lines.sheet
    if own is None or other is None or within(returns.sheet, other, sheet, own) > 0:
        return None
    orders = sheet.distinct(own)
    for column in (name for name in sheet.columns if name not in lines.columns.values()):
        pairs = f"SELECT DISTINCT {sheet.cell(own)}, {sheet.cell(column)} FROM {sheet.table}"
        if (
            within(returns.sheet, other, sheet, column) >= SAME
            and sheet.filled(column) == sheet.rows
            and sheet.distinct(column) == orders == sql.number(sheet.connection, f"SELECT count(*) FROM ({pairs})")
        ):
            return column
    return None


def _read(roles: Roles, column: str, pattern: str) -> str:
    """SQL: what ``pattern`` leaves of a cell; null where it leaves nothing."""
    return f"nullif(regexp_extract({roles.sheet.cell(column)}, {sql.text(pattern)}, 1), '')"


def _is_unique(lines: Roles, column: str, read: str) -> bool:
    """Whether orders stay apart, and each keeps a number."""
    query = f"SELECT count(DISTINCT {read}) FROM {lines.sheet.table}"
    return sql.number(lines.sheet.connection, query) == lines.sheet.distinct(column)


def _changes(roles: Roles, column: str, read: str) -> bool:
    """Whether a filled cell is read as another text."""
    cell = roles.sheet.cell(column)
    query = f"SELECT count(*) FROM {roles.sheet.table} WHERE {cell} <> '' AND {read} IS DISTINCT FROM {cell}"
    return sql.number(roles.sheet.connection, query) > 0


def _letters(lines: Roles, returns: Roles) -> int:
    """Count the different letters before the numbers of both files; no letters don't count."""
    each = (
        f"SELECT upper(regexp_extract({roles.sheet.cell(roles.columns['order_id'])}, '^[^0-9]*')) AS _text "
        f"FROM {roles.sheet.table}"
        for roles in (lines, returns)
    )
    letters = "regexp_replace(_text, '[^\\p{L}]', '', 'g')"
    query = f"SELECT count(DISTINCT nullif({letters}, '')) FROM ({' UNION ALL '.join(each)})"
    return sql.number(lines.sheet.connection, query)


def _share(lines: Roles, returns: Roles, one: str, two: str, product: str | None) -> float:
    """The share of the returns of unknown orders that have a known one by ``one`` and ``two``; 0 without such."""
    sold, back = lines.sheet, returns.sheet
    goods = sold.cell(lines.columns["product_id"]) if product is not None else "''"
    same = back.cell(product) if product is not None else "''"
    own, other = sold.cell(lines.columns["order_id"]), back.cell(returns.columns["order_id"])
    unknown = (
        f"SELECT {two} AS _order, {same} AS _product FROM {back.table} "
        f"WHERE {other} <> '' AND {other} NOT IN (SELECT {own} FROM {sold.table} WHERE {own} <> '')"
    )
    known = f"SELECT {one} AS _order, {goods} AS _product FROM {sold.table}"
    found = f"SELECT count(*) FROM ({unknown}) SEMI JOIN ({known}) USING (_order, _product)"
    count = sql.number(sold.connection, f"SELECT count(*) FROM ({unknown})")
    return sql.number(sold.connection, found) / max(1, count)
