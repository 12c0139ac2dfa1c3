"""Filters of the report's lists; their fields are the parameters of a page's address."""

from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from serving.products.reviews import ReviewState

Level = Literal["product", "brand", "category", "supplier"]
Direction = Literal["asc", "desc"]
Sort = Literal[
    "excess_cost_minor", "return_cost_minor", "item_id", "name", "category", "brand", "supplier", "lines",
    "closed_lines", "returned_lines", "unsettled_share", "closed_rate", "rate", "expected_rate", "excess_rate",
    "excess_returns", "excess_probability", "rate_before", "trend_points", "spike_since", "upcoming_returns",
    "top_reason_share", "fault_probability", "mean_price_minor", "discount_share",
]  # fmt: skip
Fault = Literal["runs_small", "runs_large", "defective", "not_as_described"]
LEVELS: Final[tuple[str, ...]] = get_args(Level)
SORTS: Final[tuple[str, ...]] = get_args(Sort)
SIZES: Final = (25, 50, 100)
MOST_ROWS: Final = 10**9


def _number(value: object) -> object:
    """Read digits as a number; pydantic does not do so for a ``Literal`` of numbers."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value


Text = Annotated[str, Field(max_length=200)]
PageNumber = Annotated[int, Field(ge=1, le=MOST_ROWS)]
Size = Annotated[Literal[25, 50, 100], BeforeValidator(_number)]


class _Filter(BaseModel):
    """Fields that a page's address can carry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def query(self, **changes: Any) -> str:
        """Write the query string of the address with ``changes``; fields with their default are left out.

        A change of any field but the page leads to the first page.
        """
        first = {"page": 1} if changes else {}
        fields = self.model_copy(update=first | changes).model_dump(mode="json", exclude_defaults=True)
        return urlencode({name: as_text(value) for name, value in fields.items()})


def as_text(value: object) -> str:
    """Write a value of a field as addresses and forms have it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


class ItemFilter(_Filter):
    """Filter and order of the list of items.

    ``period``: days, None for the report's default. ``q``: part of the id or the name, in any case. ``category``,
    ``brand``, ``supplier``: their names; ``reason``: of most returns; ``fault``: the most probable one; these five
    apply to products. ``spikes``: only items whose rate rose recently. ``min_lines``: least order lines in the period.
    The products' attributes that a shop declares add fields: see `serving.products.attributes.item_filter`.
    """

    level: Level = "product"
    period: Annotated[int, Field(ge=1, le=100_000)] | None = None
    q: Text = ""
    category: Text | None = None
    brand: Text | None = None
    supplier: Text | None = None
    reason: Text | None = None
    fault: Fault | None = None
    spikes: bool = False
    min_lines: Annotated[int, Field(ge=0, le=MOST_ROWS)] = 0
    sort: Sort = "excess_cost_minor"
    direction: Direction = "desc"
    page: PageNumber = 1
    size: Size = 50

    def of_level(self, level: Level) -> str:
        """Write the query string of another level, without the fields that apply to products."""
        further = type(self).model_fields.keys() - ItemFilter.model_fields.keys()
        return self.query(
            level=level, q="", category=None, brand=None, supplier=None, reason=None, fault=None, spikes=False,
            **dict.fromkeys(further),
        )  # fmt: skip


class AlertFilter(_Filter):
    """Filter of the list of alerts; ``q``: part of the product's id or name. The order is by money at stake."""

    state: ReviewState | Literal["all"] = ReviewState.OPEN
    kind: Text | None = None
    category: Text | None = None
    q: Text = ""
    page: PageNumber = 1
    size: Size = 25
