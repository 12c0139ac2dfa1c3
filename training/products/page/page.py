"""The product report as one HTML file that loads nothing: for mail, for a shared folder, for print."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from data.number_format import ENGLISH
from data.writing.unseen import shown_in_html
from features.language.reasons import REASONS
from training.products.alerts import wording
from training.products.page import drawing
from training.products.page.drawing import Rate, TimelineWeek
from training.products.tables.about import About
from training.products.tables.overview import Overview
from training.report.templates import environment

TEMPLATES = Path(__file__).parent
LEVELS = {"category": "Categories", "brand": "Brands", "supplier": "Suppliers"}
"""Kinds of items above products, with their headings."""
SEGMENTATIONS = {"activity": "By activity", "value": "By value kept"}
SEGMENTS = {
    "new": "first order not long ago",
    "active": "several orders lately",
    "occasional": "ordered lately, now and then",
    "lapsing": "no order for some time",
    "lost": "no order for long",
    "high": "the third that kept most",
    "middle": "the third between",
    "low": "the third that kept least",
}
"""The meaning of each segment, in a few words."""
ATTENTION = 12
"""Alerts that are shown in full, at most."""
GROUPS = 10
"""Brands, suppliers and categories that are shown, at most: those with most money at stake."""
Row = dict[str, Any]
Tables = Mapping[str, pa.Table]


def render(tables: Tables, about: About, overview: Overview, top_items: int) -> str:
    """Lay out the report as one HTML page that loads nothing and runs nothing.

    Parameters
    ----------
    tables
        The tables of `training.products.columns` by name: items, reasons, weekly, segments and alerts.
    top_items
        How many products are listed, those with most money at stake.
    """
    templates = environment(TEMPLATES)
    templates.filters.update(
        money=partial(ENGLISH.amount, currency=about.currency),
        signed=ENGLISH.percent_change,
        day=_day,
        plain=plain,
        heat=_heat,
        probability=_probability,
    )
    days = about.periods_days[-1]
    content = _Content(tables, about, days)
    products = content.ranked("product", top_items)
    page = templates.get_template("products.html.j2").render(
        about=about,
        overview=overview,
        days=days,
        widest=_widest(overview),
        timeline=content.timeline(),
        alerts=content.alerts(),
        alerts_in_all=len(tables["alerts"]),
        products=products,
        levels=[(heading, rows) for level, heading in LEVELS.items() if (rows := content.ranked(level, GROUPS))],
        spikes=content.spikes(top_items),
        spikes_in_all=len(content.spikes(None)),
        heat_map=content.heat_map(),
        segmentations=[(heading, content.segments(name)) for name, heading in SEGMENTATIONS.items()],
    )
    return shown_in_html(page) + "\n"


def plain(code: str) -> str:
    """Write a code as words."""
    return code.replace("_", " ").lower()


@dataclass(frozen=True)
class HeatMap:
    """Shares of reasons by category: ``rows`` of a name and a cell for each of ``reasons``.

    A cell is None where the category has no return for the reason. ``shop`` holds the cells of the whole shop.
    """

    reasons: list[str]
    shop: list[Row | None]
    rows: list[tuple[str, list[Row | None]]]

    @property
    def highest(self) -> float:
        """The highest share, which is shaded most."""
        return max((cell["share"] or 0.0 for _, row in self.rows for cell in row if cell), default=0.0) or 1.0


@dataclass(frozen=True)
class _Content:
    """What the page shows of the tables. ``days``: the longest period; most figures are of that period."""

    tables: Tables
    about: About
    days: int

    def ranked(self, level: str, most: int) -> list[Row]:
        """Give the items of one level with most money at stake, each with its drawing; only items that cost money."""
        harm = pc.field("excess_cost_minor") > 0 if level == "product" else pc.scalar(True)
        rows = _first(self._items(level).filter(harm), "excess_cost_minor", most)
        top = _scale(rows, "rate_high95")
        return [row | {"drawn": _drawn(row, top)} for row in rows]

    def spikes(self, most: int | None) -> list[Row]:
        """Give the products whose rate rose, those with most money at stake first."""
        return _first(self._items("product").filter(pc.field("spike")), "excess_cost_minor", most)

    def alerts(self) -> list[Row]:
        """Give the alerts with most money at stake, their sentences filled in."""
        names = {
            row["item_id"]: row for row in self._items("product").select(["item_id", "name", "category"]).to_pylist()
        }
        rows = _first(self.tables["alerts"], "cost_minor", ATTENTION, "alert_id")
        return [self._alert(row, names.get(row["product_id"], {})) for row in rows]

    def timeline(self) -> Markup:
        """Draw the shop's rate by week."""
        shop = self.tables["weekly"].filter(pc.field("level") == "shop").sort_by("week").to_pylist()
        weeks = [
            TimelineWeek(row["week"], row["rate"], row["rate_low80"], row["rate_high80"], row["expected_rate"])
            for row in shop
            if row["rate"] is not None and row["expected_rate"] is not None
        ]
        last = f", last {ENGLISH.percent(weeks[-1].rate)}" if weeks else ""
        return drawing.timeline(weeks, f"Return rate of the shop by week of the order{last}")

    def heat_map(self) -> HeatMap | None:
        """Give the share of each reason among the returns of each category; None without reasons."""
        found = self.tables["reasons"].filter(pc.field("period_days") == self.days)
        cells = {(row["level"], row["item_id"], row["reason"]): row for row in found.to_pylist()}
        reasons = [r.value for r in REASONS if ("shop", "shop", r.value) in cells]
        categories = [row["item_id"] for row in self.ranked("category", GROUPS * 10)]
        if not reasons:
            return None

        def cells_of(level: str, item: str) -> list[Row | None]:
            return [cells.get((level, item, reason)) for reason in reasons]

        rows = [(category, cells_of("category", category)) for category in categories]
        return HeatMap(reasons, cells_of("shop", "shop"), [(name, row) for name, row in rows if any(row)])

    def segments(self, segmentation: str) -> list[Row]:
        """Give the segments of one kind in their order, with a drawing of each one's rate."""
        rows = self.tables["segments"].filter(pc.field("segmentation") == segmentation).to_pylist()
        top = _scale(rows, "rate_high95")
        drawn = [_drawn(row, top) if row["rate"] is not None else Markup("") for row in rows]
        return [
            row | {"drawn": shape, "meaning": SEGMENTS[row["segment"]]} for row, shape in zip(rows, drawn, strict=True)
        ]

    def _items(self, level: str) -> pa.Table:
        here = (pc.field("level") == level) & (pc.field("period_days") == self.days)
        return self.tables["items"].filter(here)

    def _alert(self, row: Row, product: Row) -> Row:
        numbers = json.loads(row["numbers"])
        texts = {
            name: wording.fill(row[name], numbers, wording.english(self.about.currency))
            for name in ("evidence", "advice")
        }
        return row | texts | {"name": product.get("name"), "category": product.get("category")}


def _first(table: pa.Table, column: str, most: int | None, then: str = "item_id") -> list[Row]:
    ordered = table.sort_by([(column, "descending"), (then, "ascending")])
    rows: list[Row] = ordered.slice(0, most).to_pylist()
    return rows


def _scale(rows: Sequence[Row], column: str) -> float:
    """Give the upper end of the scale of a column of drawings: the next whole tenth."""
    highest = max((row[column] for row in rows if row[column] is not None), default=1.0)
    return min(1.0, math.ceil(highest * 10) / 10)


def _drawn(row: Row, top: float) -> Markup:
    rate = Rate(
        rate=row["rate"],
        expected=row["expected_rate"],
        within80=(row["rate_low80"], row["rate_high80"]) if "rate_low80" in row else None,
        within95=(row["rate_low95"], row["rate_high95"]) if row["rate_low95"] is not None else None,
    )
    at, low, high, expected = (
        ENGLISH.percent(row[name]) for name in ("rate", "rate_low95", "rate_high95", "expected_rate")
    )
    return drawing.interval(rate, top, f"{at}, between {low} and {high}; expected {expected}")


def _widest(overview: Overview) -> float:
    """Give the largest part of any change: the scale of the bars of all changes."""
    changes = [c for p in overview.periods for c in (p.against_before, p.against_year_before) if c]
    return max((abs(part.points) for change in changes for part in change.parts), default=0.0) or 1.0


def _probability(value: float | None) -> str:
    """Write a probability in whole percent, never as 100%: an estimate is never certain."""
    return "above 99%" if value is not None and value > 0.99 else ENGLISH.percent(value, 0)


def _day(moment: datetime | None) -> str:
    return ENGLISH.missing if moment is None else f"{moment:%Y-%m-%d}"


def _heat(share: float) -> str:
    """Give the shade of a cell: at most 50%, so that its text stays readable."""
    return f"{50 * min(max(share, 0.0), 1.0):.0f}%"
