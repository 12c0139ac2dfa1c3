"""Days that another format reads otherwise: 24/03/01 by year or by day first, and days and months that are swapped.

A format that reads every cell proves nothing where another one does so, too. The days tell: a shop's orders don't lie
decades apart on the few days of one month. Where the year stays in its place, a shop of subscriptions may have its
orders on the first of every month, or another one on the first days of January: the shop is asked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from data import sql
from data.errors import UserError
from data.schema import ORDER_LINES, TIME, Table
from data.sources.mapped import times
from data.sources.mapped.cells import source
from data.sources.mapped.cleaning import plain_digits
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.formats import COUNTED, EXCEL_SERIAL
from data.sources.mapped.names import table_rules
from data.sources.mapped.rows import Work, reading, sample_of
from data.sources.mapped.signs.watched import looked_at

CODES = re.compile(r"%-?[Yymd]")
CODES_APART = re.compile(r"(%-?[Yymd])")
FEWEST_DAYS, MONTHS = 5, 12
"""Different days that show how a column's times lie; and the largest number that may be a day or a month."""
LONG = 60
"""Days from the first to the last time from which on a shop has orders on more than `MONTHS` days of the month."""
SURE = ("%Y", "%m", "%d")
"""The codes of a format whose day and month no other one swaps."""
SURE_DAYS = "few_sure_days"
"""The decision that orders on few days of the month are right, which validation reads."""
ORDERS = (("%d", "%m", "%y"), ("%m", "%d", "%y"), ("%y", "%m", "%d"))
"""The orders in which day, month and year are written."""
FEWEST_SWAPPED, FEWEST_MONTHS = 10, 6
"""Different days, and months of a year, that show that a form has the small days alone."""


@dataclass(frozen=True)
class Days:
    """The days that a format reads in a column: how many there are, and from the first to the last of them."""

    read: int
    different: int
    span: int
    months: int
    of_month: int
    """In how many months of a year they are, and how many different days of a month."""
    largest: int
    smallest: int
    """The largest and the smallest day of a month."""

    @property
    def odd(self) -> bool:
        """Whether they lie on few days of the month over a long time, as years or months that are read as days."""
        enough = self.different >= FEWEST_SWAPPED and self.months >= FEWEST_MONTHS
        return enough and self.span >= LONG and self.of_month <= MONTHS


def note(work: Work) -> None:
    """Refuse a format that another one beats by far, and count and name the columns that two formats read.

    Raises
    ------
    UserError
        The message names the column, both formats with what they read, and what to write.
    """
    for table, file, columns in table_rules(work.mapping):
        for name, rule in columns.items():
            written = [layout for layout in rule.format if layout not in COUNTED]
            if table == ORDER_LINES and name == "ordered_at" and rule.sources:
                _decide_sure(work, file, rule)
            if name not in table.names or table.column(name).dtype != TIME or not rule.sources:
                continue
            if set(rule.sources) & looked_at(work.mapping, file) or table.name not in ("order_lines", "returns"):
                continue
            if len(written) == 1:
                _compare(work, table, file, name, rule, written[0])
            elif len(written) > 1:
                _look_for_swapped(work, table, file, name, rule, written)


def _decide_sure(work: Work, file: str, rule: ColumnRule) -> None:
    """Count the different cells of orders on few days of the month that are right, so that validation lets them be.

    They are so by a format that no other one swaps, such as ISO 8601, or because the mapping says that the column was
    looked at.
    """
    seen = set(rule.sources) & looked_at(work.mapping, file)
    if seen or all(_is_sure(layout) for layout in rule.format):
        days = _days(work, _cells(work, file, rule), rule, *rule.format)
        work.decide(f"{ORDER_LINES.name}.ordered_at", SURE_DAYS, days.read if days.odd else 0)


def _is_sure(layout: str) -> bool:
    if layout in COUNTED:
        return layout != EXCEL_SERIAL  # a spreadsheet may have swapped them before it wrote the number
    return tuple(code.replace("-", "") for code in CODES.findall(layout)) == SURE


def _others(layout: str) -> Iterator[str]:
    """Give the formats with the same codes of year, month and day in other places, a year of four digits in its own."""
    codes = [code.replace("-", "") for code in CODES.findall(layout)]
    own = tuple(code.lower() for code in codes)
    if own not in ORDERS:
        return
    for order in ORDERS:
        stays = "%Y" not in codes or order.index("%y") == own.index("%y")
        if order != own and stays:
            places = iter("%Y" if code == "%y" and "%Y" in codes else code for code in order)
            yield "".join(next(places) if CODES.fullmatch(part) else part for part in CODES_APART.split(layout))


def _compare(work: Work, table: Table, file: str, name: str, rule: ColumnRule, layout: str) -> None:
    cells = _cells(work, file, rule)
    filled = sql.number(work.connection, f"SELECT count(*) FROM ({cells}) WHERE cell IS NOT NULL")
    own = _days(work, cells, rule, layout)
    if not filled or own.read < filled or own.different < FEWEST_DAYS:
        return
    place = f"{table.name}.columns.{name}"
    for other in _others(layout):
        found = _days(work, cells, rule, other)
        if found.read < filled:
            continue
        if own.odd and not found.odd:
            raise UserError(
                expected=f"{place} to be read by the one format that its cells have",
                found=f"{_read(layout, own)}, and {_read(other, found)}",
                fix=_fix(layout, own, other, f"files.{file}.ignore: [{rule.sources[0]}]"),
            )
        if own.odd or not found.odd:
            work.decide(f"{table.name}.{name}", "two_formats_read", filled, [layout, other])
            work.notice(
                f"{place}: two formats read all times that were looked at, {_read(layout, own)}, and "
                f"{_read(other, found)}. Compare some of them with the shop; {layout!r} is taken"
            )


def _fix(layout: str, own: Days, other: str, ignored_by: str) -> str:
    """Say which format is right, or how the shop decides where days and months alone would change places."""
    if _place_of_year(layout) != _place_of_year(other):
        return f"set format: {other!r}; or, where {layout!r} is right all the same, {ignored_by}"
    return (
        f"look in the shop which one is right: {ignored_by}, where its orders are of {_of_month(own)}, "
        f"as those of subscriptions; or set format: {other!r}, where they are of all days"
    )


def _place_of_year(layout: str) -> int:
    return [code.lower() for code in CODES.findall(layout)].index("%y")


def _look_for_swapped(work: Work, table: Table, file: str, name: str, rule: ColumnRule, written: list[str]) -> None:
    """Refuse cells of which one form has days up to the twelfth alone, and the other form the days behind it alone.

    A spreadsheet made dates of the cells that it could read with day and month swapped, and left the others as texts.
    """
    cells = _cells(work, file, rule)
    for one in written:
        found = _days(work, cells, rule, one)
        if not found.odd or found.largest > MONTHS:
            continue
        for other in written:
            rest = _days(work, cells, rule, other)
            if other == one or rest.different < FEWEST_DAYS or rest.smallest <= MONTHS:
                continue
            raise UserError(
                expected=f"days of every size in each form of the times of {table.name}.columns.{name}",
                found=f"days up to {found.largest} alone by {one!r}, over {found.span:,} days, and days from "
                f"{rest.smallest} on alone by {other!r}: a spreadsheet swapped day and month where it could",
                fix=f"write {_swapped(one)!r} in place of {one!r}, which swaps them back; or export the file again and "
                f"don't open it in a spreadsheet; or, where the days are right, files.{file}.ignore: "
                f"[{rule.sources[0]}]",
            )


def _swapped(layout: str) -> str:
    return layout.replace("%m", "\0").replace("%d", "%m").replace("\0", "%d")


def _cells(work: Work, file: str, rule: ColumnRule) -> str:
    read = reading(work, file)
    cell = plain_digits(source(rule, read), ascii_only=read.ascii_only)
    return f"SELECT DISTINCT {cell} AS cell FROM {sample_of(file)}"


def _days(work: Work, cells: str, rule: ColumnRule, *layouts: str) -> Days:
    """Count the days that ``layouts`` read in the ``cells``; ISO 8601 where there is none."""
    alone = rule.model_copy(update={"format": layouts})
    day = f"CAST({times.parsed('cell', alone, 'UTC')} AS DATE)"
    figures = (
        "count(day), count(DISTINCT day), coalesce(max(day) - min(day), 0), "
        "count(DISTINCT date_trunc('month', day)), count(DISTINCT dayofmonth(day)), "
        "coalesce(max(dayofmonth(day)), 0), coalesce(min(dayofmonth(day)), 0)"
    )
    found = sql.rows(
        work.connection, f"SELECT {figures} FROM (SELECT {day} AS day FROM ({cells})) WHERE year(day) > 999"
    )
    return Days(*map(int, found[0]))


def _read(layout: str, days: Days) -> str:
    return f"{layout!r} as {_of_month(days)} over {days.span:,} days"


def _of_month(days: Days) -> str:
    return f"{days.of_month} day{'s' if days.of_month != 1 else ''} of the month"
