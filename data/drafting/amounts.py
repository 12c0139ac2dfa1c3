"""How the numbers of a column are written: decimal mark, mark between thousands, and signs of a currency."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from data.number_format import currency_codes, currency_of, minor_digits

STYLES = ((".", None), (",", None), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"))
"""Decimal marks, each with a mark between thousands; the first that reads every value is taken."""

OF_SEVERAL = {"¥", "$", "kr"}
"""Signs of several currencies, all of which have two decimals at most."""

MOST_DECIMALS = 2
"""Decimals of a currency in whose amounts a mark before three digits stands between thousands."""

SHORT = {"円", "元", "kr", "zł", "Kč", "Ft", "lei", "Fr", "US$", "EUR", "Euro"}
"""Short forms of currencies beside the signs of Unicode and the codes of ISO 4217."""

UNIT = re.compile(r"^([+-]?)\s*([^\d\s.,()+'-][^\d.,()+'-]{0,3}?)?\s*([+-]?[\d.,\s']*\d[.,]?)\s*([^\d\s.,()]{1,4})?$")
"""A number with a sign before or behind it."""


@dataclass(frozen=True)
class Amounts:
    """The keys of a mapping that read every value, and whether the values leave them open."""

    decimal: str = "."
    thousands: str | None = None
    unit: tuple[str, ...] = ()
    open: bool = False
    """Whether ``1.234`` could be one thousand or one and a bit."""
    negative: bool = False
    """Whether some values are below 0."""

    def keys(self) -> dict[str, object]:
        """The keys of a column that differ from their defaults."""
        found: dict[str, object] = {} if self.open or self.decimal == "." else {"decimal": self.decimal}
        if self.thousands is not None and not self.open:
            found["thousands"] = self.thousands
        if self.unit:
            found["unit"] = self.unit[0] if len(self.unit) == 1 else list(self.unit)
        return found


def decide(values: Iterable[str]) -> Amounts | None:
    """Find how ``values`` are read as numbers; None where they are no numbers."""
    numbers, units, negative = [], set(), False
    for value in values:
        parts = UNIT.match(unicodedata.normalize("NFKC", value).replace("\u2212", "-").replace("\u2019", "'").strip())
        if parts is None or not all(_is_unit(unit.strip()) for unit in (parts[2], parts[4]) if unit):
            return None
        numbers.append(re.sub(r"\s", " ", parts[3].strip()).lstrip("+-"))
        units |= {unit.strip() for unit in (parts[2], parts[4]) if unit}
        negative = negative or parts[1] == "-" or parts[3].startswith("-")
    fitting = [style for style in STYLES if numbers and all(_fits(number, *style) for number in numbers)]
    if not fitting:
        return None
    marked = [number for number in numbers if re.search(r"[.,]", number)]
    left_open = bool(marked) and all(re.fullmatch(r"\d{1,3}[.,]\d{3}", number) for number in marked)
    marks = {mark for number in marked for mark in re.findall(r"[.,]", number)}
    if left_open and units and len(marks) == 1 and all(map(_has_few_decimals, units)):
        fitting, left_open = [style for style in fitting if style[1] in marks], False
    decimal, thousands = fitting[0]
    return Amounts(decimal, thousands, tuple(sorted(units)), left_open, negative)


def _has_few_decimals(sign: str) -> bool:
    code = currency_of(sign)
    return sign in OF_SEVERAL or (code is not None and minor_digits(code) <= MOST_DECIMALS)


def _is_unit(sign: str) -> bool:
    """Whether ``sign`` stands for a currency: a sign of Unicode, a code of ISO 4217, or a usual short form."""
    return (
        sign in SHORT or sign in currency_codes() or all(unicodedata.category(letter) == "Sc" for letter in sign[-1:])
    )


def _fits(number: str, decimal: str, thousands: str | None) -> bool:
    whole = r"\d+" if thousands is None else rf"(\d+|\d{{1,3}}({re.escape(thousands)}\d{{3}})+)"
    return re.fullmatch(rf"({whole}({re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)", number) is not None
