"""SQL that reads times. A part of the text that is not read, such as a zone or PM, makes the cell unreadable."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from data import sql
from data.reading import day_halves, months
from data.sources.mapped import counted_times
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.formats import COUNTED, EXCEL_SERIAL

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
    """SQL: the time in ``text`` as UTC, by the zone in it, or else by ``zone``; a date is its midnight.

    Null where two formats read two times in it.
    """
    if rule.format:
        return one_of(_readings(text, rule, zone))
    dotted = f"replace({text}, ',', '.')"
    naive = to_utc(f"TRY_CAST({dotted} AS TIMESTAMP)", zone)
    close = f"regexp_replace({dotted}, '\\s([Z+-])', '\\1')"  # DuckDB reads no offset behind a blank
    offset = f"timezone('UTC', TRY_CAST({close} AS TIMESTAMPTZ))"
    return (
        f"CASE WHEN regexp_full_match({text}, {sql.text(f'{DATE}({CLOCK})?')}) THEN {naive} "
        f"WHEN regexp_full_match({text}, {sql.text(DATE + CLOCK + OFFSET)}) THEN {offset} END"
    )


def one_of(readings: list[str]) -> str:
    """SQL: the time that ``readings`` agree in, those apart that read none; null where they read several times."""
    if len(readings) == 1:
        return readings[0]
    all_ = ", ".join(readings)
    return f"CASE WHEN least({all_}) = greatest({all_}) THEN least({all_}) END"


def ambiguous(text: str, rule: ColumnRule, zone: str) -> str:
    """SQL: whether two formats of ``rule`` read two times in ``text``, such as 03/04/2024 by day and by month."""
    if len(rule.format) < 2:
        return "FALSE"
    all_ = ", ".join(_readings(text, rule, zone))
    return f"coalesce(least({all_}) <> greatest({all_}), FALSE)"


def first_of(text: str, rule: ColumnRule, zone: str) -> str:
    """SQL: the time that the first format reads which reads any, for a date whose year alone counts."""
    return f"coalesce({', '.join(_readings(text, rule, zone))}, NULL)" if rule.format else parsed(text, rule, zone)


def naive(text: str, rule: ColumnRule) -> str:
    """SQL: the local time in ``text``, as it stands there; null where it has a zone of its own, or no time of day."""
    if rule.format:
        local = [_local(text, layout) for layout in rule.format if _is_local(layout)]
        return f"coalesce({', '.join(local)}, NULL)" if local else "NULL"
    timed = f"regexp_full_match({text}, {sql.text(DATE + CLOCK)})"
    return f"CASE WHEN {timed} THEN TRY_CAST(replace({text}, ',', '.') AS TIMESTAMP) END"


def _is_local(layout: str) -> bool:
    """Whether a format has a time of day and no zone."""
    return layout == EXCEL_SERIAL or (has_clock(layout) and "%z" not in layout and "%Z" not in layout)


def _local(text: str, layout: str) -> str:
    if layout == EXCEL_SERIAL:
        return f"CASE WHEN NOT {counted_times.is_day(text)} THEN {counted_times.reading(text, layout)} END"
    return f"try_strptime({_body(text, layout)}, {sql.text(layout)})"


def _readings(text: str, rule: ColumnRule, zone: str) -> list[str]:
    """SQL of the time by each format; of several formats, four digits of a year are no two of them."""
    found = [_by_format(text, layout, zone) for layout in rule.format]
    if len(found) == 1:
        return found
    return [
        f"CASE WHEN year({time}) >= 1000 THEN {time} END" if "%Y" in layout else time
        for time, layout in zip(found, rule.format, strict=True)
    ]


def is_date(text: str, rule: ColumnRule) -> str:
    """SQL: whether ``text`` is a date without a time of day, given that it can be read by ``rule``."""
    if not rule.format:
        return f"(length({text}) <= {LONGEST_DATE} AND regexp_full_match({text}, {sql.text(DATE)}))"
    written = [layout for layout in rule.format if layout not in COUNTED]
    timed = [
        f"try_strptime({_body(text, layout)}, {sql.text(_without_zone(layout))}) IS NULL"
        for layout in written
        if has_clock(layout)
    ]
    dated = len(timed) < len(written)
    by_codes = ("(" + " AND ".join(timed) + ")" if timed else "TRUE") if dated else "FALSE"
    if len(written) == len(rule.format):
        return by_codes
    day = counted_times.is_day(text) if EXCEL_SERIAL in rule.format else "FALSE"
    number = f"regexp_full_match({text}, {sql.text(counted_times.NUMBER)})"
    return f"CASE WHEN {number} THEN {day} ELSE {by_codes} END"


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
    if layout in COUNTED:
        counted = counted_times.reading(text, layout)
        return to_utc(counted, zone) if layout == EXCEL_SERIAL else counted
    if "%Z" in layout:
        naive = f"try_strptime({_body(text, layout)}, {sql.text(_without_zone(layout))})"
        name = f"upper(regexp_extract({text}, {sql.text(ZONE_NAME)}, 1))"
        cases = " ".join(f"WHEN {sql.text(known)} THEN {minutes}" for known, minutes in names_of(zone).items())
        return f"({naive} - to_minutes(CASE {name} {cases} END))"
    time = f"try_strptime({_body(text, layout)}, {sql.text(layout)})"
    return f"timezone('UTC', {time})" if "%z" in layout else to_utc(time, zone)


def _body(text: str, layout: str) -> str:
    """SQL: what ``strptime`` reads: without the name of a zone, and with a month and AM or PM in English."""
    body = f"regexp_replace({text}, {sql.text(ZONE_NAME)}, '')" if "%Z" in layout else text
    body = day_halves.english(body) if day_halves.has_half(layout) else body
    return months.english(body, layout) if months.has_name(layout) else body


def _without_zone(layout: str) -> str:
    return layout.replace("(%Z)", "").replace("%Z", "").rstrip()
