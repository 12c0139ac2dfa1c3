"""The requests of version 1; the OpenAPI is made from these models.

Numbers are strict (no "1" for 1, no true for 1), and so are whole numbers: ``50.0`` is refused as 50.39 is, because
whoever writes it means 50 EUR, which is 5000 cents. Unknown fields are refused, and times have a zone. A valid request
is safe to compute with: no number overflows, no text is blank, no time lies far ahead.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from data.schema import Reason
from serving.http.wire.examples import BASKET, EVENTS
from serving.http.wire.text import Attributes, CustomerId, Id, Label
from serving.http.wire.timestamps import Timestamp, TimestampNotAhead
from serving.scores import Explain

MOST_LINES, MOST_SIZES = 100, 50
MOST_BASKETS, LINES_OF_BASKETS = 100, 1000
MOST_EVENTS, LINES_OF_EVENTS = 500, 5000

T = TypeVar("T")


Minor = Annotated[int, Field(ge=0, le=10**9)]
Pieces = Annotated[int, Field(ge=1, le=1000)]
Year = Annotated[int, Field(ge=1900, le=2100)]


HowMuch = Annotated[
    Explain,
    Field(
        description="How much of the why to say of each line: none; reasons: for which reasons it would come back; all:"
        " also what drives the probability, and what would lower it."
    ),
]


class Request(BaseModel):
    """Base of all parts of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Product(Request):
    """What is known of a product beside its id. What is left out is looked up."""

    department: Label | None = Field(default=None, description="Top level of the range.", examples=["fashion"])
    category: Label | None = Field(default=None, description="Category of the product.", examples=["dresses"])
    brand: Label | None = Field(default=None, description="Brand of the product.", examples=["Acme"])
    supplier: Label | None = Field(default=None, description="Who supplies the product.", examples=["Acme Textiles"])
    launched_at: Timestamp | None = Field(default=None, description="When the product went on sale.")
    attributes: Attributes | None = Field(
        default=None,
        description="Attributes of the product that the shop declared, by name.",
        examples=[{"material": "wool"}],
    )


class Customer(Request):
    """What is known of a customer beside the id. What is left out is looked up."""

    registered_at: Timestamp | None = Field(default=None, description="When the customer's account was opened.")
    birth_year: Year | None = Field(
        default=None, description="Year of birth; only a model that was trained with it looks at it."
    )
    title: Label | None = Field(
        default=None, description="Form of address; as for the year of birth.", examples=["Mrs"]
    )
    attributes: Attributes | None = Field(
        default=None,
        description="Attributes of the customer that the shop declared, by name.",
        examples=[{"height_cm": 172}],
    )


class BasketLine(Request):
    """One line of a basket: some pieces of one product in one size and color."""

    product_id: Id = Field(description="The product, without its size and color.", examples=["P-17"])
    quantity: Pieces = Field(description="Pieces ordered.", examples=[1])
    price_minor: Minor = Field(description="Price of one piece after discounts, in minor units (cents).")
    list_price_minor: Minor | None = Field(
        default=None, description="Price of one piece before discounts, in minor units."
    )
    size: Label | None = Field(
        default=None, description="Size as labelled; upper and lower case are one.", examples=["M"]
    )
    color: Label | None = Field(
        default=None, description="Color as labelled; upper and lower case are one.", examples=["blue"]
    )
    product: Product | None = Field(default=None, description="Facts of the product, such as of one that is new.")
    attributes: Attributes | None = Field(
        default=None,
        description="Attributes of the line itself that the shop declared, by name.",
        examples=[{"promised_days": 3}],
    )


class OfferedLine(BasketLine):
    """One line of a basket to score."""

    sizes_on_sale: Annotated[list[Label], Field(max_length=MOST_SIZES)] | None = Field(
        default=None,
        description="Sizes in which the customer could have the product; left out: those in which it was sold before."
        " Only what-ifs look at it.",
        examples=[["S", "M", "L"]],
    )


class Circumstances(Request):
    """What the lines of a basket or of an order share."""

    customer_id: CustomerId | None = Field(
        default=None,
        description="The shop's own id of the customer, hashed on arrival; null or left out: a guest.",
        examples=["C-1042"],
    )
    basket_id: Id | None = Field(
        default=None,
        description="What the shop calls the basket before it is an order: joins what was said with what came of it.",
        examples=["B-77"],
    )
    voucher_used: bool | None = Field(default=None, description="Whether a voucher was redeemed.")
    payment_method: Label | None = Field(default=None, description="How it is paid.", examples=["invoice"])
    channel: Label | None = Field(default=None, description="Where it comes from.", examples=["web"])
    region: Label | None = Field(default=None, description="Country or state that it is shipped to.", examples=["DE"])
    customer: Customer | None = Field(default=None, description="Facts of the customer, such as of a new one.")


class Basket(Circumstances):
    """A basket to score."""

    model_config = ConfigDict(json_schema_extra={"examples": [BASKET]})

    ordered_at: TimestampNotAhead | None = Field(
        default=None, description="The moment as of which to score, at most a day ahead of the clock; left out: now."
    )
    lines: list[OfferedLine] = Field(min_length=1, max_length=MOST_LINES)


class BasketToExplain(Basket):
    """A basket to score, and how much of the why to say."""

    explain: HowMuch = Explain.NONE


def _few_lines(baskets: list[Basket]) -> list[Basket]:
    return _at_most(LINES_OF_BASKETS, baskets, sum(len(basket.lines) for basket in baskets))


class Baskets(Request):
    """Baskets to score at once: they may have 1000 lines together."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"baskets": [BASKET]}]})

    baskets: Annotated[list[Basket], Field(min_length=1, max_length=MOST_BASKETS), AfterValidator(_few_lines)]
    explain: HowMuch = Explain.NONE


class PlacedLine(BasketLine):
    """One line of an order."""

    line_id: Id = Field(description="The line; unique over all orders.", examples=["9001-1"])
    outcome_recorded: bool = Field(
        default=True, description="False: whether the line comes back will never be recorded."
    )
    closes_at: Timestamp | None = Field(
        default=None,
        description="When the outcome is decided, where the shop itself says so; left out: by the return window.",
    )


def _distinct(lines: list[PlacedLine]) -> list[PlacedLine]:
    if len({line.line_id for line in lines}) < len(lines):
        raise PydanticCustomError("duplicate_lines", "a line_id of its own for each line")
    return lines


class _WithEventId(Request):
    event_id: Id = Field(
        description="Id of the event: however often it is sent, it counts once.", examples=["return-9001-1"]
    )


class OrderPlaced(_WithEventId, Circumstances):
    """An order was placed; it has all of its lines."""

    type: Literal["order_placed"]
    order_id: Id = Field(description="The order.", examples=["9001"])
    ordered_at: TimestampNotAhead = Field(description="When; at most a day ahead of the clock.")
    lines: Annotated[list[PlacedLine], Field(min_length=1, max_length=MOST_LINES), AfterValidator(_distinct)]


class LineDelivered(_WithEventId):
    """A line was delivered."""

    type: Literal["line_delivered"]
    line_id: Id = Field(description="The line.", examples=["9001-1"])
    delivered_at: TimestampNotAhead = Field(description="When; at most a day ahead of the clock.")


class LineReturned(_WithEventId):
    """A line came back, wholly or in part."""

    type: Literal["line_returned"]
    line_id: Id = Field(description="The line.", examples=["9001-1"])
    returned_at: TimestampNotAhead = Field(
        description="When the shop's systems knew; at most a day ahead of the clock."
    )
    reason: Reason | None = Field(default=None, description="Why; left out where it was not recorded.")


Event = Annotated[OrderPlaced | LineDelivered | LineReturned, Field(discriminator="type")]


def _few_lines_ordered(events: list[Event]) -> list[Event]:
    return _at_most(
        LINES_OF_EVENTS, events, sum(len(event.lines) for event in events if isinstance(event, OrderPlaced))
    )


class Events(Request):
    """What happened, in any order: an event whose order isn't known yet waits for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": EVENTS}]})

    events: Annotated[list[Event], Field(min_length=1, max_length=MOST_EVENTS), AfterValidator(_few_lines_ordered)]


def _at_most(limit: int, items: list[T], lines: int) -> list[T]:
    if lines > limit:
        raise PydanticCustomError("too_many_lines", "at most {limit} lines altogether", {"limit": limit})
    return items
