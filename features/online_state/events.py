"""The events of the online state. Each has an id and counts once, even when it is sent several times.

Nobody sends the close of a return window as an event: the clock alone closes a window.
"""

from dataclasses import dataclass
from enum import StrEnum

from features.online_state.order import Order


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """An order with all its lines, known at ``order.ordered_at``. ``line_ids`` are the ids of ``order.lines``."""

    event_id: str
    order_id: str
    line_ids: tuple[str, ...]
    order: Order


@dataclass(frozen=True, slots=True)
class LineDelivered:
    """A line was delivered, which moves the close of its return window."""

    event_id: str
    line_id: str
    delivered_at: int


@dataclass(frozen=True, slots=True)
class LineReturned:
    """A line came back, wholly or in part; ``reason`` is a code of `data.schema.Reason`, None where not recorded."""

    event_id: str
    line_id: str
    returned_at: int
    reason: str | None = None


Event = OrderPlaced | LineDelivered | LineReturned


class Status(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # its id, or the same fact, is known already: nothing changed
    WAITING = "waiting"  # kept until the order of its line arrives
    REFUSED = "refused"  # contradicts known facts, or comes too late


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one event; ``detail`` gives the reason of a refusal with the times, and names no person."""

    event_id: str
    status: Status
    detail: str = ""


def known_at(event: Event) -> int:
    """When an event became known to the shop, in microseconds since 1970."""
    match event:
        case OrderPlaced():
            return event.order.ordered_at
        case LineDelivered():
            return event.delivered_at
        case LineReturned():
            return event.returned_at


def refused(event: Event, why: str) -> Receipt:
    """The receipt of a refused event; ``why`` names no person."""
    return Receipt(event.event_id, Status.REFUSED, why)
