"""What requests are made of: the base of all parts, whole numbers, and the facts of products and customers."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from serving.http.wire.text import Attributes, Label
from serving.http.wire.timestamps import Timestamp, TimestampNotAhead

MOST_LINES, MOST_SIZES = 100, 50
MOST_MINOR = 10**9

T = TypeVar("T")

Minor = Annotated[int, Field(ge=0, le=MOST_MINOR)]
Pieces = Annotated[int, Field(ge=1, le=1000)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
IN_CURRENCY = (
    "ISO 4217 code of the currency of the amounts here, which are in its minor units: JPY has no decimals, KWD three."
    " Left out: the shop's own. Another one is converted by the rates that the shop set for the day of the order or"
    " refund, or refused: GET /v1/model lists those that are taken."
)
Year = Annotated[int, Field(ge=1900, le=2100)]


class Request(BaseModel):
    """Base of all parts of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Product(Request):
    """Facts of a product beside its id. What is left out is looked up.

    In a basket or an order they serve this basket or order alone: the event `product_changed` is what changes
    the product for all others.
    """

    department: Label | None = Field(default=None, description="Top level of the range.", examples=["fashion"])
    category: Label | None = Field(default=None, description="Category of the product.", examples=["dresses"])
    brand: Label | None = Field(default=None, description="Brand of the product.", examples=["Acme"])
    supplier: Label | None = Field(default=None, description="Who supplies the product.", examples=["Acme Textiles"])
    launched_at: Timestamp | None = Field(default=None, description="When the product went on sale, or will.")
    attributes: Attributes | None = Field(
        default=None,
        description="Attributes of the product that the shop declared, by name.",
        examples=[{"material": "wool"}],
    )


class Customer(Request):
    """Facts of a customer beside the id. What is left out is looked up.

    In a basket or an order they serve this basket or order alone: the event `customer_changed` is what changes what is
    known of the customer.
    """

    registered_at: TimestampNotAhead | None = Field(
        default=None, description="When the customer's account was opened; at most a day ahead of the clock."
    )
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


def at_most(limit: int, items: list[T], lines: int) -> list[T]:
    """Give ``items``; refuse them where they have more than ``limit`` lines together."""
    if lines > limit:
        raise PydanticCustomError("too_many_lines", "at most {limit} lines altogether", {"limit": limit})
    return items
