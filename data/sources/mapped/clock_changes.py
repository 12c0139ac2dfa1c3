"""Local times in the hours of a change of clocks: one that came twice, and one that never was.

A time in the doubled hour is taken for its second pass, in winter time; one in the missing hour is moved an hour on.
Neither is certain, so both are counted with their places.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from data import sql
from data.sources.mapped import times
from data.sources.mapped.cells import Cell

if TYPE_CHECKING:
    from data.sources.mapped.rows import Work

HOUR = 3600


def count(work: "Work", table: str, file: str, item: Cell, rows: str, into: str) -> None:
    """Count the times of a column in doubled and in missing hours.

    Parameters
    ----------
    rows
        SQL: the rows of ``file`` with the text of the cell, of those that stand in the table ``near_changes``.
    into
        The table of rows that were read, with their times as UTC.
    """
    name, zone = sql.name(item.column.name), sql.text(item.zone)
    near = f"epoch({name})::BIGINT // {HOUR} IN ({', '.join(map(str, hours(item.zone)))})"
    sql.run(work.connection, f"CREATE TABLE near_changes AS SELECT _row, {name} AS _utc FROM {into} WHERE {near}")
    if sql.number(work.connection, "SELECT count(*) FROM near_changes"):
        locals_ = f"SELECT _row, _utc, {item.naive} AS _local FROM near_changes JOIN {rows} USING (_row)"
        local = f"timezone({zone}, timezone('UTC', _utc{{}}))"
        others = ", ".join(local.format(f" {sign} INTERVAL {size} MINUTE") for sign in "+-" for size in (30, 60))
        for what, test in (
            ("doubled_hour", f"_local IN ({others})"),
            ("missing_hour", f"_local <> {local.format('')}"),
        ):
            work.decide_rows(f"{table}.{item.column.name}", what, file, f"SELECT _row FROM ({locals_}) WHERE {test}")
    sql.run(work.connection, "DROP TABLE near_changes")


@cache
def hours(zone: str) -> tuple[int, ...]:
    """List the hours of UTC, counted from 1970, right before and behind each change of the clocks of ``zone``."""
    place = ZoneInfo(zone)
    found: set[int] = set()
    day = datetime(times.YEARS.start, 1, 1, tzinfo=UTC)
    while day.year < times.YEARS.stop:
        if day.astimezone(place).utcoffset() != (day + timedelta(days=1)).astimezone(place).utcoffset():
            first = int(day.timestamp()) // HOUR
            found |= {hour for hour in range(first, first + 24) if _changes_near(hour, place)}
        day += timedelta(days=1)
    return tuple(sorted(found)) or (0,)


def _changes_near(hour: int, zone: ZoneInfo) -> bool:
    before, after = (datetime.fromtimestamp((hour + step) * HOUR, UTC).astimezone(zone) for step in (-1, 2))
    return before.utcoffset() != after.utcoffset()
