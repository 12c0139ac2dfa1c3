"""Events of products and customers. What they leave out stays as it was."""

from typing import Literal

from pydantic import Field

from serving.http.wire.requests.parts import Customer, Product
from serving.http.wire.requests.statement import WHEN, Statement
from serving.http.wire.text import CustomerId, Id, Text
from serving.http.wire.timestamps import TimestampNotAhead

_SINCE = "From when on it is so; at most a day ahead of the clock."


class ProductChanged(Statement, Product):
    """What is known of a product from a time on, for a new product, too. What is left out stays as it was."""

    type: Literal["product_changed"]
    product_id: Id = Field(description="The product, without its size and color.", examples=["P-17"])
    changed_at: TimestampNotAhead = Field(description=_SINCE)
    name: Text | None = Field(default=None, description="What the product is called.", examples=["Summer dress"])


class CustomerChanged(Statement, Customer):
    """What is known of a customer from a time on. What is left out stays as it was."""

    type: Literal["customer_changed"]
    customer_id: CustomerId = Field(
        description="The shop's own id of the customer, hashed on arrival.", examples=["C-1042"]
    )
    changed_at: TimestampNotAhead = Field(description=_SINCE)


class CustomersMerged(Statement):
    """Two accounts are one customer: all that is known of the first belongs to the second."""

    type: Literal["customers_merged"]
    customer_id: CustomerId = Field(description="The account that is given up, hashed on arrival.", examples=["C-1042"])
    into: CustomerId = Field(description="The account that stays, hashed on arrival.", examples=["C-7"])
    merged_at: TimestampNotAhead = Field(description=WHEN)


class CustomerErased(Statement):
    """A customer is to be forgotten: orders placed until then belong to nobody."""

    type: Literal["customer_erased"]
    customer_id: CustomerId = Field(
        description="The shop's own id of the customer, hashed on arrival.", examples=["C-1042"]
    )
    erased_at: TimestampNotAhead = Field(description=WHEN)
