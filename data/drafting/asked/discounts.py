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
MOST = 2
"""Columns that are named, at most."""


def note(lines: Roles) -> str:
    """Ask whether the price is after the discounts beside it; empty where there are none."""
    asked = [text for column in lines.sheet.columns if (text := _of_column(lines, column))]
    return "; ".join(asked[:MOST])


def _of_column(lines: Roles, column: str) -> str:
    values = lines.sheet.values(column)
    name = plain(column)
    if column in lines.columns.values() or not values or not DISCOUNT.search(name) or CODE.search(name):
        return ""
    if all(map(NOTHING.fullmatch, values)):
        return ""
    if SHARE.search(column) or all(SHARE.search(value) or NOTHING.fullmatch(value) for value in values):
        return (
            f"is it after {column}, which is a share and no amount, so that minus can't take it off? "
            "otherwise name a column with the price that was paid"
        )
    if amounts.decide(values) is None:
        return ""
    return f"is {column} taken off already? otherwise add minus: {column}"
