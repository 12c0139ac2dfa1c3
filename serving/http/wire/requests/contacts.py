"""Events of contacts: customers who called or wrote."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from serving.http.wire.requests.statement import WHEN, Statement
from serving.http.wire.text import CustomerId, Id, Label
from serving.http.wire.timestamps import TimestampNotAhead


class CustomerContacted(Statement):
    """A customer contacted the shop: a call, a letter, a chat. Experiments count it; no score depends on it.

    Send `order_id` where the contact was about an order, and `customer_id` else; one of the two is needed. It is never
    corrected: the decision log keeps what was sent first with an `event_id`.
    """

    type: Literal["customer_contacted"]
    customer_id: CustomerId | None = Field(
        default=None, description="The shop's own id of the customer, hashed on arrival.", examples=["C-1042"]
    )
    order_id: Id | None = Field(default=None, description="The order that it was about.", examples=["9001"])
    contacted_at: TimestampNotAhead = Field(description=WHEN)
    topic: Label | None = Field(
        default=None, description="The shop's own word for it; never what the customer said.", examples=["delivery"]
    )

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.customer_id is None and self.order_id is None:
            raise PydanticCustomError("contact", "a customer_id or an order_id")
        return self
