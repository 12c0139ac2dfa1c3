"""Events of all kinds, many at once."""

from typing import Annotated, Final, get_args

from pydantic import AfterValidator, ConfigDict, Field

from serving.http.wire.examples import EVENTS
from serving.http.wire.requests.contacts import CustomerContacted
from serving.http.wire.requests.facts import CustomerChanged, CustomerErased, CustomersMerged, ProductChanged
from serving.http.wire.requests.lines import (
    LineDelivered,
    LineExchanged,
    LineReturned,
    LineShipped,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
)
from serving.http.wire.requests.orders import OrderCancelled, OrderChanged, OrderPlaced
from serving.http.wire.requests.parts import Request, at_most
from serving.http.wire.requests.reactions import Reaction

MOST_EVENTS, LINES_OF_EVENTS = 500, 5000

OfOrder = OrderPlaced | OrderChanged | OrderCancelled
OfLine = LineShipped | LineDelivered | ReturnRequested | LineReturned | LineExchanged | ReturnCancelled | Refunded
OfFacts = ProductChanged | CustomerChanged | CustomersMerged | CustomerErased
OfLog = Reaction | CustomerContacted
Event = Annotated[OfOrder | OfLine | OfFacts | OfLog, Field(discriminator="type")]

KINDS: Final = tuple(
    name
    for kind in get_args(OfOrder | OfLine | OfFacts | OfLog)
    for name in get_args(kind.model_fields["type"].annotation)
)
"""The `type` of each kind of event."""


def lines_of(event: Event) -> int:
    """Count the order lines that an event has or is about."""
    if isinstance(event, OfLog):
        return 0
    return len(event.lines) if isinstance(event, OrderPlaced | OrderChanged) else 1


def _few_lines_ordered(events: list[Event]) -> list[Event]:
    orders = [event for event in events if isinstance(event, OrderPlaced | OrderChanged)]
    return at_most(LINES_OF_EVENTS, events, sum(map(lines_of, orders)))


class Events(Request):
    """What happened, in any order: an event whose order isn't known yet waits for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": EVENTS}]})

    events: Annotated[list[Event], Field(min_length=1, max_length=MOST_EVENTS), AfterValidator(_few_lines_ordered)] = (
        Field(description="They may be of any kinds, and of several orders.")
    )
