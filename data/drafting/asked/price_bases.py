"""What an amount is for: one piece, all pieces of the row, a number of pieces beside it, or all lines of the order.

Headers don't say it, but numbers do: an amount of a row is the price of a piece times the pieces, on all rows.
"""

import re
from dataclasses import dataclass, replace

from data import sql
from data.drafting.asked import after_discounts, equations, taxes
from data.drafting.draft import together
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles

VARIED = 0.5
"""Least number of different totals for each order: at a shop with one price for all, totals are no proof."""

PRICE_UNIT = re.compile(
    r"preis(einheit|basis|menge)|peinh|pro menge|preis (je|pro)( menge)?|pric(e|ing) (unit|quantity|base|basis|per)"
    r"|per qty|per quantity|unite de prix|base de prix|unidad de precio|base de precio|unita di prezzo"
    r"|prijs(eenheid| per)|jednostka ceny|cena za ilosc"
)
"""Plain names of columns with the number of pieces that a price is for."""


@dataclass(frozen=True)
class Base:
    """The column of the price, whether it is of all pieces of the row, and what to look at."""

    column: str
    per_line: bool
    note: str
    minus: str | None = None
    """The column with the discount off each piece, which the numbers show."""
    after_discounts: bool = False
    """Whether the numbers show what became of the discounts, so that nothing is asked of them."""


def decide(lines: Roles) -> Base | None:
    """Decide by the numbers which column of ``lines`` is the price, and what it is for; None where there is none."""
    price, whole = lines.get("price_minor"), lines.get("price_of_line")
    column = price or whole
    if column is None:
        return None
    found = (
        _by_price_unit(lines, price)
        or _by_discounts(lines, price)
        or _by_taxes(lines, price)
        or _by_pieces(lines, price, whole)
        or Base(column, price is None, USUAL[price is None])
    )
    found = replace(found, note=together(found.note, taxes.note(lines, found.column)))
    orders = _orders_with_one_value(lines, found.column)
    if not orders:
        return found
    if price is not None and whole is not None and not _orders_with_one_value(lines, whole):
        return Base(whole, per_line=True, note=f"CHECK: of all pieces of the row? {price} is that of an order")
    why = (
        f"CHECK: {found.column} is the same on all lines of {orders:,} orders with several products: is it the order's"
    )
    return Base(found.column, found.per_line, f"{why} total? then no column has the price of a line: export it")


USUAL = {
    False: "CHECK: for one piece, after discounts?",
    True: "CHECK: of all pieces of the row? otherwise take per: line out",
}
"""What is asked of a price by whether it is of a whole row, where the numbers say nothing."""


def _by_price_unit(lines: Roles, price: str | None) -> Base | None:
    """Take an amount of the row in place of a price that is for the pieces which a column beside it names."""
    unit = next((name for name in lines.sheet.columns if PRICE_UNIT.fullmatch(plain(name))), None)
    one, per = equations.number(lines, price), equations.number(lines, unit)
    if price is None or unit is None or one is None or per is None:
        return None
    if not sql.number(lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE {per} > 1"):
        return None
    pieces = equations.number(lines, lines.get("quantity")) or "1"
    why = f"{price} is for the pieces in {unit}, and no rule divides by it"
    for column in equations.amounts_of(lines, {price, unit}):
        if equations.rows(lines, f"{one} * {pieces} / {per}", str(equations.number(lines, column)), f"{per} > 1"):
            return Base(column, per_line=True, note=f"CHECK: of all pieces of the row? {why}")
    return Base(price, per_line=False, note=f"CHECK: {why}: export the price of one piece, or of the row")


def _by_discounts(lines: Roles, price: str | None) -> Base | None:
    """Take the amount of the row that is the price less a discount; off each piece, the discount itself is subtracted.

    From the price of a piece, ``minus`` takes the discount of a row off each piece of it.
    """
    found = None if price is None else after_discounts.find(lines, price)
    if price is None or found is None:
        return None
    shown = f"{found.column} is {price} times the pieces {found.way} {found.discount} on {found.rows:,} rows"
    if found.off_each:
        asked = f"CHECK: for one piece? {shown}"
        return Base(price, per_line=False, note=asked, minus=found.discount, after_discounts=True)
    return Base(found.column, per_line=True, note=f"CHECK: of all pieces of the row? {shown}", after_discounts=True)


def _by_taxes(lines: Roles, price: str | None) -> Base | None:
    """Take the amount with tax in place of a price without it: the customer pays the tax, and gets it back."""
    found = None if price is None else taxes.paid(lines, price)
    if found is None:
        return None
    column, per_line, why = found
    asked = "of all pieces of the row?" if per_line else "for one piece?"
    return Base(column, per_line, f"CHECK: {asked} what the customer paid: {price} is without tax, {why}")


def _by_pieces(lines: Roles, price: str | None, whole: str | None) -> Base | None:
    """Say that a price is of the whole row, or may be, where rows of several pieces show it."""
    one, pieces = equations.number(lines, price), equations.number(lines, lines.get("quantity"))
    if price is None or one is None or pieces is None:
        return None
    several = f"abs({pieces}) > 1"
    for column in equations.amounts_of(lines, {price}):
        if count := equations.rows(lines, f"{equations.number(lines, column)} * {pieces}", one, several):
            why = f"it is {column} times the pieces on {count:,} rows"
            return Base(price, per_line=True, note=f"CHECK: of all pieces of the row? {why}")
    other = equations.number(lines, whole)
    if other is not None and (count := equations.rows(lines, other, one, several)):
        why = f"CHECK: for one piece, after discounts? {whole} is the same on {count:,} rows of several pieces"
        return Base(price, per_line=False, note=f"{why}: if it is of all of them, add per: line")
    return None


def _orders_with_one_value(lines: Roles, column: str) -> int:
    """Count the orders of several products if nearly all have one amount each, and others another; otherwise 0."""
    order, product, number = lines.get("order_id"), lines.get("product_id"), equations.number(lines, column)
    if order is None or product is None or number is None:
        return 0
    groups = (
        f"SELECT count(DISTINCT {number}) AS _amounts, max({number}) AS _amount FROM {lines.sheet.table} "
        f"WHERE {number} > 0 GROUP BY {lines.sheet.cell(order)} HAVING count(DISTINCT {lines.sheet.cell(product)}) > 1"
    )
    query = f"SELECT count(*) FILTER (_amounts = 1), count(*), count(DISTINCT _amount) FROM ({groups})"
    alike, orders, different = sql.rows(lines.sheet.connection, query)[0]
    proven = orders >= equations.FEWEST and alike >= equations.AGREES * orders and different >= VARIED * orders
    return int(alike) if proven else 0
