"""The format of a column of times, decided by its values; where they leave day and month open, both are given."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.sources.mapped.mapping.formats import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL
from data.sources.mapped.times import CLOCK, DATE, OFFSET

ISO = re.compile(f"{DATE}({CLOCK}({OFFSET})?)?")
DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b-%d-%y", "%d-%b-%y", "%Y年%m月%d日", "%Y%m%d",
    "%Y-%m-%d", "%Y/%m/%d",
)  # fmt: skip
CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M", ", %H:%M:%S", ", %I:%M %p", "T%H:%M:%S")
ZONES = ("", " %z", "%z", " %Z", " (%Z)")
LOOKED_AT = 500
"""Values of a column that every format is tried on."""

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

    @property
    def has_zone(self) -> bool:
        """Whether each value says its own zone."""
        return any("%z" in layout or "%Z" in layout or layout in EPOCHS for layout in self.formats)

    @property
    def counted(self) -> bool:
        """Whether the values are numbers."""
        return any(layout in COUNTED_BETWEEN for layout in self.formats)


def decide(values: Iterable[str], *, numbers: bool = False) -> Times | None:
    """Find how ``values`` are read as times; None where they are no times.

    ``numbers``: whether numbers may be times, as under the header of a date: ids look alike.
    """
    found = list(itertools.islice(values, LOOKED_AT))
    if not found:
        return None
    if numbers and (counted := _counted(found)) is not None:
        return Times((counted,))
    if all(ISO.fullmatch(value) for value in found):
        return Times()
    layouts = [date + clock + zone for date in DATES for clock in CLOCKS for zone in ZONES if clock or not zone]
    likely = [layout for layout in layouts if _reads(found[0], layout) or _reads(found[-1], layout)]
    whole = [layout for layout in likely if all(_reads(value, layout) for value in found)]
    if whole:
        return Times((whole[0],), tuple(whole[1:]))
    for pair in itertools.combinations(likely, 2):
        if all(any(_reads(value, layout) for layout in pair) for value in found):
            return Times(pair)
    return None


def _counted(values: list[str]) -> str | None:
    """Name the format of times that are numbers and all lie between 1990 and 2100; None for other values."""
    if not all(NUMBER.fullmatch(value) for value in values):
        return None
    amounts = [float(value.replace(",", ".")) for value in values]
    fitting = (name for name, (first, last) in COUNTED_BETWEEN.items() if all(first <= each < last for each in amounts))
    return next(fitting, None)


def _reads(value: str, layout: str) -> bool:
    if "%Z" in layout:  # Python knows the names of its own zone only
        if not ZONE_NAME.search(value) or ("(" in layout) != value.endswith(")"):
            return False
        value, layout = ZONE_NAME.sub("", value), re.sub(r" \(?%Z\)?", "", layout)
    try:
        read = datetime.strptime(value, layout)
    except ValueError:
        return False
    return 1990 <= read.year < 2100
