"""The whole shop: its weeks, the segments of its customers, and the reasons of returns by category."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from data.writing import csv_text
from serving.products import rows
from serving.products.fields import wrong
from serving.products.report import Report
from serving.products.rows import Item, SegmentRow, Week

_SEGMENTS: Final = "FROM report.segments ORDER BY rowid"


@dataclass(frozen=True)
class HeatCell:
    """Returns of one category for one reason. ``excess_share``: the share minus that in the shop, -1 to 1."""

    returns: int
    share: float | None
    parent_share: float | None
    excess_share: float | None
    unusual_probability: float | None
    excess_cost_minor: float | None


@dataclass(frozen=True)
class ReasonHeatMap:
    """Reasons by category, both by returns, the most first. ``cells``: by (category, reason); some are missing."""

    categories: tuple[str, ...]
    reasons: tuple[str, ...]
    cells: Mapping[tuple[str, str], HeatCell]


def item(report: Report, period_days: int) -> Item | None:
    """Give the shop's own figures in one period."""
    found = rows.ask(report, Item, "FROM report.items WHERE level = 'shop' AND period_days = ?", [period_days])
    return found[0] if found else None


def weeks(report: Report) -> tuple[Week, ...]:
    """Give the shop week by week."""
    return rows.ask(report, Week, "FROM report.weekly WHERE level = 'shop' ORDER BY week", [])


def segments(report: Report) -> tuple[SegmentRow, ...]:
    """Give the segments of customers, in the report's order."""
    return rows.ask(report, SegmentRow, _SEGMENTS, [])


def csv(report: Report) -> Iterator[bytes]:
    """Give the segments of customers as CSV."""
    header = rows.names(SegmentRow)
    chunks = report.chunks(f"SELECT {', '.join(header)} {_SEGMENTS}")
    return csv_text.for_people(header, chunks, report.about.currency)


def heat_map(report: Report, period_days: int, most: int = 12) -> ReasonHeatMap:
    """Lay out the reasons of returns in the ``most`` categories with most returns.

    Raises
    ------
    FieldsError
        The report does not have the period.
    """
    if period_days not in report.about.periods_days:
        raise wrong("period", f"one of {', '.join(map(str, report.about.periods_days))}", str(period_days))
    found = report.rows(
        """
        SELECT item_id, reason, returns, share, parent_share, share - parent_share, unusual_probability,
            excess_cost_minor
        FROM report.reasons WHERE level = 'category' AND period_days = ?
        """,
        [period_days],
    )
    categories, reasons = _ranked([(row[0], row[2]) for row in found]), _ranked([(row[1], row[2]) for row in found])
    shown = categories[:most]
    cells = {(row[0], row[1]): HeatCell(*row[2:]) for row in found if row[0] in shown}
    return ReasonHeatMap(shown, reasons, cells)


def _ranked(counted: list[tuple[str, int]]) -> tuple[str, ...]:
    """Give the names by the sum of their counts, the largest first."""
    sums: dict[str, int] = {}
    for name, count in counted:
        sums[name] = sums.get(name, 0) + count
    return tuple(sorted(sums, key=lambda name: (-sums[name], name)))
