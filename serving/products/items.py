"""The ranked list of items. The database filters, searches, sorts and pages, so that the list may be long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from data.writing import csv_text
from serving.products import attributes, rows
from serving.products.attributes import AttributeChoice
from serving.products.fields import wrong
from serving.products.filters import ItemFilter
from serving.products.paging import Page, last_page
from serving.products.report import Report
from serving.products.rows import Item

_EQUAL: Final = {
    "level": "level",
    "category": "category",
    "brand": "brand",
    "supplier": "supplier",
    "reason": "top_reason",
    "fault": "fault",
}
"""Fields of the filter, and the columns that have to equal them."""


@dataclass(frozen=True)
class Choices:
    """The values of the product filters, each sorted by name; ``reasons``: the most frequent reason of some product.

    ``attributes``: those that the shop declares and that products have, with their values.
    """

    categories: tuple[str, ...]
    brands: tuple[str, ...]
    suppliers: tuple[str, ...]
    reasons: tuple[str, ...]
    faults: tuple[str, ...]
    attributes: tuple[AttributeChoice, ...]


def find(report: Report, chosen: ItemFilter) -> Page[Item]:
    """Give a page of the items ``chosen``; a page beyond the last gives the last.

    Raises
    ------
    FieldsError
        The report does not have the period.
    """
    where, parameters = _where(report, chosen)
    total = report.rows(f"SELECT count(*) FROM report.items WHERE {where}", parameters)[0][0]
    number = min(chosen.page, last_page(total, chosen.size))
    # The inner query sorts row ids only: the other columns are read for the rows of the page alone.
    page = f"SELECT rowid FROM report.items WHERE {where} ORDER BY {_order(chosen)} LIMIT ? OFFSET ?"
    parameters = [*parameters, chosen.size, (number - 1) * chosen.size]
    found = rows.ask(report, Item, f"FROM report.items WHERE rowid IN ({page}) ORDER BY {_order(chosen)}", parameters)
    return Page(found, total, number, chosen.size)


def csv(report: Report, chosen: ItemFilter) -> Iterator[bytes]:
    """Give all items ``chosen`` as CSV, with their attributes, whatever the page.

    `FieldsError` as `find`, before the first piece.
    """
    where, parameters = _where(report, chosen)
    header = (*rows.names(Item), *(each.column for each in report.attributes))
    sql = f"SELECT {', '.join(header)} FROM report.items WHERE {where} ORDER BY {_order(chosen)}"
    return csv_text.for_people(header, report.chunks(sql, parameters), report.about.currency)


def choices(report: Report) -> Choices:
    """List the values of the product filters."""
    return report.once("choices of items", lambda: _choices(report))


def _choices(report: Report) -> Choices:
    return Choices(
        categories=_distinct(report, "category"),
        brands=_distinct(report, "brand"),
        suppliers=_distinct(report, "supplier"),
        reasons=_distinct(report, "top_reason"),
        faults=_distinct(report, "fault"),
        attributes=attributes.choices(report),
    )


def _distinct(report: Report, column: str) -> tuple[str, ...]:
    sql = f"SELECT DISTINCT {column} FROM report.items WHERE level = 'product' AND {column} IS NOT NULL ORDER BY ALL"
    return tuple(value for (value,) in report.rows(sql))


def _where(report: Report, chosen: ItemFilter) -> tuple[str, list[Any]]:
    """Write the SQL condition; all user input is bound as parameters."""
    periods = report.about.periods_days
    period = report.default_period if chosen.period is None else chosen.period
    if period not in periods:
        raise wrong("period", f"one of {', '.join(map(str, periods))}", str(period))
    terms, parameters = ["period_days = ?", "lines >= ?"], list[Any]([period, chosen.min_lines])
    for field, column in _EQUAL.items():
        if (value := getattr(chosen, field)) is not None:
            terms.append(f"{column} = ?")
            parameters.append(value)
    for condition, value in attributes.conditions(report, chosen):
        terms.append(condition)
        parameters.append(value)
    if chosen.spikes:
        terms.append("spike")
    if chosen.q:
        terms.append("(contains(lower(item_id), lower(?)) OR contains(lower(name), lower(?)))")
        parameters += [chosen.q, chosen.q]
    return " AND ".join(terms), parameters


def _order(chosen: ItemFilter) -> str:
    """Write the SQL order: `ItemFilter` restricts column and direction; equal values are sorted by id."""
    return f"{chosen.sort} {chosen.direction} NULLS LAST, item_id"
