"""Marks of returns that stand beside lines and are of the whole order: a date of refund that all its lines repeat."""

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts
from data.drafting.draft import Draft, inline, put
from data.drafting.headers.vocabulary import is_about
from data.drafting.roles import Roles

MOST = 0.95
"""Least share of the orders that are marked alike, for a mark of orders."""
FEWEST = 5
"""Orders of several lines with a mark: with fewer, all lines of all of them may have come back by chance."""


def of_orders(lines: Roles, marks: str) -> tuple[int, int]:
    """Count the orders with several lines and a mark, and those of them all lines of which have the same mark.

    ``marks``: SQL of the mark of a row, null where there is none.
    """
    order = lines.get("order_id")
    if order is None:
        return 0, 0
    cell = lines.sheet.cell(order)
    groups = (
        f"SELECT count(*) = count({marks}) AND count(DISTINCT {marks}) = 1 AS _alike FROM {lines.sheet.table} "
        f"WHERE {cell} <> '' GROUP BY {cell} HAVING count(*) > 1 AND count({marks}) > 0"
    )
    found = sql.rows(lines.sheet.connection, f"SELECT count(*), count(*) FILTER (_alike) FROM ({groups})")[0]
    return int(found[0]), int(found[1])


def is_of_orders(lines: Roles, marks: str) -> bool:
    """Whether ``marks``, as for `of_orders`, are most likely of orders and not of lines."""
    whole, alike = of_orders(lines, marks)
    return whole >= FEWEST and alike >= MOST * whole


def filled(lines: Roles, column: str) -> str:
    """SQL: the filled cell of ``column``, or null."""
    return f"nullif({lines.sheet.cell(column)}, '')"


def contradicted_by(lines: Roles, column: str) -> str | None:
    """Name the column of refunded amounts that are below the order's value on the orders marked in ``column``."""
    order, quantity, price = (lines.get(role) for role in ("order_id", "quantity", "price_minor"))
    if order is None or price is None:
        return None
    for other in lines.sheet.columns:
        if other in lines.columns.values() or not is_about("return", other) or is_about("date", other):
            continue
        found = amounts.decide(lines.sheet.values(other))
        if found is not None and not is_about("quantity", other):
            pieces = _number(lines, quantity) if quantity else "1"
            groups = (
                f"SELECT max(abs({_number(lines, other)})) AS _back, sum({pieces} * {_number(lines, price)}) AS _worth "
                f"FROM {lines.sheet.table} GROUP BY {lines.sheet.cell(order)} HAVING count({filled(lines, column)}) > 0"
            )
            query = f"SELECT count(*) FILTER (_back < {MOST} * _worth) FROM ({groups})"
            if sql.number(lines.sheet.connection, query):
                return other
    return None


def _number(lines: Roles, column: str) -> str:
    """SQL: the number in a cell, with a point or a comma before its decimals; null where it has marks of thousands."""
    return f"TRY_CAST(replace(regexp_replace({lines.sheet.cell(column)}, '[^0-9.,+-]', '', 'g'), ',', '.') AS DOUBLE)"


def ask(draft: Draft, columns: CommentedMap, lines: Roles, column: str) -> None:
    """Ask where a date of return is one of orders.

    Where amounts show that not all lines of them came back, the outcome of these lines is not known.
    """
    if not is_of_orders(lines, filled(lines, column)):
        return
    amount_back = contradicted_by(lines, column)
    rule = f"order_lines.unknown_outcome: {{refunded orders: {{column: {column}, empty: false}}}}"
    why = f"CHECK: {column} is the same on all lines of an order, so that all of them count as returned"
    if amount_back is None:
        draft.ask(columns, "returned_at", f"{why}; if only some of them came back, add {rule}")
        return
    draft.ask(columns, "returned_at", f"{why}; see order_lines.unknown_outcome")
    put(
        draft.tree["order_lines"].setdefault("unknown_outcome", CommentedMap()),
        "refunded orders",
        inline(column=column, empty=False),
        f"CHECK: {column} is of whole orders, and {amount_back} is below their value: which lines came back is not "
        "known. Name a file of returns by line; or take this rule out, if all lines of such orders came back",
    )
