"""Zones that the header of a time names, such as ``Order Date (PST)``: read otherwise, all times are hours off."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from data import sql
from data.errors import UserError
from data.schema import TIME
from data.sources.mapped import times
from data.sources.mapped.cells import source
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.names import table_rules
from data.sources.mapped.rows import Work, reading, rows_of
from data.sources.mapped.signs.watched import looked_at

ZONES = {
    "UTC": "UTC", "GMT": "UTC", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles",
    "MST": "America/Denver", "MDT": "America/Denver", "CDT": "America/Chicago", "EST": "America/New_York",
    "EDT": "America/New_York", "ET": "America/New_York", "BST": "Europe/London", "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin", "EET": "Europe/Athens",
    "EEST": "Europe/Athens", "MSK": "Europe/Moscow", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "HKT": "Asia/Hong_Kong",
    "SGT": "Asia/Singapore", "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "PACIFIC": "America/Los_Angeles",
    "EASTERN": "America/New_York", "日本時間": "Asia/Tokyo", "北京时间": "Asia/Shanghai",
}  # fmt: skip
"""The zone that each name in a header stands for, with its summer time."""

NAMED = re.compile(rf"(?<![^\W_])({'|'.join(ZONES)})(?![^\W_])(?: ?([+-]\d{{1,2}})(?::?(\d{{2}}))?)?", re.IGNORECASE)
ANY_CASE = {"UTC", "GMT", "PACIFIC", "EASTERN"}
"""Names that stand in small letters, too, as in ``order_date_utc``; ``est`` is a word of French."""
WORDS = {"ET", "PT"}
"""Names that are words, and name a zone in brackets alone."""
IANA = re.compile(r"(?<![^\W_])[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+")
INDIA = (5, 30)
"""Hours and minutes from UTC of the zone with the most shops whose offset has minutes."""
HALVES = (datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 7, 15, tzinfo=UTC))
"""A day in winter and one in summer."""


def zone_of(header: str) -> str | None:
    """Give the time zone that a ``header`` names, by its name, an offset from UTC or a name of the IANA database.

    ``Order Date (UTC+2)`` is ``Etc/GMT-2``, whose sign is the other way round. An offset with minutes has no such name.
    """
    named = IANA.search(header)
    if named is not None and exists(named[0]):
        return named[0]
    found = NAMED.search(header)
    if found is None:
        return None
    if found[1].upper() in ("UTC", "GMT") and found[2]:
        hours, minutes = int(found[2]), int(found[3] or 0)
        if minutes:
            return "Asia/Kolkata" if (hours, minutes) == INDIA else None
        return f"Etc/GMT{-hours:+d}" if hours else "UTC"
    name = found[1].upper()
    if name in WORDS and f"({found[1]})" not in header:
        return None
    return ZONES[name] if name in ANY_CASE or found[1] == name else None


def refuse(work: Work) -> None:
    """Refuse a column of times whose header names another zone than the mapping has for it.

    Raises
    ------
    UserError
        The message names the column, both zones, and what to write.
    """
    for table, file, columns in table_rules(work.mapping):
        for name, rule in columns.items():
            if name not in table.names or table.column(name).dtype != TIME:
                continue
            own = rule.timezone or work.mapping.timezone
            for column in rule.sources:
                zone, inner = zone_of(column), column.rpartition(".")[2]
                if zone is None or agree(zone, own) or inner in looked_at(work.mapping, file):
                    continue
                if _are_local(work, file, rule):
                    raise UserError(
                        expected=f"{table.name}.columns.{name} to be read in {zone}, the zone that its header names",
                        found=f"the column {column!r}, read in {own}",
                        fix=f"set timezone: {zone} beside column in {table.name}.columns.{name}; or, where its times "
                        f"are of {own}, files.{file}.ignore: [{inner}]",
                    )


def _are_local(work: Work, file: str, rule: ColumnRule) -> bool:
    """Whether some times that ``rule`` reads have a time of day and no zone of their own."""
    cells = f"SELECT {source(rule, reading(work, file))} AS cell FROM {rows_of(file)}"
    local = f"SELECT count(*) FROM ({cells}) WHERE {times.naive('cell', rule)} IS NOT NULL"
    return sql.number(work.connection, local) > 0


def agree(named: str, own: str) -> bool:
    """Whether two zones have one offset from UTC in winter and in summer."""
    one, other = ZoneInfo(named), ZoneInfo(own)
    return all(moment.astimezone(one).utcoffset() == moment.astimezone(other).utcoffset() for moment in HALVES)


def exists(zone: str) -> bool:
    """Whether the IANA database has the ``zone``."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True
