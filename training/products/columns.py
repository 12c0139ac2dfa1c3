"""The tables of the product report, in one place: every column with its dtype, unit and meaning. Light to import.

A rate here is the share of order lines that come back once all is settled. Money is in minor units of the shop's
currency, times are UTC, shares are from 0 to 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from data.attributes import DTYPES, Attribute
from data.schema import TIME

FOLDER = Path("reports/products")
ABOUT = "about.json"
"""What the report is of: see `training.products.tables.about`."""
OVERVIEW = "overview.json"
"""The shop as a whole, period by period: see `training.products.tables.overview`."""
DICTIONARY = "dictionary.csv"

LEVELS = ("shop", "category", "brand", "supplier", "product")
FAULTS = ("runs_small", "runs_large", "defective", "not_as_described")
ACTIVITIES = ("new", "active", "occasional", "lapsing", "lost")
VALUES = ("high", "middle", "low")
DISCOUNT_BANDS = ("none", "below_15", "15_to_30", "30_to_50", "above_50")
"""Share taken off the list price: none, and bands in percent. Absent where the source has no list prices."""


@dataclass(frozen=True)
class ReportColumn:
    """One column of a table of the report."""

    name: str
    dtype: pa.DataType
    unit: str
    meaning: str


@dataclass(frozen=True)
class ReportTable:
    """One table of the report; ``key`` names the columns that a row is known by. ``csv``: written as CSV, too."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[ReportColumn, ...]
    csv: bool = True

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema; all but the key may be missing."""
        return pa.schema([pa.field(c.name, c.dtype, nullable=c.name not in self.key) for c in self.columns])

    @property
    def file(self) -> str:
        """The name of its parquet file."""
        return f"{self.name}.parquet"


def _text(name: str, meaning: str) -> ReportColumn:
    return ReportColumn(name, pa.string(), "", meaning)


def _lines(name: str, meaning: str) -> ReportColumn:
    return ReportColumn(name, pa.int64(), "lines", meaning)


def _share(name: str, meaning: str) -> ReportColumn:
    return ReportColumn(name, pa.float64(), "share", meaning)


def _money(name: str, meaning: str) -> ReportColumn:
    return ReportColumn(name, pa.float64(), "minor units", meaning)


_PERIOD = ReportColumn("period_days", pa.int32(), "days", "length of the period, which ends with the report's moment")
_ITEM = (
    _text("level", "what the item is: shop, category, brand, supplier or product"),
    _text("item_id", "the category's, brand's or supplier's name, or the product's id; 'shop' for the shop"),
)

_COUNTS = (
    _lines("lines", "order lines placed in the period whose outcome is recorded, or will be; without cancelled lines"),
    _lines("closed_lines", "of these, lines whose return window has closed, so that their outcome is final"),
    _lines("returned_lines", "lines known to be returned, those still within their window included"),
    _share("unsettled_share", "share of the lines whose window is still open and that are not back"),
    _share("closed_rate", "returned share of the closed lines; missing without any"),
)
_RATE = (
    _share("rate", "return rate corrected for what is not settled, shrunk towards the expected rate"),
    _share("rate_low80", "lower end of the 80% interval of the rate"),
    _share("rate_high80", "upper end of it"),
    _share("rate_low95", "lower end of the 95% interval of the rate"),
    _share("rate_high95", "upper end of it"),
    _share(
        "expected_rate",
        "rate to be expected of the same customers and baskets, by a model that never saw the product; for products, "
        "variants, brands and suppliers it knows the category, for categories it does not",
    ),
    _share("excess_rate", "rate minus expected_rate: what is the item's own"),
    ReportColumn("excess_returns", pa.float64(), "lines", "excess_rate times lines"),
    _share("excess_probability", "probability that the rate lies above the expected one"),
    _money("return_cost_minor", "cost of all returns of the lines once settled: rate times lines times cost of one"),
    _money("excess_cost_minor", "the part of it that the excess makes up: the money at stake; below 0 where better"),
)

ITEMS = ReportTable(
    "items",
    "the shop, each category, brand, supplier and product, in each period",
    ("level", "item_id", "period_days"),
    (
        *_ITEM,
        _PERIOD,
        _text("name", "what the product is called; missing where the source has no names"),
        _text("category", "the product's category"),
        _text("brand", "the product's brand"),
        _text("supplier", "who supplies the product"),
        *_COUNTS,
        *_RATE,
        _lines("lines_before", "lines in the period of the same length before"),
        _share(
            "rate_before",
            "rate in that period, in the same way; missing without lines, or where the history is shorter",
        ),
        ReportColumn(
            "trend_points", pa.float64(), "points a month", "slope of rate minus expected rate over the period"
        ),
        ReportColumn("trend_low95", pa.float64(), "points a month", "lower end of its 95% interval"),
        ReportColumn("trend_high95", pa.float64(), "points a month", "upper end of it"),
        ReportColumn(
            "spike", pa.bool_(), "", "whether the rate rose against its own past and its category; products only"
        ),
        ReportColumn("spike_since", TIME, "UTC", "start of the week from which on it rose; missing without a spike"),
        _text("spike_reason", "the reason that more lines came back for; missing where all returns rose, or none did"),
        _share("spike_p_value", "probability of so steep a rise by chance, all that is looked at; products only"),
        _share("spike_rate_before", "share of lines that came back (for that reason) before that week"),
        _share("spike_rate_after", "the same from that week on"),
        ReportColumn(
            "upcoming_returns", pa.float64(), "lines", "returns expected from open lines in the weeks to come"
        ),
        ReportColumn("upcoming_low80", pa.float64(), "lines", "lower end of their 80% interval"),
        ReportColumn("upcoming_high80", pa.float64(), "lines", "upper end of it"),
        ReportColumn("upcoming_low95", pa.float64(), "lines", "lower end of their 95% interval"),
        ReportColumn("upcoming_high95", pa.float64(), "lines", "upper end of it"),
        _text("top_reason", "the reason of most returns that has one; missing without any"),
        _share("top_reason_share", "its share of the returns with a reason"),
        _share("top_reason_category_share", "its share in the category (for categories: in the shop)"),
        _text("fault", "the most probable of the faults found, by money: " + ", ".join(FAULTS) + "; products only"),
        _share("fault_probability", "its probability"),
        _money("mean_price_minor", "mean price paid for a piece"),
        _share("discount_share", "mean share taken off the list price; missing without list prices"),
    ),
)

VARIANTS = ReportTable(
    "variants",
    "each size and color of each product, in the longest period",
    ("product_id", "dimension", "value"),
    (
        _text("product_id", "the product"),
        _text("dimension", "size or color"),
        _text("value", "the size or the color, as labelled"),
        *_COUNTS,
        *_RATE,
    ),
)

REASONS = ReportTable(
    "reasons",
    "why lines came back, by shop, category, brand, supplier and product, in each period",
    ("level", "item_id", "period_days", "reason"),
    (
        *_ITEM,
        _PERIOD,
        _text("reason", "a code of data.schema.Reason, those without returns left out"),
        _lines("returns", "lines returned for the reason"),
        _share("share", "share of the item's returns with a reason"),
        _share(
            "parent_share",
            "the same of its category; for categories the shop's, for brands and suppliers of all they sell",
        ),
        _share("rate", "share of lines that come back for the reason, corrected and shrunk"),
        _share("expected_rate", "the same to be expected: expected rate times the parent's share of the reason"),
        _share("unusual_probability", "probability that the rate is above products.fault_ratio times the expected"),
        _money("excess_cost_minor", "cost of the returns for the reason above those expected"),
    ),
)

WEEKLY = ReportTable(
    "weekly",
    "each item week by week",
    ("level", "item_id", "week"),
    (
        *_ITEM,
        ReportColumn("week", TIME, "UTC", "start of the week (Monday) in which the lines were ordered"),
        _lines("lines", "lines ordered in the week"),
        _lines("returned_lines", "of them known to be returned"),
        _share("unsettled_share", "share of them still open"),
        _share("rate", "rate of the week, corrected and shrunk towards the item's own rate of the whole time"),
        _share("rate_low80", "lower end of its 80% interval"),
        _share("rate_high80", "upper end of it"),
        _share("expected_rate", "rate to be expected of the same customers and baskets"),
        ReportColumn(
            "returned_weight", pa.float64(), "lines", "evidence of returns: see training.products.estimates.evidence"
        ),
        ReportColumn("kept_weight", pa.float64(), "lines", "evidence of kept lines"),
    ),
    csv=False,
)

BUYERS = ReportTable(
    "buyers",
    "who buys: lines by the customer's activity at the time of the order, by shop, category and product",
    ("level", "item_id", "segment"),
    (
        *_ITEM,
        _text("segment", "new, active, occasional, lapsing or lost, before this order; guest without an account"),
        _lines("lines", "lines in the longest period"),
        _share("share", "share of the item's lines"),
        _share("parent_share", "the same of its category (for categories and the shop: of the shop)"),
        _share("rate", "rate, corrected and shrunk towards the expected one"),
        _share("rate_low80", "lower end of its 80% interval"),
        _share("rate_high80", "upper end of it"),
        _share("expected_rate", "rate to be expected of these lines"),
    ),
)

PRICES = ReportTable(
    "prices",
    "lines by discount, by shop, category and product",
    ("level", "item_id", "discount"),
    (
        *_ITEM,
        _text("discount", "band of the share taken off the list price: " + ", ".join(DISCOUNT_BANDS)),
        _lines("lines", "lines in the longest period"),
        _share("share", "share of the item's lines"),
        _money("mean_price_minor", "mean price paid for a piece"),
        _share("rate", "rate, corrected and shrunk towards the expected one"),
        _share("rate_low80", "lower end of its 80% interval"),
        _share("rate_high80", "upper end of it"),
        _share("expected_rate", "rate to be expected of these lines"),
    ),
)

SEGMENTS = ReportTable(
    "segments",
    "customers by activity and by value: returns and profit of the longest period",
    ("segmentation", "segment"),
    (
        _text("segmentation", "activity (at the report's moment) or value (kept value in the longest period)"),
        _text("segment", "activity: " + ", ".join(ACTIVITIES) + "; value: " + ", ".join(VALUES)),
        ReportColumn("customers", pa.int64(), "customers", "customers in the segment"),
        _lines("lines", "their lines in the longest period"),
        _share("rate", "their return rate, corrected for what is not settled"),
        _share("rate_low95", "lower end of its 95% interval, by customers"),
        _share("rate_high95", "upper end of it"),
        _share("expected_rate", "rate to be expected of lines of these products, by category and price"),
        _money("profit_minor", "margin of kept lines minus cost of returns, a customer"),
        _money("profit_low95_minor", "lower end of its 95% interval"),
        _money("profit_high95_minor", "upper end of it"),
        _money("profit_total_minor", "the same of all its customers"),
    ),
)

ALERTS = ReportTable(
    "alerts",
    "what to look into, with the evidence and what to do, by money at stake",
    ("alert_id",),
    (
        _text("alert_id", "stays the same from report to report for the same product and kind"),
        _text("product_id", "the product"),
        _text("kind", "what was found: see training.products.alerts.rules"),
        _money("cost_minor", "money at stake in the longest period"),
        _share("probability", "probability that it is so"),
        ReportColumn("since", TIME, "UTC", "from when on, where that is known"),
        _text("evidence", "English sentence with {names} of the numbers: what was found"),
        _text("advice", "English sentence with {names} of the numbers: what to do"),
        _text("numbers", "the numbers as a JSON object; shares are from 0 to 1, money in minor units"),
    ),
)

TABLES = (ITEMS, VARIANTS, REASONS, WEEKLY, BUYERS, PRICES, SEGMENTS, ALERTS)


def items_with(attributes: Iterable[Attribute]) -> ReportTable:
    """The table of items with the products' ``attributes`` after its own columns; without any it is `ITEMS`."""
    return replace(ITEMS, columns=(*ITEMS.columns, *(_declared(each) for each in attributes)))


def tables(attributes: Iterable[Attribute] = ()) -> tuple[ReportTable, ...]:
    """All tables of the report of a shop that declares these ``attributes`` of its products."""
    return (items_with(attributes), *TABLES[1:])


def dictionary(attributes: Iterable[Attribute] = ()) -> Iterator[tuple[str, str, str, str, str]]:
    """Describe each column of each of the `tables`: table, column, dtype, unit, meaning."""
    for table in tables(attributes):
        for column in table.columns:
            yield table.name, column.name, str(column.dtype), column.unit, column.meaning


def _declared(attribute: Attribute) -> ReportColumn:
    meaning = f"{attribute.words}: a {attribute.kind} that the shop declares; products only"
    return ReportColumn(attribute.column, DTYPES[attribute.kind], "", meaning)
