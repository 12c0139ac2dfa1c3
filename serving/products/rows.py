"""The rows of the report's tables: fields are the columns of `training.products.columns`, None where missing."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from serving.products.report import Report

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item:
    """The shop, a category, brand, supplier or product in one period: a row of ``items``."""

    level: str
    item_id: str
    period_days: int
    name: str | None
    category: str | None
    brand: str | None
    supplier: str | None
    lines: int
    closed_lines: int
    returned_lines: int
    unsettled_share: float | None
    closed_rate: float | None
    rate: float | None
    rate_low80: float | None
    rate_high80: float | None
    rate_low95: float | None
    rate_high95: float | None
    expected_rate: float | None
    excess_rate: float | None
    excess_returns: float | None
    excess_probability: float | None
    return_cost_minor: float | None
    excess_cost_minor: float | None
    lines_before: int | None
    rate_before: float | None
    trend_points: float | None
    trend_low95: float | None
    trend_high95: float | None
    spike: bool | None
    spike_since: datetime | None
    spike_reason: str | None
    spike_p_value: float | None
    spike_rate_before: float | None
    spike_rate_after: float | None
    upcoming_returns: float | None
    upcoming_low80: float | None
    upcoming_high80: float | None
    upcoming_low95: float | None
    upcoming_high95: float | None
    top_reason: str | None
    top_reason_share: float | None
    top_reason_category_share: float | None
    fault: str | None
    fault_probability: float | None
    mean_price_minor: float | None
    discount_share: float | None

    @property
    def title(self) -> str:
        """The item's name, else its id."""
        return self.name or self.item_id


@dataclass(frozen=True, slots=True)
class Variant:
    """One size or color of a product in the longest period: a row of ``variants``."""

    product_id: str
    dimension: str
    value: str
    lines: int
    closed_lines: int
    returned_lines: int
    unsettled_share: float | None
    closed_rate: float | None
    rate: float | None
    rate_low80: float | None
    rate_high80: float | None
    rate_low95: float | None
    rate_high95: float | None
    expected_rate: float | None
    excess_rate: float | None
    excess_returns: float | None
    excess_probability: float | None
    return_cost_minor: float | None
    excess_cost_minor: float | None


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Returns of an item for one reason in one period: a row of ``reasons``."""

    level: str
    item_id: str
    period_days: int
    reason: str
    returns: int
    share: float | None
    parent_share: float | None
    rate: float | None
    expected_rate: float | None
    unusual_probability: float | None
    excess_cost_minor: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """One week of an item: a row of ``weekly``."""

    level: str
    item_id: str
    week: datetime
    lines: int
    returned_lines: int
    unsettled_share: float | None
    rate: float | None
    rate_low80: float | None
    rate_high80: float | None
    expected_rate: float | None
    returned_weight: float
    kept_weight: float


@dataclass(frozen=True, slots=True)
class BuyerRow:
    """Lines of an item by the customer's activity: a row of ``buyers``."""

    level: str
    item_id: str
    segment: str
    lines: int
    share: float | None
    parent_share: float | None
    rate: float | None
    rate_low80: float | None
    rate_high80: float | None
    expected_rate: float | None


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Lines of an item by discount: a row of ``prices``."""

    level: str
    item_id: str
    discount: str
    lines: int
    share: float | None
    mean_price_minor: float | None
    rate: float | None
    rate_low80: float | None
    rate_high80: float | None
    expected_rate: float | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """Customers of one segment: a row of ``segments``."""

    segmentation: str
    segment: str
    customers: int
    lines: int
    rate: float | None
    rate_low95: float | None
    rate_high95: float | None
    expected_rate: float | None
    profit_minor: float | None
    profit_low95_minor: float | None
    profit_high95_minor: float | None
    profit_total_minor: float | None


def names(row: type[Any]) -> tuple[str, ...]:
    """Name the columns of a kind of row, in their order."""
    return tuple(field.name for field in fields(row))


def ask(report: Report, row: type[T], rest: str, parameters: list[Any]) -> tuple[T, ...]:
    """Query rows of one kind; ``rest`` is the SQL from ``FROM`` on."""
    found = report.rows(f"SELECT {', '.join(names(row))} {rest}", parameters)
    return tuple(row(*values) for values in found)
