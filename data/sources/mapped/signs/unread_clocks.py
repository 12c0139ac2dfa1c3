"""Columns that no rule reads and that change the times beside them: AM and PM, time zones and offsets from UTC."""

import re

from data import sql
from data.errors import UserError
from data.reading import day_halves
from data.schema import TIME
from data.sources.mapped import times
from data.sources.mapped.cells import source
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import table_rules
from data.sources.mapped.rows import Work, reading, rows_of, sample_of
from data.sources.mapped.signs.header_zones import ZONES, agree, exists
from data.sources.mapped.signs.values import described, values
from data.sources.mapped.signs.watched import Named, Names, Watched, looked_at, unignored

NAMED = re.compile(
    r"(?<![^\W_])(am ?[/|_-]? ?pm|a\.?m\.?|p\.?m\.?|ampm|meridi\w*|day ?half|half ?day|tz|zone|timezone|offset|utc|gmt|"
    r"zeitzone|zeitversatz|fuseau|d[ée]calage|huso|zona( horaria)?|fuso|tijdzone|strefa)(?![^\W_])|time ?zone|"
    r"午前|上午|时区|時区|タイムゾーン|오전",
    re.IGNORECASE,
)
"""Words in the names of such columns."""
OFFSET = re.compile(r"(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?|Z|UTC|GMT", re.IGNORECASE)
MOST_HOURS = 12
ISO = tuple(
    f"{date}{sign}{clock}" for date in ("%Y-%m-%d", "%Y/%m/%d") for sign in " T" for clock in ("%H:%M:%S", "%H:%M")
)


def watched_clocks(mapping: Mapping, named: Named, names: Names, file: str) -> list[Watched]:
    """List the columns of the rows of ``file`` that no rule names, whose name is of a zone or of halves of the day."""
    return [
        item
        for item in unignored(mapping, file, named, names)
        if item.name not in named and NAMED.search(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", item.origin.column))
    ]


def note(work: Work, columns: list[Watched]) -> None:
    """Refuse times whose halves of the day stand in a column that is not read, and give a notice of unread zones.

    Raises
    ------
    UserError
        No hour is after the twelfth, and the column beside them says AM or PM. The message has what to write.
    """
    for column in columns:
        found = [value for value, _ in values(work, column, f"SELECT _row FROM {sample_of(column.file)}")]
        if not found:
            continue
        if len(found) <= len(("AM", "PM")) and all(_is_half(work, value) for value in found):
            _halves(work, column)
        elif all(OFFSET.fullmatch(value) or value.upper() in ZONES or exists(value) for value in found):
            _zones(work, column, found)


def _is_half(work: Work, value: str) -> bool:
    read = f"upper(replace({day_halves.english(sql.text(value))}, '.', '')) IN ('AM', 'PM')"
    return bool(sql.rows(work.connection, f"SELECT {read}")[0][0])


def _halves(work: Work, column: Watched) -> None:
    """Refuse times of twelve hours, of which the column says the half."""
    for place, rule in _local_times(work, column.file):
        cells = f"SELECT {source(rule, reading(work, column.file))} AS cell FROM {sample_of(column.file)}"
        hour = f"SELECT max(hour({times.naive('cell', rule)})) FROM ({cells})"
        latest = sql.rows(work.connection, hour)[0][0]
        if latest is None or latest > MOST_HOURS:
            continue
        layout = _layout(work, column.file, rule).replace("%H", "%I") + " %p"
        raise UserError(
            expected=f"{place} to be read with the column {column.name!r}, which says AM or PM",
            found=f"hours up to {latest} alone, beside {described(values(work, column, _rows(column)), 'rows')}",
            fix=f"put both together: {place}: {{columns: [{', '.join(rule.sources)}, {column.name}], format: "
            f"'{layout}'}}; or, where the hours are right, {column.ignored_by}",
        )


def _zones(work: Work, column: Watched, found: list[str]) -> None:
    """Count the rows with a zone, and give a notice of zones that are not the mapping's."""
    local = list(_local_times(work, column.file))
    zone = work.mapping.timezone
    known = {value: ZONES.get(value.upper(), value) for value in found}
    if not local or all(exists(each) and agree(each, zone) for each in known.values()):
        return
    what = described(values(work, column, _rows(column)), "rows")
    work.decide_rows(f"files.{column.holder}", f"zone not read: {column.name}", column.file, _rows(column))
    place, rule = local[0]
    if all(map(OFFSET.fullmatch, found)):
        layout = _layout(work, column.file, rule)
        fix = f"set {place}: {{columns: [{', '.join(rule.sources)}, {column.name}], format: '{layout} %z'}}"
    elif len(set(known.values())) == 1:
        fix = f"set timezone: {known[found[0]]}"
    else:
        fix = "export the times in UTC, as no mapping reads a name of a zone on each row"
    work.notice(
        f"the column {column.name!r} has zones, {what}, and no rule reads it: the times beside it are read in {zone}. "
        f"Where they are of these zones, {fix}; or else {column.ignored_by}"
    )


def _local_times(work: Work, file: str) -> list[tuple[str, ColumnRule]]:
    """List the columns of times of ``file`` with some that have a time of day and no zone, each with its rule."""
    found = []
    for table, name_of_file, columns in table_rules(work.mapping):
        for name, rule in columns.items():
            if name_of_file != file or name not in table.names or table.column(name).dtype != TIME or not rule.sources:
                continue
            cells = f"SELECT {source(rule, reading(work, file))} AS cell FROM {sample_of(file)}"
            local = f"SELECT count(*) FROM ({cells}) WHERE {times.naive('cell', rule)} IS NOT NULL"
            if sql.number(work.connection, local) and not set(rule.sources) & looked_at(work.mapping, file):
                found.append((f"{table.name}.columns.{name}", rule))
    return found


def _layout(work: Work, file: str, rule: ColumnRule) -> str:
    """Give the format of the times, of which a mapping has none for ISO 8601: then the one that reads most of them."""
    if rule.format:
        return rule.format[0]
    cells = f"SELECT {source(rule, reading(work, file))} AS cell FROM {sample_of(file)}"
    counts = ", ".join(f"count(try_strptime(cell, {sql.text(layout)}))" for layout in ISO)
    found = sql.rows(work.connection, f"SELECT {counts} FROM ({cells})")[0]
    return ISO[found.index(max(found))]


def _rows(column: Watched) -> str:
    return f"SELECT _row FROM {rows_of(column.file)}"
