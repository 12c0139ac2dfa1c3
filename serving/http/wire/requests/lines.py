"""Events of single lines."""

from typing import Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from data.schema import Reason
from serving.http.wire.requests.parts import IN_CURRENCY, Currency, Minor, Pieces
from serving.http.wire.requests.statement import WHEN, Statement
from serving.http.wire.text import Id, Label, Text
from serving.http.wire.timestamps import TimestampNotAhead

INFERRED: Final = "with reason_inferred, the reason that was read from the comment"


class _OfLine(Statement):
    line_id: Id = Field(description="The line.", examples=["9001-1"])


class LineShipped(_OfLine):
    """A line was sent out."""

    type: Literal["line_shipped"]
    shipped_at: TimestampNotAhead = Field(description=WHEN)


class LineDelivered(_OfLine):
    """A line was delivered: its return window runs from then."""

    type: Literal["line_delivered"]
    delivered_at: TimestampNotAhead = Field(description=WHEN)


class ReturnRequested(_OfLine):
    """The customer asked to return a line. It counts as returned only with `line_returned`."""

    type: Literal["return_requested"]
    requested_at: TimestampNotAhead = Field(description=WHEN)
    quantity: Pieces | None = Field(default=None, description="Pieces; left out: all.", examples=[1])
    reason: Reason | None = Field(default=None, description="Why; left out where it was not recorded.")


class _BackAgain(_OfLine):
    returned_at: TimestampNotAhead = Field(
        description="When the shop's systems knew; at most a day ahead of the clock."
    )
    quantity: Pieces | None = Field(default=None, description="Pieces that came back; left out: all.", examples=[1])
    return_id: Id | None = Field(
        default=None, description="The shop's own id of the return; left out: that of the event.", examples=["R-55"]
    )
    reason: Reason | None = Field(default=None, description="Why; left out where it was not recorded.")
    reason_inferred: bool | None = Field(
        default=None,
        description="True: the reason was read from the customer's comment, and not given as a code. The comment itself"
        " is not sent: it may hold personal data, and is kept nowhere.",
    )
    reason_detail: Text | None = Field(
        default=None, description="The shop's own finer reason.", examples=["sleeves too short"]
    )
    condition: Label | None = Field(
        default=None, description="The state in which it came back, in the shop's own words.", examples=["worn"]
    )

    @model_validator(mode="after")
    def _has_what_was_inferred(self) -> Self:
        if self.reason_inferred and self.reason is None:
            raise PydanticCustomError("inferred", INFERRED)
        return self


class LineReturned(_BackAgain):
    """A line came back, wholly or in part."""

    type: Literal["line_returned"]


class LineExchanged(_BackAgain):
    """A line came back, and the customer gets something else for it: a return that names what for."""

    type: Literal["line_exchanged"]
    exchanged_for_product: Id = Field(description="The product that the customer gets instead.", examples=["P-17"])
    exchanged_for_size: Label | None = Field(default=None, description="Its size, as labelled.", examples=["L"])


class ReturnCancelled(_OfLine):
    """A return was taken back: it counts as if it had never come."""

    type: Literal["return_cancelled"]
    return_id: Id = Field(
        description="The return: its `return_id`, or the id of its event where it has none.", examples=["R-55"]
    )
    cancelled_at: TimestampNotAhead = Field(description=WHEN)


class Refunded(_OfLine):
    """Money was paid back for a line, with a return or without."""

    type: Literal["refunded"]
    refunded_at: TimestampNotAhead = Field(description=WHEN)
    refunded_minor: Minor = Field(description="The money, in minor units (cents).", examples=[4999])
    currency: Currency | None = Field(default=None, description=IN_CURRENCY, examples=["EUR"])
    return_id: Id | None = Field(default=None, description="The return that it was for, if any.", examples=["R-55"])
