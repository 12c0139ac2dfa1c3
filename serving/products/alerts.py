"""The report's alerts with their reviews.

An alert that was reviewed and that the report no longer finds, as its fault was fixed, stays in the list.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from data.writing import csv_text
from serving.products.filters import AlertFilter
from serving.products.paging import Page, last_page
from serving.products.report import Report, Row
from serving.products.reviews import Review, Reviews, ReviewState

_ALERTS: Final = """
WITH reviewed AS (
    SELECT unnest(?::VARCHAR[]) AS alert_id, unnest(?::VARCHAR[]) AS product_id, unnest(?::VARCHAR[]) AS kind,
        unnest(?::VARCHAR[]) AS state
), products AS (
    SELECT item_id, name, category, brand, supplier FROM report.items WHERE level = 'product' AND period_days = ?
), alerts AS (
    SELECT coalesce(a.alert_id, r.alert_id) AS alert_id, coalesce(a.product_id, r.product_id) AS product_id,
        p.name, p.category, p.brand, p.supplier, coalesce(a.kind, r.kind) AS kind, a.alert_id IS NOT NULL AS found,
        a.cost_minor, a.probability, a.since, a.evidence, a.advice, a.numbers, coalesce(r.state, 'open') AS state
    FROM report.alerts a FULL JOIN reviewed r ON a.alert_id = r.alert_id
    LEFT JOIN products p ON p.item_id = coalesce(a.product_id, r.product_id)
)
"""
_COLUMNS: Final = (
    "alert_id", "product_id", "name", "category", "brand", "supplier", "kind", "found", "cost_minor", "probability",
    "since", "evidence", "advice", "numbers", "state",
)  # fmt: skip
_NUMBERS: Final = "numbers"
_REVIEW_COLUMNS: Final = ("reason", "note", "who", "at")
_ORDER: Final = "ORDER BY cost_minor DESC NULLS LAST, alert_id"

Say = Callable[[str, Mapping[str, Any]], str]
"""Fills in a sentence: its arguments are the template, and the numbers by name."""


@dataclass(frozen=True)
class Alert:
    """One alert with its state; ``review`` is None where nobody has written about the alert.

    ``found``: whether this report has the alert; where not, the fields from ``cost_minor`` to ``numbers`` are empty.
    ``evidence`` and ``advice`` are templates with the names of ``numbers``.
    """

    alert_id: str
    product_id: str
    name: str | None
    category: str | None
    brand: str | None
    supplier: str | None
    kind: str
    found: bool
    cost_minor: float | None
    probability: float | None
    since: datetime | None
    evidence: str | None
    advice: str | None
    numbers: Mapping[str, Any]
    state: ReviewState
    review: Review | None

    @property
    def title(self) -> str:
        """The product's name, else its id."""
        return self.name or self.product_id


@dataclass(frozen=True)
class AlertChoices:
    """The values of the alert filters, each sorted by name."""

    kinds: tuple[str, ...]
    categories: tuple[str, ...]


def find(report: Report, reviews: Reviews, chosen: AlertFilter) -> Page[Alert]:
    """Give a page of the alerts ``chosen``, by money at stake; a page beyond the last gives the last."""
    written = reviews.all()
    where, parameters = _where(chosen)
    given = [*_given(report, written), *parameters]
    total = report.rows(f"{_ALERTS} SELECT count(*) FROM alerts WHERE {where}", given)[0][0]
    number = min(chosen.page, last_page(total, chosen.size))
    rows = _ask(report, f"WHERE {where} {_ORDER} LIMIT ? OFFSET ?", [*given, chosen.size, (number - 1) * chosen.size])
    return Page(tuple(_alert(row, written) for row in rows), total, number, chosen.size)


def csv(report: Report, reviews: Reviews, chosen: AlertFilter, say: Say) -> Iterator[bytes]:
    """Give all alerts ``chosen`` as CSV, from all pages; ``say`` fills in their sentences."""
    written = reviews.all()
    where, parameters = _where(chosen)
    found = _ask(report, f"WHERE {where} {_ORDER}", [*_given(report, written), *parameters])
    rows = [(*_with_sentences(row, say), *_review(written.get(row[0]))) for row in found]
    header = (*(name for name in _COLUMNS if name != _NUMBERS), *_REVIEW_COLUMNS)
    return csv_text.for_people(header, [rows], report.about.currency)


def _with_sentences(row: Row, say: Say) -> Row:
    """Fill in the sentences of an alert's row, in place of their numbers; one that is no longer found has none."""
    values = dict(zip(_COLUMNS, row, strict=True))
    numbers = json.loads(values.pop(_NUMBERS) or "{}")
    return tuple(
        say(value, numbers) if name in {"evidence", "advice"} and value else value for name, value in values.items()
    )


def of_product(report: Report, reviews: Reviews, product_id: str) -> tuple[Alert, ...]:
    """Give all alerts of a product, by money at stake."""
    return _all(report, reviews, f"WHERE product_id = ? AND (found OR state <> 'open') {_ORDER}", [product_id])


def one(report: Report, reviews: Reviews, alert_id: str) -> Alert | None:
    """Give one alert; None where neither the report nor a review has it."""
    found = _all(report, reviews, "WHERE alert_id = ?", [alert_id])
    return found[0] if found else None


def most_urgent(report: Report, reviews: Reviews, count: int = 5) -> tuple[Alert, ...]:
    """Give the alerts with most money at stake, one a product, that are neither dismissed nor done."""
    first = "QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY cost_minor DESC, alert_id) = 1"
    return _all(report, reviews, f"WHERE found AND state IN ('open', 'accepted') {first} {_ORDER} LIMIT ?", [count])


def counts(report: Report, reviews: Reviews) -> Mapping[ReviewState, int]:
    """Count the alerts in each state."""
    sql = f"{_ALERTS} SELECT state, count(*) FROM alerts WHERE found OR state <> 'open' GROUP BY ALL"
    found: dict[str, int] = dict(report.rows(sql, _given(report, reviews.all())))
    return {state: found.get(state.value, 0) for state in ReviewState}


def choices(report: Report) -> AlertChoices:
    """List the values of the alert filters."""
    return report.once("choices of alerts", lambda: _choices(report))


def _choices(report: Report) -> AlertChoices:
    kinds = report.rows("SELECT DISTINCT kind FROM report.alerts ORDER BY ALL")
    categories = report.rows(
        """
        SELECT DISTINCT category FROM report.items
        WHERE level = 'product' AND category IS NOT NULL AND item_id IN (SELECT product_id FROM report.alerts)
        ORDER BY ALL
        """
    )
    return AlertChoices(tuple(kind for (kind,) in kinds), tuple(category for (category,) in categories))


def _given(report: Report, written: Mapping[str, Review]) -> list[Any]:
    """Give the parameters of `_ALERTS`."""
    all_written = list(written.values())
    return [
        [review.alert_id for review in all_written],
        [review.product_id for review in all_written],
        [review.kind for review in all_written],
        [review.state.value for review in all_written],
        report.longest_period,
    ]


def _where(chosen: AlertFilter) -> tuple[str, list[Any]]:
    """Write the SQL condition; all user input is bound as parameters."""
    state = None if chosen.state == "all" else chosen.state.value
    terms, parameters = ["(found OR state <> 'open')"], list[Any]()
    for column, value in (("state", state), ("kind", chosen.kind), ("category", chosen.category)):
        if value is not None:
            terms.append(f"{column} = ?")
            parameters.append(value)
    if chosen.q:
        terms.append("(contains(lower(product_id), lower(?)) OR contains(lower(name), lower(?)))")
        parameters += [chosen.q, chosen.q]
    return " AND ".join(terms), parameters


def _ask(report: Report, rest: str, parameters: list[Any]) -> list[Row]:
    return report.rows(f"{_ALERTS} SELECT {', '.join(_COLUMNS)} FROM alerts {rest}", parameters)


def _all(report: Report, reviews: Reviews, rest: str, parameters: list[Any]) -> tuple[Alert, ...]:
    written = reviews.all()
    return tuple(_alert(row, written) for row in _ask(report, rest, [*_given(report, written), *parameters]))


def _alert(row: Row, written: Mapping[str, Review]) -> Alert:
    numbers, state = row[-2:]
    return Alert(*row[:-2], json.loads(numbers or "{}"), ReviewState(state), written.get(row[0]))  # type: ignore[call-arg]


def _review(review: Review | None) -> tuple[Any, ...]:
    return (None,) * len(_REVIEW_COLUMNS) if review is None else (review.reason, review.note, review.who, review.at)
