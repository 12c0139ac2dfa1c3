"""Baskets to score."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Annotated, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.http.wire.examples import BASKET
from serving.http.wire.requests.parts import (
    IN_CURRENCY,
    MOST_LINES,
    MOST_SIZES,
    Currency,
    Customer,
    Minor,
    Pieces,
    Product,
    Request,
    at_most,
)
from serving.http.wire.text import Attributes, CustomerId, Id, Label
from serving.http.wire.timestamps import TimestampNotAhead
from serving.scores import Explain

MOST_BASKETS, LINES_OF_BASKETS = 100, 1000

HowMuch = Annotated[
    Explain,
    Field(
        description="How much of the why to say of each line: none; reasons: for which reasons it would come back; all:"
        " also what drives the probability, and what would lower it."
    ),
]


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
    product: Product | None = Field(
        default=None, description="Facts of the product, such as of one that is new; they serve this line alone."
    )
    attributes: Attributes | None = Field(
        default=None,
        description="Attributes of the line itself that the shop declared, by name.",
        examples=[{"promised_days": 3}],
    )


class OfferedLine(BasketLine):
    """One line of a basket to score."""

    line_id: Id | None = Field(
        default=None, description="What the shop calls the line; the answer repeats it.", examples=["1"]
    )
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
        description="What the shop calls the basket before it is an order: joins what was said with what came of it."
        " The answer repeats it.",
        examples=["B-77"],
    )
    currency: Currency | None = Field(default=None, description=IN_CURRENCY, examples=["EUR"])
    voucher_used: bool | None = Field(default=None, description="Whether a voucher was redeemed.")
    payment_method: Label | None = Field(default=None, description="How it is paid.", examples=["invoice"])
    channel: Label | None = Field(default=None, description="Where it comes from.", examples=["web"])
    region: Label | None = Field(default=None, description="Country or state that it is shipped to.", examples=["DE"])
    customer: Customer | None = Field(
        default=None, description="Facts of the customer, such as of a new one; they serve this basket or order alone."
    )


class Basket(Circumstances):
    """A basket to score."""

    model_config = ConfigDict(json_schema_extra={"examples": [BASKET]})

    ordered_at: TimestampNotAhead | None = Field(
        default=None,
        description="The moment as of which to score, at most a day ahead of the clock; left out: now. The state can't"
        " answer as of a time before the latest fact that it knows: an earlier moment is refused.",
    )
    lines: list[OfferedLine] = Field(description="What is in it.", min_length=1, max_length=MOST_LINES)


Complaint = Annotated[
    bool,
    Field(description="Whether the customer has an open complaint: then nothing is done about the basket."),
]


class BasketToExplain(Basket):
    """A basket to score, how much of the why to say, and whether to decide about it, too."""

    explain: HowMuch = Explain.NONE
    decide: bool = Field(
        default=False, description="True: also decide what to do about the basket, which then needs a basket_id."
    )
    open_complaint: Complaint = False

    @model_validator(mode="after")
    def _can_be_decided(self) -> Self:
        if self.decide and self.basket_id is None:
            raise PydanticCustomError("basket_id", "a basket_id beside decide, which joins what came of it")
        return self


class BasketToDecide(Basket):
    """A basket to decide about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"basket_id": "B-77", **BASKET}]})

    basket_id: Id = Field(
        description="What the shop calls the basket before it is an order: joins the decision with what came of it.",
        examples=["B-77"],
    )
    open_complaint: Complaint = False


def _few_lines(baskets: list[Basket]) -> list[Basket]:
    return at_most(LINES_OF_BASKETS, baskets, sum(len(basket.lines) for basket in baskets))


class Baskets(Request):
    """Baskets to score at once: they may have 1000 lines together."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"baskets": [BASKET]}]})

    baskets: Annotated[list[Basket], Field(min_length=1, max_length=MOST_BASKETS), AfterValidator(_few_lines)] = Field(
        description="Each is scored by itself."
    )
    explain: HowMuch = Explain.NONE


_OF_BASKET: Final = ("customer_id", "voucher_used", "payment_method", "channel", "region")
_OF_LINE: Final = ("list_price_minor", "size", "color")
_basket_values, _line_values = attrgetter(*_OF_BASKET), attrgetter(*_OF_LINE)


def missing_fields(baskets: Iterable[Basket]) -> list[str]:
    """Name the fields that baskets and lines leave out, each once for each, of those that no look-up can fill."""
    missing: list[str] = []
    for basket in baskets:
        missing += _without_value(_OF_BASKET, _basket_values(basket))
        for line in basket.lines:
            missing += _without_value(_OF_LINE, _line_values(line))
    return missing


def _without_value(names: tuple[str, ...], values: tuple[object, ...]) -> list[str]:
    return [name for name, value in zip(names, values, strict=True) if value is None] if None in values else []
