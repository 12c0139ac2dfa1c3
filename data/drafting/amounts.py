"""How the numbers of a column are written: decimal mark, mark between thousands, and signs of a currency."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from data.drafting import odd_cells
from data.drafting.digits import plain_digits
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.number_format import SIGNS, currency_codes, currency_of, minor_digits

Style = tuple[str, str | None]
"""The mark of decimals, and the one between thousands."""

MARKS = str.maketrans({"\u2212": "-", "\u2019": "'", "\u066b": ".", "\u066c": ","})
"""Other spellings of the minus, the apostrophe, and the marks of decimals and of thousands in Arabic."""

STYLES: tuple[Style, ...] = ((".", None), (",", None), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"))
"""Decimal marks, each with a mark between thousands; the first that reads every value is taken."""

OF_SEVERAL = {"¥", "$", "kr"}
"""Signs of several currencies, all of which have two decimals at most."""

MOST_DECIMALS = 2
"""Decimals of a currency in whose amounts a mark before three digits stands between thousands."""

INDIAN = r"\d{1,2}(,\d{2})+,\d{3}"
"""Groups of India, as in 12,34,567."""

DATABASE = re.compile(r"-?\d+[.,]0+")
"""A whole number as a database writes it."""

SHORT = {"TL", "円", "元", "kr", "zł", "Kč", "Ft", "lei", "Fr", "US$", "EUR", "Euro"}
"""Short forms of currencies beside the signs of Unicode and the codes of ISO 4217."""

PIECES = {"x", "ea", "st", "個", "点", "枚", "件", "个", "條", "条", "双"}
"""Short forms of pieces beside the words for a quantity in headers."""

DOTTED = r"[\u0621-\u064a]\.[\u0621-\u064a]\.?"
"""A currency in two Arabic letters with dots."""

UNIT = re.compile(
    rf"^([+-]?)\s*({DOTTED}|[^\d\s.,()+'-][^\d.,()+'-]{{0,3}}?)?\s*([+-]?[\d.,\s']*\d[.,]?)\s*"
    rf"({DOTTED}|[^\d\s.,()+-]{{1,4}}|[^\W\d_]{{1,8}}\.?)?\s*(-?)$"
)
"""A number with a sign before or behind it, and a minus before or behind it."""


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
    states_decimal: bool = False
    """Whether the mapping must state the mark of decimals, though it is the usual one."""
    odd: tuple[str, ...] = ()
    """A few values that are no such numbers."""

    def keys(self) -> dict[str, object]:
        """The keys of a column that differ from their defaults."""
        usual = self.decimal == "." and not self.states_decimal
        found: dict[str, object] = {} if self.open or usual else {"decimal": self.decimal}
        if self.thousands is not None and not self.open:
            found["thousands"] = self.thousands
        if self.unit:
            found["unit"] = self.unit[0] if len(self.unit) == 1 else list(self.unit)
        return found


def decide(
    values: Mapping[str, int] | Iterable[str], *, digits: int | None = None, whole: bool = False
) -> Amounts | None:
    """Find how ``values``, with their counts, are read as numbers; None where more than a few are no numbers.

    Parameters
    ----------
    digits
        Decimals of the currency, if it is known: with two at most, the mark in 1.200 beside 950 is one of thousands.
    whole
        Whether the values count pieces: 1.000 throughout is then a database's 1.
    """
    counts = odd_cells.counted(values)
    found = _of_all(counts, digits=digits, whole=whole)
    if found is not None:
        return found
    odd = tuple(value for value in counts if _of_all([value], digits=digits, whole=whole) is None)
    if not odd_cells.are_few(odd, counts):
        return None
    found = _of_all([value for value in counts if value not in odd], digits=digits, whole=whole)
    return None if found is None else replace(found, odd=odd)


def as_number(cell: str, found: Amounts) -> str:
    """SQL: the number in ``cell``, which is written as ``found`` says; null where there is none."""
    digits = f"regexp_replace({cell}, '[^0-9{re.escape(found.decimal)}-]', '', 'g')"
    return f"TRY_CAST(replace({digits}, '{found.decimal}', '.') AS DOUBLE)"


def _of_all(values: Iterable[str], *, digits: int | None, whole: bool) -> Amounts | None:
    """Find how all of ``values`` are read as numbers; None where one is no number."""
    numbers, units, negative = [], set(), False
    for value in values:
        parts = UNIT.match(plain_digits(unicodedata.normalize("NFKC", value)).translate(MARKS).strip())
        if parts is None or not all(_is_unit(unit.strip()) for unit in (parts[2], parts[4]) if unit):
            return None
        numbers.append(re.sub(r"\s", " ", parts[3].strip()).lstrip("+-"))
        units |= {unit.strip() for unit in (parts[2], parts[4]) if unit}
        negative = negative or "-" in (parts[1], parts[5]) or parts[3].startswith("-")
    fitting: list[Style] = [style for style in STYLES if numbers and all(_fits(number, *style) for number in numbers)]
    if not fitting:
        return None
    few = bool(units) and all(map(_has_few_decimals, units))
    found = _read_by(numbers, fitting, few=few, digits=digits, whole=whole)
    return replace(found, unit=tuple(sorted(units)), negative=negative)


def _read_by(numbers: list[str], fitting: list[Style], *, few: bool, digits: int | None, whole: bool) -> Amounts:
    """Take the first of the ``fitting`` styles, unless the marks of all ``numbers`` stand before three digits."""
    marked = [number for number in numbers if re.search(r"[.,]", number)]
    marks = {mark for number in marked for mark in re.findall(r"[.,]", number)}
    if not marked or len(marks) > 1 or not all(re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", number) for number in marked):
        decimal, thousands = fitting[0]
        return Amounts(decimal, thousands)
    (mark,) = marks
    if whole and len(marked) == len(numbers) and all(map(DATABASE.fullmatch, numbers)):
        return Amounts(mark, states_decimal=True)
    beside_plain = digits is not None and digits <= MOST_DECIMALS and len(marked) < len(numbers)
    if few or beside_plain:
        decimal, thousands = next(style for style in fitting if style[1] == mark)
        return Amounts(decimal, thousands)
    if digits is not None and digits > MOST_DECIMALS:
        return Amounts(mark)
    return Amounts(mark, open=True)


def _has_few_decimals(sign: str) -> bool:
    code = currency_of(sign)
    return sign in OF_SEVERAL or (code is not None and minor_digits(code) <= MOST_DECIMALS)


def _is_unit(sign: str) -> bool:
    """Whether ``sign`` stands for a currency, by its sign in Unicode, code of ISO 4217 or short form; or for pieces."""
    currency = (
        sign in SHORT
        or re.fullmatch(DOTTED, sign) is not None
        or sign in SIGNS
        or sign in currency_codes()
        or unicodedata.category(sign[-1]) == "Sc"
    )
    return currency or counts_pieces(sign)


def counts_pieces(sign: str) -> bool:
    """Whether ``sign`` stands for pieces, as ``szt.``, ``pcs`` and ``x`` do."""
    word = sign.lower().rstrip(".")
    return word in PIECES or bool({"quantity", "piece"} & parts.meanings(plain(word)))


def _fits(number: str, decimal: str, thousands: str | None) -> bool:
    whole = r"\d+"
    if thousands is not None:
        mark = re.escape(thousands)
        whole = rf"(\d+|\d{{1,3}}({mark}\d{{3}})+" + (rf"|{INDIAN})" if thousands == "," else ")")
    return re.fullmatch(rf"({whole}({re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)", number) is not None
