"""The money of returns: refunds of far less than a piece costs may be of no goods, and the mapping says so."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts
from data.drafting.asked import equations, price_bases
from data.drafting.draft import Draft, inline, put
from data.drafting.headers.vocabulary import is_about, plain, rank
from data.drafting.lines import amount, row
from data.drafting.returns import pieces_beside
from data.drafting.roles import REFUNDED, Roles
from data.reading.money_alone import is_money_alone
from data.sources.mapped.returns.amounts.small_refunds import USUAL

OF_MONEY = ("price_of_line", "price_minor", "flag", "return_id")
"""Roles that the amount of a refund may have by its name."""
CENTS = re.compile(r"\d[.,]\d\d(?!\d)")
"""An amount with cents."""
SEVERAL = 1.9
"""Times the price of a piece from which a refund is of several: a fee for the return is less than a tenth of it."""
MOST_SMALL = 0.5
"""Largest share of small refunds in a column that holds refunds."""


def add(draft: Draft, part: CommentedMap, columns: CommentedMap, lines: Roles, returns: Roles) -> None:
    """Map the refunded amount of a file of returns, where some are far less than the price of one piece, and ask.

    The lines of such returns have an unknown outcome by ``least_refund``: the goods may have stayed. Amounts of several
    pieces are named, where no number of pieces was found.
    """
    counts = ((column, *_counts(lines, returns, column)) for column in _amounts(returns))
    column, small, several = next((each for each in counts if any(each[1:])), ("", 0, 0))
    if several and "constant" in columns.get("quantity", ()):
        what = "1 refund is" if several == 1 else f"{several:,} refunds are"
        why = f"CHECK: {what} of the price of several pieces, by {column}, and count as one: export their number"
        draft.ask_also(columns, "quantity", why)
    if small:
        _add_least(draft, part, columns, returns, column)
        what = "1 refund is" if small == 1 else f"{small:,} refunds are"
        asked = f"CHECK: {what} less than half of a piece's price: is it money for goods that stayed?"
        draft.ask(part, "least_refund", f"{asked} their lines have an unknown outcome")


def _add_least(draft: Draft, part: CommentedMap, columns: CommentedMap, returns: Roles, column: str) -> None:
    value, note = amount(returns, column)
    if pieces_beside.are_negative(returns, column):
        value = inline(**(dict(value) if isinstance(value, CommentedMap) else {"column": column}), sign="drop")
    put(columns, "refunded_minor", value, note)
    part["least_refund"] = USUAL
    draft.table.append(row("returns", "refunded_minor", returns, column))


def _amounts(returns: Roles) -> list[str]:
    """Name the columns that may hold the refunded amount, those with a word for an amount first."""
    taken = {column for role, column in returns.columns.items() if role not in OF_MONEY}
    sheet = returns.sheet
    found = [
        column
        for column in sheet.columns
        if column not in taken
        and (_is_amount(column) or _is_refund(returns, column))
        and not is_about("quantity", column)
        and not sheet.personal(column)
        and amounts.decide(sheet.values(column)) is not None
    ]
    return sorted(found, key=lambda column: not _is_amount(column))


def _is_amount(column: str) -> bool:
    return rank("price_of_line", column) is not None or is_about("total", column)


def _is_refund(returns: Roles, column: str) -> bool:
    """Whether a header is about a refund, and the cells have cents, which the number of a return has not."""
    named = is_about("return", column) or REFUNDED.search(plain(column)) is not None
    return named and any(map(CENTS.search, returns.sheet.values(column)))


def _counts(lines: Roles, returns: Roles, column: str) -> tuple[int, int]:
    """Count the returns whose amount is less than half of the price of a piece, and those of several pieces.

    Where most are so small, the column is no amount of refunds, such as the number of a return: then both are 0.
    """
    keys = _keys(lines, returns)
    price, refunded = _price_of_piece(lines), equations.number(returns, column)
    if not keys or price is None or refunded is None:
        return 0, 0
    own = ", ".join(f"{lines.sheet.cell(lines.columns[name])} AS _{name}" for name in keys)
    sold = f"SELECT {own}, min({price}) AS _price, max({price}) AS _most FROM {lines.sheet.table} GROUP BY ALL"
    other = ", ".join(f"{returns.sheet.cell(returns.columns[name])} AS _{name}" for name in keys)
    back = f"SELECT {other}, abs({refunded}) AS _refunded FROM {returns.sheet.table} WHERE {_of_goods(returns)}"
    query = (
        f"SELECT count(*) FILTER (_refunded < {USUAL} * _price), "
        f"count(*) FILTER (_refunded >= {SEVERAL} * _most), count(*) "
        f"FROM ({back}) JOIN ({sold}) USING ({_list(keys)}) WHERE _refunded > 0 AND _price > 0"
    )
    small, several, whole = sql.rows(lines.sheet.connection, query)[0]
    return (int(small), int(several)) if small <= MOST_SMALL * whole else (0, 0)


def _list(keys: list[str]) -> str:
    return ", ".join(f"_{name}" for name in keys)


def _keys(lines: Roles, returns: Roles) -> list[str]:
    """Name the columns of both files that find the line of a return; none where the order alone does."""
    both = lines.columns.keys() & returns.columns.keys()
    if "line_id" in both:
        return ["line_id"]
    if "product_id" not in both:
        return []
    return [name for name in ("order_id", "customer_id", "product_id", "size", "color") if name in both]


def _price_of_piece(lines: Roles) -> str | None:
    """SQL: the price of one piece; None where the lines have none."""
    base = price_bases.decide(lines)
    price = None if base is None else equations.number(lines, base.column)
    if base is None or price is None:
        return None
    pieces = equations.number(lines, lines.get("quantity")) or "1"
    return f"{price} / nullif({pieces}, 0)" if base.per_line else price


def _of_goods(returns: Roles) -> str:
    """SQL: whether no reason says that money alone went back; rows with such a reason are left out by it."""
    column = returns.get("reason")
    alone = [value for value in returns.sheet.values(column) if is_money_alone(value)] if column else []
    return f"{returns.sheet.cell(column)} NOT IN ({sql.texts(alone)})" if column and alone else "TRUE"
