"""Events of whole orders."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.http.wire.requests.baskets import BasketLine, Circumstances
from serving.http.wire.requests.parts import MOST_LINES
from serving.http.wire.requests.statement import WHEN, Statement
from serving.http.wire.text import Id
from serving.http.wire.timestamps import Timestamp, TimestampNotAhead

EMPTY: Final = (
    "recorded_at with an empty line_ids, which takes back an event of before; or the lines that are cancelled"
)


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


class OrderContent(Circumstances):
    """An order with all of its lines."""

    order_id: Id = Field(description="The order.", examples=["9001"])
    ordered_at: TimestampNotAhead = Field(description="When it was placed; at most a day ahead of the clock.")
    lines: Annotated[list[PlacedLine], Field(min_length=1, max_length=MOST_LINES), AfterValidator(_distinct)] = Field(
        description="All lines of the order."
    )


class OrderPlaced(Statement, OrderContent):
    """An order was placed; it has all of its lines."""

    type: Literal["order_placed"]


class OrderChanged(Statement, OrderContent):
    """The whole order as it is now: it counts as if it had been placed like this. A line that is left out is gone."""

    type: Literal["order_changed"]
    changed_at: TimestampNotAhead = Field(description=WHEN)


class OrderCancelled(Statement):
    """An order was cancelled, or some of its lines were: a cancelled line is neither returned nor kept."""

    type: Literal["order_cancelled"]
    order_id: Id = Field(description="The order.", examples=["9001"])
    line_ids: Annotated[list[Id], Field(max_length=MOST_LINES)] | None = Field(
        default=None,
        description="The cancelled lines; left out: all of the order. An empty list, with `recorded_at`, takes back"
        " what the event with this `event_id` said before.",
        examples=[["9001-2"]],
    )
    cancelled_at: TimestampNotAhead = Field(description=WHEN)

    @model_validator(mode="after")
    def _corrects_where_it_is_empty(self) -> Self:
        if self.line_ids == [] and self.recorded_at is None:
            raise PydanticCustomError("empty_cancellation", EMPTY)
        return self
