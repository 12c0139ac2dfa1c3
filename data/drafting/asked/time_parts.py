"""Columns that say a part of the times beside them: the time of day, AM or PM, an offset, or a zone."""

import re
from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

from data import sql
from data.drafting import half_days, times
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import MOST_VALUES, Roles
from data.drafting.sheet import Sheet
from data.sources.mapped.times import has_clock

ZONE = re.compile(
    r"\b(time ?zone|tz|zone|(utc|gmt)( offset)?|offset|zeitzone|fuseau( horaire)?|zona horaria|fuso( orario)?|tijdzone"
    r"|strefa( czasowa)?|tidszon|tidszone)\b|时区|時区|タイムゾーン|часовои пояс"
)
"""Plain names of columns of zones and offsets."""
OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})")
LETTERS = re.compile(r"[A-Z]{2,5}")


def beside(owner: Roles, column: str, found: times.Times) -> Iterator[str]:
    """Name the columns that may say more of the times in ``column``, in the order in which they are put together."""
    clock = owner.columns.get("time_of_day")
    if clock is not None and not any(has_clock(layout) for layout in found.formats):
        yield clock
    free = [name for name in owner.sheet.columns if name not in owner.columns.values()]
    yield from (name for name in free if _are_halves(owner.sheet, name))
    if not times.have_zones(found, owner.sheet.values(column)):
        yield from (name for name in free if _are_offsets(owner.sheet, name))


def alone(sheet: Sheet, column: str, further: str) -> bool:
    """Whether ``further`` is filled in rows without a time: put together with it, these would have half of one."""
    without = f"coalesce({sheet.cell(column)}, '') = '' AND {sheet.cell(further)} <> ''"
    return sql.number(sheet.connection, f"SELECT count(*) FROM {sheet.table} WHERE {without}") > 0


def zones(sheet: Sheet) -> tuple[str, list[str]] | None:
    """Find the column of zones by row, and its values; None where there is none."""
    for column in sheet.columns:
        values = list(sheet.values(column))
        named = ZONE.search(plain(column)) is not None
        if values and len(values) <= MOST_VALUES and all(_is_zone(value, named=named) for value in values):
            return column, values
    return None


def _is_zone(value: str, *, named: bool) -> bool:
    return ("/" in value or named) and value in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _are_halves(sheet: Sheet, column: str) -> bool:
    values = sheet.values(column)
    return bool(values) and all(map(half_days.is_one, values))


def _are_offsets(sheet: Sheet, column: str) -> bool:
    values = sheet.values(column)
    letters = ZONE.search(plain(column)) is not None
    return bool(values) and all(OFFSET.fullmatch(value) or (letters and LETTERS.fullmatch(value)) for value in values)
