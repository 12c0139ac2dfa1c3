"""SQL that reads times. A part of the text that is not read, such as a zone or PM, makes the cell unreadable."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from data import sql
from data.sources.mapped.mapping.columns import ColumnRule

DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
LONGEST_DATE = 10
"""Signs of a date without a time of day."""
CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
OFFSET = r"\s?(Z|[+-]\d{2}(:?\d{2})?)"
"""The parts of ISO 8601 that exports use, with ``/`` in dates and hours of one digit."""

ZONE_NAME = r"\s*\(?([A-Za-z]{1,5})\)?$"
YEARS = range(1995, 2041)
"""The years whose names of a zone are known."""


def parsed(text: str, rule: ColumnRule, zone: str) -> str:
    """SQL: the time in ``text`` as UTC, by the zone in it, or else by ``zone``; a date is its midnight."""
    if rule.format:
        return "coalesce(" + ", ".join(_by_format(text, layout, zone) for layout in rule.format) + ")"
    dotted = f"replace({text}, ',', '.')"
    naive = to_utc(f"TRY_CAST({dotted} AS TIMESTAMP)", zone)
    close = f"regexp_replace({dotted}, '\\s([Z+-])', '\\1')"  # DuckDB reads no offset behind a blank
    offset = f"timezone('UTC', TRY_CAST({close} AS TIMESTAMPTZ))"
    return (
        f"CASE WHEN regexp_full_match({text}, {sql.text(f'{DATE}({CLOCK})?')}) THEN {naive} "
        f"WHEN regexp_full_match({text}, {sql.text(DATE + CLOCK + OFFSET)}) THEN {offset} END"
    )


def is_date(text: str, rule: ColumnRule) -> str:
    """SQL: whether ``text`` is a date without a time of day, given that it can be read by ``rule``."""
    if not rule.format:
        return f"(length({text}) <= {LONGEST_DATE} AND regexp_full_match({text}, {sql.text(DATE)}))"
    dates = [layout for layout in rule.format if not has_clock(layout)]
    if len(dates) in (0, len(rule.format)):
        return "TRUE" if dates else "FALSE"
    timed = [
        f"try_strptime({_body(text, layout)}, {sql.text(_without_zone(layout))}) IS NULL"
        for layout in rule.format
        if has_clock(layout)
    ]
    return "(" + " AND ".join(timed) + ")"


def has_clock(layout: str) -> bool:
    """Whether a format of ``strftime`` has a time of day."""
    return any(code in layout for code in ("%H", "%I", "%X", "%c", "%T", "%-H", "%-I", "%s"))


def to_utc(naive: str, zone: str) -> str:
    """SQL: the local time ``naive`` of ``zone`` as UTC."""
    return naive if zone == "UTC" else f"timezone('UTC', timezone({sql.text(zone)}, {naive}))"


def day_end(time: str, zone: str) -> str:
    """SQL: the last moment of the local day that begins at the UTC time ``time``."""
    local = time if zone == "UTC" else f"timezone({sql.text(zone)}, timezone('UTC', {time}))"
    return f"{to_utc(f'({local} + INTERVAL 1 DAY)', zone)} - INTERVAL 1 MICROSECOND"


@cache
def names_of(zone: str) -> dict[str, int]:
    """Give the names that times of ``zone`` are written with, such as PST and PDT, each with its minutes from UTC.

    A name that had two offsets is left out, because it does not say which.
    """
    offsets: dict[str, set[int]] = {"UTC": {0}, "GMT": {0}, "Z": {0}}
    for year in YEARS:
        for month in range(1, 13):
            moment = datetime(year, month, 15, tzinfo=UTC).astimezone(ZoneInfo(zone))
            name = moment.tzname() or ""
            if name.isalpha():
                offsets.setdefault(name.upper(), set()).add(
                    int((moment.utcoffset() or timedelta()).total_seconds() // 60)
                )
    return {name: next(iter(found)) for name, found in sorted(offsets.items()) if len(found) == 1}


def _by_format(text: str, layout: str, zone: str) -> str:
    if "%Z" in layout:
        naive = f"try_strptime({_body(text, layout)}, {sql.text(_without_zone(layout))})"
        name = f"upper(regexp_extract({text}, {sql.text(ZONE_NAME)}, 1))"
        cases = " ".join(f"WHEN {sql.text(known)} THEN {minutes}" for known, minutes in names_of(zone).items())
        return f"({naive} - to_minutes(CASE {name} {cases} END))"
    time = f"try_strptime({text}, {sql.text(layout)})"
    return f"timezone('UTC', {time})" if "%z" in layout else to_utc(time, zone)


def _body(text: str, layout: str) -> str:
    return f"regexp_replace({text}, {sql.text(ZONE_NAME)}, '')" if "%Z" in layout else text


def _without_zone(layout: str) -> str:
    return layout.replace("%Z", "").rstrip()
