"""Columns that name currencies: by which names they are known, and what to write where one names several."""

import re
from collections.abc import Sequence

from data import sql
from data.number_format import SIGNS, currency_of

NAMES = re.compile(
    r"currency|w(ä|ae)hrung|devise|moneda|valuta|moeda|waluta|币种|货币|幣別|通貨|(?<![^\W_])(cur|curr|ccy|whg)(?![^\W_])",
    re.IGNORECASE,
)
"""Names of columns in several languages; the short forms stand alone, as in ``price_ccy``."""


DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU", "DOP", "TTD"})
CROWNS = frozenset({"SEK", "NOK", "DKK", "ISK"})
SHARED = {"$": DOLLARS, "¥": frozenset({"JPY", "CNY"}), "￥": frozenset({"JPY", "CNY"}), "kr": CROWNS, "kr.": CROWNS}
"""Signs that stand for several currencies."""


def contradict(units: Sequence[str], code: str | None) -> bool:
    """Whether no one currency has all of the signs ``units`` and, if given, the code ``code``."""
    signs = (SHARED.get(unit.strip().lower()) or {currency_of(unit)} for unit in units)
    named = [set(codes) for codes in signs if None not in codes]
    return bool(named) and not set.intersection(*named, *([{code}] if code is not None else []))


def are_several(values: Sequence[str]) -> bool:
    """Whether ``values`` name more than one currency; ``eur``, ``EUR`` and ``€`` are one."""
    return len({currency_of(value) or value for value in values}) > 1


def fix(column: str, values: Sequence[str]) -> str:
    """Say how the rows of one currency are kept: of the first of ``values`` that names one without doubt."""
    code = next((found for value in values if (found := currency_of(value))), None)
    own = [value for value in values if currency_of(value) == code] if code is not None else list(values[:1])
    listed = ", ".join(f"'{value}'" for value in own)
    out = f"order_lines.leave_out: {{other currencies: {{column: {column}, is_not: [{listed}]}}}}"
    if code is None:
        return f"leave the rows of all others out: {out}; and write the code of {listed}, such as currency: USD"
    return f"set currency: {{code: {code}, column: {column}}}, and leave the others out: {out}"


def spellings(code: str) -> list[str]:
    """The code, and the signs that stand for this currency alone."""
    return [code, *(sign for sign, own in SIGNS.items() if own == code)]


def is_other(cell: str, code: str) -> str:
    """SQL: whether ``cell`` names another currency than ``code``, by its code in any case or by a sign."""
    return f"(upper({cell}) <> {sql.text(code)} AND {cell} NOT IN ({sql.texts(spellings(code))}))"
