"""Which amount is the price less a discount beside it, by the numbers: off the row, off each piece, or a share."""

from dataclasses import dataclass

from data.drafting.asked import discounts, equations
from data.drafting.roles import Roles

OFF_EACH = "minus, off each of them,"
"""How a discount of each piece is named in a comment."""


@dataclass(frozen=True)
class Paid:
    """The column with what was paid for the row, the discount in it, and the rows with a discount that show it."""

    column: str
    discount: str
    way: str
    rows: int

    @property
    def off_each(self) -> bool:
        """Whether the discount is off each piece."""
        return self.way == OFF_EACH


def find(lines: Roles, price: str) -> Paid | None:
    """Find an amount of the row that is ``price`` times the pieces less a discount, on the rows that have one."""
    one = equations.number(lines, price)
    for discount in discounts.columns(lines) if one else ():
        for column in equations.amounts_of(lines, {price, discount}):
            if (found := _paid(lines, str(one), discount, column)) is not None:
                return found
    return None


def _paid(lines: Roles, one: str, discount: str, column: str) -> Paid | None:
    """Say in which way ``column`` is the price, SQL, less ``discount``, if in any; the row's first where both fit."""
    off, paid = discounts.number(lines, discount), str(equations.number(lines, column))
    if off is None:
        return None
    counts = {
        way: equations.rows(lines, expected, paid, f"{off} > 0")
        for way, expected in _ways(lines, one, off, share=discounts.is_share(lines, discount)).items()
    }
    way = max(counts, key=lambda each: counts[each])
    return Paid(column, discount, way, counts[way]) if counts[way] else None


def _ways(lines: Roles, one: str, off: str, *, share: bool) -> dict[str, str]:
    """SQL: what was paid for the row, by how the discount is taken off."""
    pieces = equations.number(lines, lines.get("quantity")) or "1"
    if share:
        return {"less the share": f"{one} * {pieces} * (1 - {off} / 100)"}
    return {"minus": f"{one} * {pieces} - {off}", OFF_EACH: f"({one} - {off}) * {pieces}"}
