"""Everything in the report about one item."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from data.writing import csv_text
from serving.products import rows
from serving.products.fields import wrong
from serving.products.report import Report
from serving.products.rows import BuyerRow, Item, PriceRow, ReasonRow, Variant, Week

_OF_ITEM: Final = "WHERE level = ? AND item_id = ?"
_OF_PRODUCT: Final = "WHERE ? = 'product' AND product_id = ?"
_PARTS: Final[dict[str, tuple[type[Any], str]]] = {
    "items": (Item, f"FROM report.items {_OF_ITEM} ORDER BY period_days"),
    "weekly": (Week, f"FROM report.weekly {_OF_ITEM} ORDER BY week"),
    "variants": (Variant, f"FROM report.variants {_OF_PRODUCT} ORDER BY dimension, lines DESC, value"),
    "reasons": (ReasonRow, f"FROM report.reasons {_OF_ITEM} ORDER BY period_days, returns DESC, reason"),
    "buyers": (BuyerRow, f"FROM report.buyers {_OF_ITEM} ORDER BY lines DESC, segment"),
    "prices": (PriceRow, f"FROM report.prices {_OF_ITEM} ORDER BY rowid"),
}
PARTS: Final = tuple(_PARTS)
"""The parts of an item that can be downloaded: names of tables of the report."""


@dataclass(frozen=True)
class ItemPage:
    """One item: ``items`` and ``reasons`` by period, the shortest first; ``weeks`` by time; the rest by lines.

    ``prices`` are in the report's order, from full price to the largest discount. ``parent_weeks``: the weeks of a
    product's category, empty for a product without one. Only products have sizes and colors.
    """

    items: tuple[Item, ...]
    weeks: tuple[Week, ...]
    parent_weeks: tuple[Week, ...]
    sizes: tuple[Variant, ...]
    colors: tuple[Variant, ...]
    reasons: tuple[ReasonRow, ...]
    buyers: tuple[BuyerRow, ...]
    prices: tuple[PriceRow, ...]

    def item(self, period_days: int) -> Item | None:
        """Give the item in one period; None where it has no lines in the period."""
        return next((item for item in self.items if item.period_days == period_days), None)

    def reasons_of(self, period_days: int) -> tuple[ReasonRow, ...]:
        """Give the reasons in one period, by number of returns, the largest first."""
        return tuple(row for row in self.reasons if row.period_days == period_days)


def find(report: Report, item_id: str, level: str = "product") -> ItemPage | None:
    """Give everything about one item; None where the report does not have the item."""
    items: tuple[Item, ...] = _part(report, "items", level, item_id)
    if not items:
        return None
    variants: tuple[Variant, ...] = _part(report, "variants", level, item_id)
    category = items[0].category if level == "product" else None
    return ItemPage(
        items=items,
        weeks=_part(report, "weekly", level, item_id),
        parent_weeks=() if category is None else _part(report, "weekly", "category", category),
        sizes=tuple(row for row in variants if row.dimension == "size"),
        colors=tuple(row for row in variants if row.dimension == "color"),
        reasons=_part(report, "reasons", level, item_id),
        buyers=_part(report, "buyers", level, item_id),
        prices=_part(report, "prices", level, item_id),
    )


def csv(report: Report, part: str, item_id: str, level: str = "product") -> Iterator[bytes]:
    """Give one of `PARTS` of an item as CSV; `FieldsError` where there is no such part."""
    if part not in _PARTS:
        raise wrong("part", f"one of {', '.join(PARTS)}", part)
    row, rest = _PARTS[part]
    header = rows.names(row)
    chunks = report.chunks(f"SELECT {', '.join(header)} {rest}", [level, item_id])
    return csv_text.for_people(header, chunks, report.about.currency)


def _part(report: Report, part: str, level: str, item_id: str) -> tuple[Any, ...]:
    row, rest = _PARTS[part]
    return rows.ask(report, row, rest, [level, item_id])
