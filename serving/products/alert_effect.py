"""Effect of alerts that are done: compares the weeks before and after, from the report."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from serving.products.alerts import Alert
from serving.products.before_after import LEAST_LINES, Difference, Verdict, difference, points
from serving.products.report import Report, Row
from serving.products.reviews import Reviews
from training.products.estimates.evidence import Evidence

WEEKS: Final = 26
"""Most weeks compared before, and as many after. The week in which an alert was done is part of neither."""

_SUMS: Final = """
SELECT item_id,
    sum(lines) FILTER (week < $done), sum(returned_weight) FILTER (week < $done),
    sum(kept_weight) FILTER (week < $done),
    sum(expected_rate * (returned_weight + kept_weight)) FILTER (week < $done),
    sum(lines) FILTER (week > $done), sum(returned_weight) FILTER (week > $done),
    sum(kept_weight) FILTER (week > $done),
    sum(expected_rate * (returned_weight + kept_weight)) FILTER (week > $done)
FROM report.weekly
WHERE level = 'product' AND week >= $since AND week <= $until
"""
"""For each product: lines, weights of returns and of kept lines, and expected returns, before and after."""
_OWN: Final = f"{_SUMS} AND item_id = $product GROUP BY item_id"
_SIDES: Final = f"""
{_SUMS} AND item_id IN (
    SELECT item_id FROM report.items
    WHERE level = 'product' AND period_days = $period
        AND (item_id = $product OR (($anywhere OR category = $category) AND item_id NOT IN $done_too))
)
GROUP BY item_id
ORDER BY item_id <> $product, item_id
"""
"""The same sums for the product, which comes first, and for others."""


@dataclass(frozen=True)
class AlertEffect:
    """The change of a product's return rate after its alert was done.

    Rates are shares of lines, weighted by their evidence; None without evidence. ``change`` and its 95% interval are in
    log-odds; ``points`` is the same change as a difference of rates. All are None where it is too early for a verdict.
    """

    verdict: Verdict
    done_at: datetime
    lines_before: int
    lines_after: int
    rate_before: float | None
    rate_after: float | None
    expected_before: float | None
    expected_after: float | None
    similar: int
    similar_change: float | None
    change: float | None
    low95: float | None
    high95: float | None
    points: float | None
    points_low95: float | None
    points_high95: float | None


@dataclass(frozen=True)
class _Side:
    """The product's evidence on one side, before or after."""

    lines: int
    returned: float
    kept: float
    expected: float | None

    @property
    def rate(self) -> float | None:
        weight = self.returned + self.kept
        return self.returned / weight if weight > 0 else None


def of_alert(report: Report, reviews: Reviews, alert: Alert) -> AlertEffect | None:
    """Estimate the change of the product's rate after ``alert`` was done; None where the alert is not done.

    Similar products are of the same category, or of the whole shop where the category has too few. Products with a done
    alert of their own are left out.
    """
    done_at = None if alert.review is None else alert.review.done_at
    if done_at is None:
        return None
    alone = _Case(alert.product_id, alert.category, done_at, ())
    own = report.once(("sold around", alone), lambda: report.rows(_OWN, _around(alone)))
    if not own or min(_weight(own[0], 1), _weight(own[0], 5)) < LEAST_LINES:
        return _compared_with(own, alone)  # too early, as for most recent alerts: skip the slow search for others
    done_too = tuple(sorted({review.product_id for review in reviews.all().values() if review.done_at is not None}))
    case = replace(alone, done_too=done_too)
    return report.once(case, lambda: _compared(report, case))


@dataclass(frozen=True)
class _Case:
    """A product whose alert is done; ``done_too``: all products with a done alert."""

    product_id: str
    category: str | None
    done_at: datetime
    done_too: tuple[str, ...]


def _compared(report: Report, case: _Case) -> AlertEffect:
    effect = _compared_with(_sides(report, case, anywhere=False), case)
    return _compared_with(_sides(report, case, anywhere=True), case) if effect.verdict is Verdict.TOO_EARLY else effect


def _compared_with(rows: list[Row], case: _Case) -> AlertEffect:
    if not rows or rows[0][0] != case.product_id:  # the product was not sold around that time
        return _effect(case.done_at, _Side(0, 0.0, 0.0, None), _Side(0, 0.0, 0.0, None), None)
    found = difference(_evidence(rows, 1), _evidence(rows, 5))
    return _effect(case.done_at, _side(rows[0], 1), _side(rows[0], 5), found)


def _sides(report: Report, case: _Case, *, anywhere: bool) -> list[Row]:
    chosen = {
        "category": case.category,
        "anywhere": anywhere,
        "done_too": list(case.done_too),
        "period": report.longest_period,
    }
    return report.rows(_SIDES, _around(case) | chosen)


def _around(case: _Case) -> dict[str, Any]:
    """Give the parameters of `_OWN`: the product, the week in which the alert was done, and the first and last week."""
    day = case.done_at - timedelta(days=case.done_at.weekday())
    week = day.replace(hour=0, minute=0, second=0, microsecond=0)
    reach = timedelta(weeks=WEEKS)
    return {"product": case.product_id, "done": week, "since": week - reach, "until": week + reach}


def _weight(row: Row, start: int) -> float:
    """Give the evidence, in lines, of the columns from ``start`` on."""
    return float((row[start + 1] or 0.0) + (row[start + 2] or 0.0))


def _evidence(rows: list[Row], start: int) -> Evidence:
    """Convert the columns from ``start`` on (lines, returned, kept, expected returns) to evidence."""
    table = np.array([row[start : start + 4] for row in rows], dtype=np.float64)  # None (no weeks) becomes NaN
    _, returned, kept, expected = np.nan_to_num(table).T
    weight = returned + kept
    return Evidence(returned, kept, np.divide(expected, weight, out=np.full(len(rows), np.nan), where=weight > 0))


def _side(row: Row, start: int) -> _Side:
    lines, returned, kept, expected = (value or 0.0 for value in row[start : start + 4])
    weight = returned + kept
    return _Side(int(lines), returned, kept, expected / weight if weight > 0 else None)


def _effect(done_at: datetime, before: _Side, after: _Side, found: Difference | None) -> AlertEffect:
    moved = (
        (None, None, None)
        if found is None
        else tuple(
            points((after.returned + 0.5) / (after.returned + after.kept + 1), each)
            for each in (found.change, found.low95, found.high95)
        )
    )
    return AlertEffect(
        verdict=Verdict.TOO_EARLY if found is None else found.verdict,
        done_at=done_at,
        lines_before=before.lines,
        lines_after=after.lines,
        rate_before=before.rate,
        rate_after=after.rate,
        expected_before=before.expected,
        expected_after=after.expected,
        similar=0 if found is None else found.similar,
        similar_change=None if found is None else found.similar_change,
        change=None if found is None else found.change,
        low95=None if found is None else found.low95,
        high95=None if found is None else found.high95,
        points=moved[0],
        points_low95=moved[1],
        points_high95=moved[2],
    )
