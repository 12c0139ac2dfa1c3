"""Prices without decimals in a currency that has some: they may be cents, and would be multiplied once more."""

import re
from statistics import median

from data.drafting.digits import plain_digits
from data.drafting.roles import Roles
from data.sources.mapped.signs.minor_units import in_minor_units

WHOLE = re.compile(r"\D*(\d+)\D*")
"""A number without marks, with a unit or without."""
FEWEST, LEAST = 5, 200
"""Different prices, at least, and the least price in the middle of them: 2.00, if they are cents."""


def note(lines: Roles, column: str, digits: int | None) -> str:
    """Ask whether the prices in ``column`` are cents; ``digits``: the decimals of the currency, if it is known."""
    values = [value for value in lines.sheet.values(column) if value.strip("0.,- ")]
    found = [WHOLE.fullmatch(plain_digits(value)) for value in values]
    if digits == 0 or in_minor_units(column) or len(found) < FEWEST:
        return ""
    numbers = [int(each[1]) for each in found if each is not None]
    if len(numbers) < len(found) or median(numbers) < LEAST:
        return ""
    return "CHECK: no price has decimals: are they cents? then minor_digits: 0, otherwise they are multiplied"
