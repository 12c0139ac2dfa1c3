"""Times of returns and lines compared in SQL: as days where one of them is a date without a time of day."""

from dataclasses import dataclass

from data import sql
from data.sources.mapped import order_lines, rows
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.rows import Work

READ = "read_returns"
"""The table of typed rows of returns."""


@dataclass(frozen=True)
class Moment:
    """A time of a row, as SQL.

    ``value`` is UTC. ``date_alone``: whether the cell was a date, which is the midnight that begins it in ``zone``; an
    empty text where no cell of the column is.
    """

    value: str
    date_alone: str
    zone: str

    @property
    def day(self) -> str:
        """The local day in the own zone."""
        return self.day_in(self.zone)

    def day_in(self, zone: str) -> str:
        """The local day in ``zone``."""
        return f"CAST(timezone({sql.text(zone)}, timezone('UTC', {self.value})) AS DATE)"

    def day_beside(self, other: "Moment") -> str:
        """The local day to compare with ``other``, one of the two being a date: a time is seen in the date's zone."""
        if self.zone == other.zone or not other.date_alone:
            return self.day
        if not self.date_alone:
            return self.day_in(other.zone)
        return f"CASE WHEN {self.date_alone} THEN {self.day} ELSE {self.day_in(other.zone)} END"


def of_return(work: Work, name: str, alias: str = "returned") -> Moment:
    """The time ``name`` of a row of returns."""
    return _moment(work, READ, name, alias, work.mapping.returns.columns.get(name))


def of_line(work: Work, name: str, alias: str = "line") -> Moment:
    """The time ``name`` of an order line."""
    return _moment(work, order_lines.TABLE, name, alias, work.mapping.order_lines.columns.get(name))


def any_date(one: Moment, other: Moment) -> str:
    """SQL: whether one of two moments is a date alone; an empty text where none can be."""
    return " OR ".join(f"coalesce({item.date_alone}, FALSE)" for item in (one, other) if item.date_alone)


def not_before(later: Moment, earlier: Moment) -> str:
    """SQL: whether ``later`` is not before ``earlier``."""
    return _by_days(later, earlier, "{later} >= {earlier}", f"{later.value} >= {earlier.value}")


def is_before(earlier: Moment, later: Moment) -> str:
    """SQL: whether ``earlier`` is before ``later``, by a day where one of them is a date."""
    return _by_days(later, earlier, "{later} > {earlier}", f"{later.value} > {earlier.value}")


def within(later: Moment, earlier: Moment, days: int) -> str:
    """SQL: whether ``later`` is at most so many ``days`` after ``earlier``."""
    exact = f"{later.value} <= {earlier.value} + INTERVAL {days} DAY"
    return _by_days(later, earlier, f"{{later}} - {{earlier}} <= {days}", exact)


def _by_days(later: Moment, earlier: Moment, days: str, exact: str) -> str:
    if not (either := any_date(later, earlier)):
        return f"({exact})"
    as_days = days.format(later=later.day_beside(earlier), earlier=earlier.day_beside(later))
    return f"(CASE WHEN {either} THEN {as_days} ELSE {exact} END)"


def _moment(work: Work, table: str, name: str, alias: str, rule: ColumnRule | None) -> Moment:
    mark = rows.date_of(name)
    marked = mark in map(sql.name, sql.columns(work.connection, table)) and sql.rows(
        work.connection, f"SELECT 1 FROM {table} WHERE {mark} LIMIT 1"
    )
    zone = (rule.timezone if rule is not None else None) or work.mapping.timezone
    return Moment(f"{alias}.{sql.name(name)}", f"{alias}.{mark}" if marked else "", zone)
