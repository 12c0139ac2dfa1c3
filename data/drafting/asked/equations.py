"""Equations between the columns of amounts: whether one holds on nearly all rows, so that it is no chance."""

from data import sql
from data.drafting import amounts
from data.drafting.headers.vocabulary import is_about
from data.drafting.roles import IDS, TIMES, Roles

AGREES = 0.95
"""Least share of the rows on which an equation holds."""
FEWEST = 5
"""Rows of several pieces, or orders of several products, from which an equation is no chance."""
HALF_A_CENT = 0.0051
"""What a price that is rounded to cents may differ, for each piece."""


def rows(lines: Roles, expected: str, found: str, which: str, *, differ: float = HALF_A_CENT) -> int:
    """Count the rows, ``which`` of them in SQL, on which two amounts are one; 0 where these are few, or some differ.

    ``differ``: what the amounts may differ for each piece and still be one.
    """
    pieces = number(lines, lines.get("quantity")) or "1"
    same = f"abs(({expected}) - ({found})) <= {differ} * greatest(1, abs({pieces}))"
    counted = f"{which} AND {found} <> 0 AND ({expected}) IS NOT NULL"
    query = f"SELECT count(*) FILTER ({same}), count(*) FROM {lines.sheet.table} WHERE {counted}"
    alike, whole = sql.rows(lines.sheet.connection, query)[0]
    return int(alike) if alike >= FEWEST and alike >= AGREES * whole else 0


def amounts_of(lines: Roles, without: set[str]) -> list[str]:
    """Name the columns of numbers that may be amounts of money, those that are named for the price of a row first."""
    roles = {role: column for role, column in lines.columns.items() if role in IDS | TIMES or "quantity" in role}
    taken = {*without, *roles.values()}
    free = [name for name in lines.sheet.columns if name not in taken and not is_about("quantity", name)]
    free.sort(key=lambda name: name != lines.get("price_of_line"))
    return [name for name in free if number(lines, name) is not None]


def number(lines: Roles, column: str | None) -> str | None:
    """SQL: the number in the cells of ``column``; None where they are no numbers, or their marks leave it open."""
    found = amounts.decide(lines.sheet.values(column)) if column else None
    return None if column is None or found is None or found.open else amounts.as_number(lines.sheet.cell(column), found)
