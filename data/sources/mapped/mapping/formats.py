"""Formats of times: each code is one that the engine reads, and a zone that stands as letters is read as one."""

import functools
import re
from typing import Annotated

import duckdb
from pydantic import AfterValidator

from data.sources.mapped.mapping.part import Texts

INSTEAD = {
    "%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%R": "%H:%M", "%e": "%-d", "%k": "%-H", "%l": "%-I", "%P": "%p",
    "%t": "a tab", "%C": "%Y", "%r": "%I:%M:%S %p", "%-e": "%-d",
}  # fmt: skip
"""Codes of ``strftime`` that the engine lacks, each with what reads the same."""

EXCEL_SERIAL, EPOCH_SECONDS, EPOCH_MILLISECONDS = "excel_serial", "epoch_seconds", "epoch_milliseconds"
COUNTED = (EXCEL_SERIAL, EPOCH_SECONDS, EPOCH_MILLISECONDS)
"""Formats of times that are numbers: a spreadsheet's days, and what has passed since 1970 in UTC."""

CLOCK_CODE = r"%-?[HIMSTXfp]"
WRITTEN_ZONE = re.compile(rf"({CLOCK_CODE}\s*\(?)(Z|UTC|GMT|[ECMP][SD]T|CES?T|JST)(?=\)?$)")
WRITTEN_OFFSET = re.compile(rf"({CLOCK_CODE}\s*)[+-]\d\d(:?\d\d)?$")
"""A zone behind a time of day that stands as letters or digits, and not as a code."""


def _readable(layouts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a format that the engine can't read; it would end the run in the middle."""
    for layout in layouts:
        if layout not in COUNTED and not _reads(layout):
            raise ValueError(_unreadable(layout))
    return layouts


@functools.cache
def _reads(layout: str) -> bool:
    """Whether the engine reads the format; asked once, as an engine takes some time to start."""
    with duckdb.connect() as connection:
        try:
            connection.execute("SELECT try_strptime('', ?)", [layout])
        except duckdb.Error:
            return False
    return True


def _unreadable(layout: str) -> str:
    codes = re.findall(r"%-?[^-]|%-?$", layout)
    if "%s" in codes or "%Q" in codes:
        return f"{layout!r} has a code of seconds since 1970: write {EPOCH_SECONDS} or {EPOCH_MILLISECONDS} alone"
    hints = [f"write {INSTEAD[code]} in place of {code}" for code in dict.fromkeys(codes) if code in INSTEAD]
    known = "codes are those of DuckDB, such as %Y %m %d %H %M %S %f %p %z %Z; %% is a percent sign"
    return f"{layout!r} has a code that can't be read; {', '.join(hints) or known}"


def _written(layouts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse formats of numbers where times are compared alone: numbers are compared as such."""
    for layout in layouts:
        if layout in COUNTED:
            raise ValueError(f"{layout} beside numbers, which are compared without a format: leave it out")
    return layouts


def _with_zones(layouts: tuple[str, ...]) -> tuple[str, ...]:
    """Read a zone that is written as letters, as in ``%H:%M:%SZ``: taken for mere letters, it would go unread."""
    return tuple(WRITTEN_OFFSET.sub(r"\1%z", WRITTEN_ZONE.sub(r"\1%Z", layout)) for layout in layouts)


Formats = Annotated[Texts, AfterValidator(_readable), AfterValidator(_written)]
"""Formats of times that are compared with each other alone."""
ZonedFormats = Annotated[Texts, AfterValidator(_readable), AfterValidator(_with_zones)]
"""Formats of times that become UTC."""
