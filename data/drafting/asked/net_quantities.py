"""Quantities without the pieces that came back: what came back is a difference, which no rule reads."""

import re

from data.drafting.headers.vocabulary import is_about
from data.drafting.sheet import Sheet

LESS = re.compile(
    r"([-\u2212]|minus|less|without|net( of)?|after) ?(refund|return|retour|rück)|remaining|net qty|kept",
    re.IGNORECASE,
)
"""Parts of headers such as ``Quantity (- Refund)``."""


def note(sheet: Sheet) -> str:
    """Ask for the pieces that came back where ``sheet`` has the pieces that are left; empty where it has not."""
    column = next((name for name in sheet.columns if LESS.search(name) and is_about("quantity", name)), None)
    if column is None:
        return ""
    return (
        f"CHECK: {column} is what is left after returns, so that a difference of two columns came back, which no rule "
        "reads: export the pieces that came back; or mark the lines by a date, returns.columns.returned_at, if all of "
        "their pieces came back"
    )
