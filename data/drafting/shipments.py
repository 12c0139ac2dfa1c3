"""Lines that are cut into shipments: which column has the pieces of each row, and not those of the whole line.

Where the pieces that came back are those of the whole line, too, each row repeats them: then a line counts once.
"""

import re
from dataclasses import dataclass

from data import sql
from data.drafting import amounts, times
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles

SAME = 0.9
"""Least share of the cut lines whose shipments add up."""

FEWEST = 3
"""Lines of several shipments that came back, from which one number on all shipments of each is no chance."""

PIECES = re.compile(r"\d{1,4}([.,]0+)?")
"""A number of pieces."""

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


def parts_of(lines: Roles, quantity: str) -> str | None:
    """Find the column with the pieces of each shipment, which add up to the ``quantity`` that the rows repeat.

    By whatever name, a column of whole numbers is one if it does so on all lines, and some are cut.
    """
    named = quantities(lines, quantity)
    if (found := next((other for other in named if adds_up(lines, quantity, other)), None)) is not None:
        return found
    free = set(lines.sheet.columns) - {*lines.columns.values(), quantity, *named}
    return next(
        (other for other in lines.sheet.columns if other in free and _always_adds_up(lines, quantity, other)), None
    )


def _always_adds_up(lines: Roles, quantity: str, other: str) -> bool:
    """Whether ``other`` adds up to ``quantity`` on all lines, of which enough are cut: a price or a weight does not."""
    if (
        not all(map(PIECES.fullmatch, lines.sheet.values(other)))
        or not {"order_id", "product_id"} <= lines.columns.keys()
    ):
        return False
    cell, part = (f"TRY_CAST({lines.sheet.cell(column)} AS DOUBLE)" for column in (quantity, other))
    groups = (
        f"SELECT count(*) AS _rows, min({cell}) = max({cell}) AND sum({part}) = max({cell}) AS _holds "
        f"FROM {lines.sheet.table} GROUP BY {_keys(lines)}"
    )
    query = f"SELECT count(*) FILTER (_rows > 1), bool_and(coalesce(_holds, FALSE)) FROM ({groups})"
    cut, holds = sql.rows(lines.sheet.connection, query)[0]
    return int(cut) >= FEWEST and bool(holds)


def repeated_numbers(lines: Roles) -> str:
    """Ask about lines whose number several rows of one order and product have, with one quantity; empty for none."""
    order, product, line = (lines.get(role) for role in ("order_id", "product_id", "line_id"))
    quantity = lines.get("quantity")
    if order is None or product is None or line is None or quantity is None:
        return ""
    one = f"count(DISTINCT {lines.sheet.cell(quantity)}) = 1"
    query = f"SELECT 1 FROM {lines.sheet.table} GROUP BY {_keys(lines)} HAVING count(*) > 1"
    several = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({query})")
    if not several or _cut_lines(lines, one) < SAME:
        return ""
    name = lines.sheet.name
    return (
        f"{several:,} lines by {order} and {line} have several rows of one product, each with the same {quantity}: is "
        f"a row a shipment of its line? then line_id: {{columns: [{order}, {line}]}} and files.{name}.copies: fullest "
        f"count the line once"
    )


def repeats(lines: Roles, quantity: str) -> bool:
    """Whether a column counts shipments, and rows of one order and product have one and the same ``quantity``."""
    named = any({"shipping", "number"} <= parts.meanings(plain(column)) for column in lines.sheet.columns)
    return named and _cut_lines(lines, f"count(DISTINCT {lines.sheet.cell(quantity)}) = 1") >= SAME


def adds_up(lines: Roles, quantity: str, other: str) -> bool:
    """Whether the ``other`` numbers of rows with one order and product add up to ``quantity``, which each repeats."""
    cell, part = (f"TRY_CAST({lines.sheet.cell(column)} AS DOUBLE)" for column in (quantity, other))
    return _cut_lines(lines, f"min({cell}) = max({cell}) AND sum({part}) = max({cell})") >= SAME


@dataclass(frozen=True)
class Repeated:
    """Lines with a row for each shipment, each of which repeats the line: what names a line, and its last row."""

    line: tuple[str, ...]
    pieces: str
    """The column with the pieces of each shipment."""
    newest_by: str | None
    """The column with the time of the shipment; None where it is not in ISO 8601."""


def repeated(lines: Roles) -> Repeated | None:
    """Find lines that their shipments repeat with all their pieces and all that came back; None where rows differ.

    Pieces that came back are those of the line if each of its rows has the same, and more than its own pieces or on
    several lines: those of a shipment would differ at times.
    """
    quantity, key = lines.get("quantity"), _line(lines)
    if quantity is None or not key or (len(key) > 1 and len(lines.sheet.files) > 1):
        return None
    pieces = parts_of(lines, quantity)
    back = [lines.columns[role] for role in ("return_quantity", "returned_at", "flag") if role in lines.columns]
    if pieces is None or not all(_is_of_lines(lines, column, pieces) for column in back):
        return None
    if not back and "line_id" not in lines.columns:
        return None  # each shipment is then a line of its own pieces
    newest = (lines.columns[role] for role in ("shipped_at", "delivered_at") if role in lines.columns)
    return Repeated(key, pieces, next((column for column in newest if _is_iso(lines, column)), None))


def _line(lines: Roles) -> tuple[str, ...]:
    """Name the columns that tell a line: its id, alone or within its order, or what was ordered."""
    line, order = lines.get("line_id"), lines.get("order_id")
    if order is None or (line is not None and lines.sheet.is_unique(line)):
        return ()
    if line is not None:
        orders = f"SELECT count(DISTINCT {lines.sheet.cell(order)}) > 1 FROM {lines.sheet.table}"
        several = sql.rows(lines.sheet.connection, f"{orders} GROUP BY {lines.sheet.cell(line)}")
        return (order, line) if any(found for (found,) in several) else (line,)
    goods = [lines.columns[role] for role in ("product_id", "size", "color") if role in lines.columns]
    return (order, *goods) if goods else ()


def _is_of_lines(lines: Roles, column: str, pieces: str) -> bool:
    """Whether ``column``, of what came back, is of the line and not of each of its shipments."""
    cell = f"coalesce({lines.sheet.cell(column)}, '')"
    if _cut_lines(lines, f"count(DISTINCT {cell}) = 1") < 1:
        return False
    number, own = (f"TRY_CAST({lines.sheet.cell(name)} AS DOUBLE)" for name in (column, pieces))
    groups = (
        f"SELECT max({number}) > 0 OR (max({number}) IS NULL AND max({cell}) <> '') AS _back, "
        f"bool_or({number} > {own}) AS _above FROM {lines.sheet.table} GROUP BY {_keys(lines)} HAVING count(*) > 1"
    )
    back, above = sql.rows(
        lines.sheet.connection, f"SELECT count(*) FILTER (_back), count(*) FILTER (_above) FROM ({groups})"
    )[0]
    return int(above) > 0 or int(back) >= FEWEST


def _is_iso(lines: Roles, column: str) -> bool:
    found = times.decide(lines.sheet.values(column))
    return found is not None and not found.formats and not found.or_else and not found.odd


def _keys(lines: Roles) -> str:
    """SQL: the columns of the order, the product and the line, as far as there are such."""
    names = ("order_id", "product_id", "size", "color", "line_id")
    return ", ".join(lines.sheet.cell(lines.columns[name]) for name in names if name in lines.columns)


def _cut_lines(lines: Roles, test: str) -> float:
    """Give the share of those orders and products with several rows for which ``test`` holds."""
    if not {"order_id", "product_id"} <= lines.columns.keys():
        return 0.0
    keys = _keys(lines)
    groups = f"SELECT {test} AS _holds FROM {lines.sheet.table} GROUP BY {keys} HAVING count(*) > 1"
    holds, all_of_them = sql.rows(lines.sheet.connection, f"SELECT count(*) FILTER (_holds), count(*) FROM ({groups})")[
        0
    ]
    return int(holds) / max(1, int(all_of_them))
