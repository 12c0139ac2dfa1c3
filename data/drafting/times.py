"""The format of a column of times, decided by its values; where they leave day and month open, both are given."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from data.drafting import odd_cells
from data.reading import months
from data.sources.mapped.mapping.formats import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL
from data.sources.mapped.times import CLOCK, DATE, OFFSET

ISO = re.compile(f"{DATE}({CLOCK}({OFFSET})?)?")
DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b-%d-%y", "%d-%b-%y", "%Y年%m月%d日", "%Y%m%d",
    "%Y-%m-%d", "%Y/%m/%d", "%d. %b %Y", "%d.%b.%Y", "%d %b %y", "%d/%b/%Y", "%d de %b de %Y",
)  # fmt: skip
CLOCKS = (
    "", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M", ", %H:%M:%S", ", %I:%M %p", "T%H:%M:%S",
    " %H時%M分%S秒", " %H時%M分",
)  # fmt: skip
ZONES = ("", " %z", "%z", " %Z", " (%Z)")
OFFSET_BEHIND = re.compile(r":\d{2}(\.\d+)?\s?(Z|[+-]\d{2}:?\d{2})$")
SCRIPT = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4}( \(.*\))?")
"""A time as JavaScript writes it: ``Fri Mar 01 2024 10:01:26 GMT+0100 (Central European Standard Time)``."""
OF_SCRIPT, WITHIN_SCRIPT = "%b %d %Y %H:%M:%S GMT%z", r"^\w+ (.+? GMT[+-]\d{4})"
LOOKED_AT = 500
"""Values of a column that every format is tried on."""
CANDIDATES = 3
"""Values whose formats are tried on all others, where a few values are no times."""

NUMBER = re.compile(r"\d{5,14}([.,]\d+)?")
COUNTED_BETWEEN = {
    EXCEL_SERIAL: (32_874, 73_051),
    EPOCH_SECONDS: (631_152_000, 4_102_444_800),
    EPOCH_MILLISECONDS: (631_152_000_000, 4_102_444_800_000),
}
"""The numbers of 1990 and 2100 in each format of `COUNTED`."""

EPOCHS = (EPOCH_SECONDS, EPOCH_MILLISECONDS)
ZONE_NAME = re.compile(r" \(?(?!AM|PM)([A-Z]{2,5})\)?$")


@dataclass(frozen=True)
class Times:
    """The formats that read every value, none for ISO 8601; and others that would read every value, too."""

    formats: tuple[str, ...] = ()
    or_else: tuple[str, ...] = ()
    extract: str | None = None
    """The part of each value that the format reads, as a regular expression; all of it where there is none."""
    no_date: tuple[str, ...] = ()
    """Values that stand for no date, such as ``0``."""
    odd: tuple[str, ...] = ()
    """A few other values that are no dates."""

    @property
    def has_zone(self) -> bool:
        """Whether each value says its own zone."""
        return any("%z" in layout or "%Z" in layout or layout in EPOCHS for layout in self.formats)

    @property
    def counted(self) -> bool:
        """Whether the values are numbers."""
        return any(layout in COUNTED_BETWEEN for layout in self.formats)


def decide(values: Mapping[str, int] | Iterable[str], *, numbers: bool = False) -> Times | None:
    """Find how ``values``, with their counts, are read as times; None where more than a few are no times.

    ``numbers``: whether numbers may be times, as under the header of a date: ids look alike.
    """
    counts = dict(itertools.islice(odd_cells.counted(values).items(), LOOKED_AT))
    no_date = tuple(value for value in counts if odd_cells.NO_DATE.fullmatch(value))
    dated = [value for value in counts if value not in no_date]
    found = _of_all(dated, numbers=numbers)
    if found is not None:
        return replace(found, no_date=no_date)
    for first in dated[:CANDIDATES]:
        found = _of_all([first], numbers=numbers)
        layouts = () if found is None else (*found.formats, *found.or_else)
        odd = tuple(value for value in dated if found is None or not _reads_any(value, layouts))
        if odd_cells.are_few(odd, {value: counts[value] for value in dated}) and (
            found := _of_all([value for value in dated if value not in odd], numbers=numbers)
        ):
            return replace(found, no_date=no_date, odd=odd)
    return None


def have_zones(found: Times, values: Iterable[str]) -> bool:
    """Whether the ``values``, which are read as ``found``, have a zone or an offset of their own."""
    first = next((value for value in values if value not in (*found.no_date, *found.odd)), "")
    return found.has_zone or (not found.formats and OFFSET_BEHIND.search(first) is not None)


def _reads_any(value: str, layouts: tuple[str, ...]) -> bool:
    if layouts and layouts[0] in COUNTED_BETWEEN:
        return _counted([value]) == layouts[0]
    return any(_reads(value, layout) for layout in layouts) if layouts else ISO.fullmatch(value) is not None


def _of_all(found: list[str], *, numbers: bool) -> Times | None:
    """Find how all of the values are read as times; None where one is no time."""
    if found and numbers and (counted := _counted(found)) is not None:
        return Times((counted,))
    if found and all(ISO.fullmatch(value) for value in found):
        return Times()
    if found and all(SCRIPT.fullmatch(value) for value in found):
        return Times((OF_SCRIPT,), extract=WITHIN_SCRIPT)
    return _by_layouts(found) if found else None


def _by_layouts(found: list[str]) -> Times | None:
    """Find the formats of `DATES` and `CLOCKS` that read all of the values."""
    layouts = [date + clock + zone for date in DATES for clock in CLOCKS for zone in ZONES if clock or not zone]
    likely = [layout for layout in layouts if _reads(found[0], layout) or _reads(found[-1], layout)]
    whole = [layout for layout in likely if all(_reads(value, layout) for value in found)]
    if whole:
        return Times((whole[0],), tuple(whole[1:]))
    for pair in itertools.combinations(likely, 2):
        if all(any(_reads(value, layout) for layout in pair) for value in found):
            return Times(pair)
    return None


def read_by(values: Iterable[str], formats: tuple[str, ...]) -> bool:
    """Whether each of ``values`` is read by one of ``formats``; of DuckDB's codes, those that Python has, too."""
    return bool(formats) and all(any(_reads(value, layout) for layout in formats) for value in values)


def _counted(values: list[str]) -> str | None:
    """Name the format of times that are numbers and all lie between 1990 and 2100; None for other values."""
    if not all(NUMBER.fullmatch(value) for value in values):
        return None
    amounts = [float(value.replace(",", ".")) for value in values]
    fitting = (name for name, (first, last) in COUNTED_BETWEEN.items() if all(first <= each < last for each in amounts))
    return next(fitting, None)


@cache
def _shape(layout: str) -> re.Pattern[str]:
    """Give the signs of the texts that a format reads: Python compiles a format anew for nearly every text."""
    codes = {"Y": r"\d{4}", "p": r"[^\W\d]+", "b": r"[^\W\d]+\.?", "B": r"[^\W\d]+", "z": r"(Z|[+-][\d:]{4,})"}
    found = re.split(r"%(\w)", layout)
    signs = [codes.get(part, r"\d{1,2}") if place % 2 else re.escape(part) for place, part in enumerate(found)]
    return re.compile("".join(signs).replace(r"\ ", r"\s+"))


def _reads(value: str, layout: str) -> bool:
    if "%Z" in layout:  # Python knows the names of its own zone only
        if not ZONE_NAME.search(value) or ("(" in layout) != value.endswith(")"):
            return False
        value, layout = ZONE_NAME.sub("", value), re.sub(r" \(?%Z\)?", "", layout)
    if not _shape(layout).fullmatch(value):
        return False
    if "%b" in layout:  # `%B` is left to English, so that one of the two reads a name
        value = months.in_english(value, layout)
    try:
        read = datetime.strptime(value, layout)
    except ValueError:
        return False
    return 1990 <= read.year < 2100
