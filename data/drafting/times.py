"""The format of a column of times, decided by its values; where they leave day and month open, both are given."""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache

from data.drafting import half_days, odd_cells
from data.drafting.digits import plain_digits
from data.reading import months
from data.sources.mapped.mapping.formats import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL
from data.sources.mapped.times import CLOCK, DATE, OFFSET

ISO = re.compile(f"{DATE}({CLOCK}({OFFSET})?)?")
DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b-%d-%y", "%d-%b-%y", "%Y年%m月%d日",
    "%Y-%m-%d", "%Y/%m/%d", "%d. %b %Y", "%d.%b.%Y", "%d %b %y", "%d/%b/%Y", "%d de %b de %Y",
    "%y.%m.%d", "%y/%m/%d", "%y-%m-%d", "%d-%m-%y", "%m-%d-%y", "%y年%m月%d日", "%d. %m. %Y",
    "%Y. %m. %d", "%Y. %m. %d.", "%Y.%m.%d.",
)  # fmt: skip
RUN_TOGETHER = ("%Y%m%d", "%d%m%Y", "%m%d%Y")
"""Eight digits, which may be ids as well."""
EIGHT_DIGITS = 8
CLOCKS = (
    "", " %p %I:%M", " %p %I:%M:%S", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M", ", %H:%M:%S",
    ", %I:%M %p", "T%H:%M:%S", " %H時%M分%S秒", " %H時%M分", " %Hh%M", "T%H:%M", " %H:%M:%S.%f",
)  # fmt: skip
ZONES = ("", " %z", "%z", " %Z", " (%Z)")
OFFSET_BEHIND = re.compile(r":\d{2}(\.\d+)?\s?(Z|[+-]\d{2}:?\d{2})$")
SCRIPT = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4}( \(.*\))?")
"""A time as JavaScript writes it: ``Fri Mar 01 2024 10:01:26 GMT+0100 (Central European Standard Time)``."""
MAIL = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(:\d{2})?( [+-]\d{4}| [A-Z]{1,4})?")
"""A time as the headers of a mail and of a web server have it: ``Fri, 01 Mar 2024 10:01:26 +0000``."""
WITHIN_MAIL = r"^\w+, (.+)$"
OF_SCRIPT, WITHIN_SCRIPT = "%b %d %Y %H:%M:%S GMT%z", r"^\w+ (.+? GMT[+-]\d{4})"
LOOKED_AT = 500
"""Values of a column that every format is tried on."""
LIKELY, FEWEST_YEARS = 3.0, 1.0
"""A reading whose dates spread over more than three times the days of another one, and a year more, is unlikely."""
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
    unlikely: tuple[str, ...] = ()
    """Formats that read every value as well, and spread the dates over many more years."""
    extract: str | None = None
    """The part of each value that the format reads, as a regular expression; all of it where there is none."""
    no_date: tuple[str, ...] = ()
    """Values that stand for no date, such as ``0``."""
    odd: tuple[str, ...] = ()
    """A few other values that are no dates."""

    @property
    def has_zone(self) -> bool:
        """Whether each value says its own zone."""
        of_zones = ["%z" in layout or "%Z" in layout or layout in EPOCHS for layout in self.formats]
        return bool(of_zones) and all(of_zones)

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


def day(value: str, found: Times) -> date | None:
    """Read the day in ``value``, which is written as ``found`` says; None where it has none."""
    if not found.formats:
        iso = re.match(DATE, value)
        return None if iso is None else _date(*map(int, re.split("[-/]", iso[0])))
    inner = re.search(found.extract, value) if found.extract else None
    text = inner[1] if inner else value
    moment = next((time for layout in found.formats if (time := _read(text, layout)) is not None), None)
    return None if moment is None else moment.date()


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def have_zones(found: Times, values: Iterable[str]) -> bool:
    """Whether all of the ``values``, which are read as ``found``, have a zone or an offset of their own."""
    if found.formats:
        return found.has_zone
    dated = [value for value in values if value not in (*found.no_date, *found.odd)]
    return bool(dated) and all(map(OFFSET_BEHIND.search, dated))


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
    if found and all(MAIL.fullmatch(value) for value in found):
        inner = _by_layouts([value.partition(", ")[2] for value in found])
        return None if inner is None else replace(inner, extract=WITHIN_MAIL)
    return _by_layouts(found, RUN_TOGETHER if numbers else RUN_TOGETHER[:1]) if found else None


def _by_layouts(found: list[str], further: tuple[str, ...] = ()) -> Times | None:
    """Find the formats of `DATES`, those ``further`` and `CLOCKS` that read all of the values."""
    ends = found[0], found[-1]
    starts = [form for form in (*DATES, *further) if any(_shape(form).match(_plain(value, form)) for value in ends)]
    layouts = [form + clock + zone for form in starts for clock in CLOCKS for zone in ZONES if clock or not zone]
    likely = [layout for layout in layouts if any(_reads(value, layout) for value in ends)]
    whole = [layout for layout in likely if all(_reads(value, layout) for value in found)]
    if whole:
        return _likely(found, whole)
    for pair in itertools.combinations(likely, 2):
        if all(any(_reads(value, layout) for layout in pair) for value in found):
            return Times(pair)
    return None


def _likely(found: list[str], whole: list[str]) -> Times:
    """Set the formats apart by which the dates spread over many more years than by another one of them.

    24/03/01 to 24/03/31 is a month by ``%y/%m/%d``, and 30 years by ``%d/%m/%y``.
    """
    first, *others = whole
    if not others:
        return Times((first,))
    days = {layout: spread(found, layout) for layout in whole}
    spans = {layout: (last - start).days for layout, (start, last) in days.items()}
    most = LIKELY * min(spans.values()) + FEWEST_YEARS * 366
    likely = [layout for layout in whole if spans[layout] <= most]
    return Times((likely[0],), tuple(likely[1:]), tuple(layout for layout in whole if layout not in likely))


def spread(values: Iterable[str], layout: str) -> tuple[datetime, datetime]:
    """Give the first and the last of the times that ``layout`` reads in ``values``, at least one of them."""
    times = [time for value in values if (time := _read(value, layout)) is not None]
    return min(times), max(times)


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
    codes = {
        "Y": r"\d{4}",
        "f": r"\d{1,6}",
        "p": r"[^\W\d]+",
        "b": r"[^\W\d]+\.?",
        "B": r"[^\W\d]+",
        "z": r"(Z|[+-][\d:]{4,})",
    }
    found = re.split(r"%(\w)", layout)
    signs = [codes.get(part, r"\d{1,2}") if place % 2 else re.escape(part) for place, part in enumerate(found)]
    return re.compile("".join(signs).replace(r"\ ", r"\s+"))


def _reads(value: str, layout: str) -> bool:
    return _read(value, layout) is not None


def _read(value: str, layout: str) -> datetime | None:
    """Read ``value`` by ``layout`` as a time without its zone; None where it can't be read so."""
    if "%Z" in layout:  # Python knows the names of its own zone only
        if not ZONE_NAME.search(value) or ("(" in layout) != value.endswith(")"):
            return None
        value, layout = ZONE_NAME.sub("", value), re.sub(r" \(?%Z\)?", "", layout)
    value = _plain(value, layout)
    if not _shape(layout).fullmatch(value) or (layout in RUN_TOGETHER and len(value) != EIGHT_DIGITS):
        return None
    try:
        read = datetime.strptime(value, layout).replace(tzinfo=None)
    except ValueError:
        return None
    return read if 1990 <= read.year < 2100 else None


def _plain(value: str, layout: str) -> str:
    """Write digits in ASCII, and months and halves of a day in English; `%B` is left: one code reads a name."""
    value = plain_digits(value)
    value = half_days.in_english(value) if "%p" in layout else value
    return months.in_english(value, layout) if "%b" in layout else value
