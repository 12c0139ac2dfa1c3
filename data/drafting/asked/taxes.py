"""Prices without tax beside amounts with it, by names and by numbers: what the customer paid has the tax in it."""

import re

from data import sql
from data.drafting.asked import discounts, equations
from data.drafting.headers.vocabulary import is_about, plain
from data.drafting.roles import Roles

WITHOUT = re.compile(
    r"\b(net|netto\w*|neto|netta|nett|excl|exkl|excluding|hors taxes?|ht|before tax|pre tax|ohne (mw ?st|u ?st|steuer)"
    r"|sin (iva|impuestos?)|senza iva|zonder btw|utan moms|uten mva|uden moms|bez (dph|vat|pdv)|kdv haric"
    r"|sem (iva|imposto)|без ндс|tax exclusive)\b|不含税|未税|税抜|税別|税前"
)
"""Parts of plain names of amounts without tax."""
WITH = re.compile(
    r"\b(gross|brutto\w*|bruto|incl|inkl|including|ttc|lordo|ivato|mit (mw ?st|u ?st|steuer)|con iva|met btw|med moms"
    r"|med mva|kdv dahil|com iva|включая ндс|after tax|tax inclusive)\b|(?<!不)含税|税込|税后"
)
"""Parts of plain names of amounts with tax."""
TAX = re.compile(r"\b(tax|vat|mw ?st|moms|mva|dph|kdv|pdv|gst|hst|pst|alv|afa|φπα|ндс)\b|税")
NO_MONEY = re.compile(r"weight|gewicht|poids|peso|vikt|waga|kg|volume")
"""Plain names of numbers that are gross or net, and no amounts."""

ROUNDED_TWICE = 0.0126
"""What a price without tax that is rounded to cents may differ, for each piece, once the tax is on it."""
HIGHEST = 1.4
"""Most times that an amount with tax is one without it; the highest rates are 27%."""


def is_without(column: str) -> bool:
    """Whether ``column`` is an amount without tax by its name, of which a discount may be meant, too."""
    return WITHOUT.search(plain(column)) is not None and WITH.search(plain(column)) is None


def columns(lines: Roles) -> list[str]:
    """Name the columns with a tax or its rate, some of whose cells are above 0."""
    return [
        name
        for name in lines.sheet.columns
        if name not in lines.columns.values()
        and (is_about("tax", name) or TAX.search(plain(name)))
        and not is_without(name)
        and WITH.search(plain(name)) is None
        and (off := discounts.number(lines, name)) is not None
        and sql.number(lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE {off} > 0")
    ]


def paid(lines: Roles, price: str) -> tuple[str, bool, str] | None:
    """Find the amount with tax of what ``price`` is without tax: its column, whether it is of the row, and why.

    Names alone decide where one says that it is without tax, another that it is with it, and the numbers allow it.
    """
    one = equations.number(lines, price)
    if one is None:
        return None
    pieces = equations.number(lines, lines.get("quantity")) or "1"
    for tax in columns(lines):
        for column in equations.amounts_of(lines, {price, tax}):
            for of_row, times in ((False, "1"), (True, pieces)):
                if count := _with_tax(lines, one, times, str(discounts.number(lines, tax)), column):
                    what = f"{price} times the pieces" if of_row else price
                    return column, of_row, f"{column} is {what} with {tax} on {count:,} rows"
    for column in equations.amounts_of(lines, {price}) if is_without(price) else []:
        name = plain(column)
        if WITH.search(name) is None or NO_MONEY.search(name):
            continue
        for of_row, times in ((False, "1"), (True, pieces)):
            if _may_be(lines, f"{one} * {times}", column):
                return column, of_row, f"{column} is with it"
    return None


def note(lines: Roles, price: str) -> str:
    """Ask about a price that is without tax by its name, with the taxes beside it; empty for others."""
    beside = columns(lines) if is_without(price) else []
    if not beside:
        return ""
    named = ", ".join(beside[: discounts.MOST])
    return (
        f"{price} is without tax by its name, beside {named}: name a column with what the customer paid, tax included"
    )


def _with_tax(lines: Roles, one: str, times: str, tax: str, column: str) -> int:
    """Count the rows with a tax on which ``column`` is the price with it: a rate in per cent, a share, or an amount."""
    found = str(equations.number(lines, column))
    ways = (
        f"{one} * {times} * (1 + {tax} / 100)",
        f"{one} * {times} * (1 + {tax})",
        f"{one} * {times} + {tax}",
        f"({one} + {tax}) * {times}",
    )
    counts = (equations.rows(lines, way, found, f"{tax} > 0", differ=ROUNDED_TWICE) for way in ways)
    return next((count for count in counts if count), 0)


def _may_be(lines: Roles, net: str, column: str) -> bool:
    """Whether ``column`` is above ``net``, SQL, by no more than a tax on nearly all rows."""
    found = equations.number(lines, column)
    query = f"SELECT count(*) FILTER ({found} > {net} AND {found} <= {HIGHEST} * {net}), count(*) FROM "
    above, rows = sql.rows(lines.sheet.connection, f"{query}{lines.sheet.table} WHERE {net} > 0")[0]
    return bool(above >= equations.FEWEST and above >= equations.AGREES * rows)
