"""Discounts beside the price of a line: whether they are taken off already, and which are no amounts."""

import re

from data.drafting import amounts
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles

DISCOUNT = re.compile(
    r"discount|rebate|markdown|rabatt|nachlass|remise|ristourne|descuento|dto|sconto|korting|rabat|desconto|alennus|"
    r"kedvezmeny|reducere|sleva|indirim|εκπτωση|הנחה|خصم|ส่วนลด|할인|скидк|割引|値引|折扣|优惠"
)
"""Parts of plain names of columns with a discount."""
CODE = re.compile(r"code|coupon|voucher|name|reason|type|campaign")
SHARE = re.compile(r"%|percent|prozent|pct|\bpc\b|pourcent|porcent|percentu|procent", re.IGNORECASE)
"""Signs of a share in a header or in a cell."""
NOTHING = re.compile(r"0+([.,]0*)?")
"""No discount: a column without another value asks nothing."""
ONE = {"1", "1.0", "1,0", "1.00", "1,00"}
"""One piece, as shops write it: off one piece and off the row is then the same."""
MOST = 2
"""Columns that are named, at most."""


def columns(lines: Roles) -> list[str]:
    """Name the columns with a discount that takes something off, as an amount or as a share."""
    return [name for name in lines.sheet.columns if _takes_off(lines, name)]


def is_share(lines: Roles, column: str) -> bool:
    """Whether a discount is a share of the price, such as ``10%``."""
    values = lines.sheet.values(column)
    return SHARE.search(column) is not None or all(SHARE.search(value) or NOTHING.fullmatch(value) for value in values)


def number(lines: Roles, column: str) -> str | None:
    """SQL: a discount without its sign, of a share the number before ``%``; None where its cells are no numbers."""
    cells = [value.replace("%", " ").strip() for value in lines.sheet.values(column)]
    found = amounts.decide(cells)
    return None if found is None or found.open else f"abs({amounts.as_number(lines.sheet.cell(column), found)})"


def note(lines: Roles) -> str:
    """Ask whether the price is after the discounts beside it; empty where there are none."""
    asked = [text for column in columns(lines) if (text := _of_column(lines, column))]
    return "; ".join(asked[:MOST])


def _takes_off(lines: Roles, column: str) -> bool:
    values, name = lines.sheet.values(column), plain(column)
    named = DISCOUNT.search(name) is not None and CODE.search(name) is None
    return named and column not in lines.columns.values() and not all(map(NOTHING.fullmatch, values))


def _of_column(lines: Roles, column: str) -> str:
    if is_share(lines, column):
        return (
            f"is it after {column}, which is a share and no amount, so that minus can't take it off? "
            "otherwise name a column with the price that was paid"
        )
    if amounts.decide(lines.sheet.values(column)) is None:
        return ""
    several = any(value not in ONE for value in lines.sheet.values(pieces)) if (pieces := lines.get("quantity")) else 0
    of_piece = " if it is off each piece; off the whole row, name a column with what was paid for it" if several else ""
    return f"is {column} taken off already? otherwise add minus: {column}{of_piece}"
