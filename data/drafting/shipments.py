"""Lines that are cut into shipments: which column has the pieces of each row, and not those of the whole line."""

from data import sql
from data.drafting import amounts
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles

SAME = 0.9
"""Least share of the cut lines whose shipments add up."""

OF_OTHERS = {"return", "cancel", "price", "total"}
"""Meanings of headers whose quantity is not that of what was sold."""


def quantities(lines: Roles, quantity: str) -> list[str]:
    """Find the other columns with numbers of pieces, such as those shipped."""
    taken = {*lines.columns.values(), quantity}
    return [
        column
        for column in lines.sheet.columns
        if column not in taken
        and "quantity" in (meanings := parts.meanings(plain(column)))
        and not OF_OTHERS & meanings
        and amounts.decide(lines.sheet.values(column)) is not None
    ]


def repeats(lines: Roles, quantity: str) -> bool:
    """Whether a column counts shipments, and rows of one order and product have one and the same ``quantity``."""
    named = any({"shipping", "number"} <= parts.meanings(plain(column)) for column in lines.sheet.columns)
    return named and _cut_lines(lines, f"count(DISTINCT {lines.sheet.cell(quantity)}) = 1") >= SAME


def adds_up(lines: Roles, quantity: str, other: str) -> bool:
    """Whether the ``other`` numbers of rows with one order and product add up to ``quantity``, which each repeats."""
    cell, part = (f"TRY_CAST({lines.sheet.cell(column)} AS DOUBLE)" for column in (quantity, other))
    return _cut_lines(lines, f"min({cell}) = max({cell}) AND sum({part}) = max({cell})") >= SAME


def _cut_lines(lines: Roles, test: str) -> float:
    """Give the share of those orders and products with several rows for which ``test`` holds."""
    order, product = lines.get("order_id"), lines.get("product_id")
    if order is None or product is None:
        return 0.0
    keys = f"{lines.sheet.cell(order)}, {lines.sheet.cell(product)}"
    groups = f"SELECT {test} AS _holds FROM {lines.sheet.table} GROUP BY {keys} HAVING count(*) > 1"
    holds, all_of_them = sql.rows(lines.sheet.connection, f"SELECT count(*) FILTER (_holds), count(*) FROM ({groups})")[
        0
    ]
    return int(holds) / max(1, int(all_of_them))
