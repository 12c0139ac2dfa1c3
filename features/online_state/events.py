"""The events of the online state. Each has an id and counts once, even when it is sent several times.

Nobody sends the close of a return window as an event: the clock alone closes a window.

An event is a statement of a fact. Two statements of one fact, such as two deliveries of one line, contradict each
other: the one with the later `version` holds, in whatever order they arrive. Times are whole microseconds since 1970,
UTC. ``recorded_at`` is when the shop recorded the statement; None stands for the time of the fact itself.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from features.online_state.order import CustomerFacts, Order, ProductFacts


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """An order with all its lines, known at ``order.ordered_at``. ``line_ids`` are the ids of ``order.lines``."""

    event_id: str
    order_id: str
    line_ids: tuple[str, ...]
    order: Order
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The whole order as it is from ``changed_at`` on; it counts as if it had been placed like this."""

    event_id: str
    order_id: str
    changed_at: int
    line_ids: tuple[str, ...]
    order: Order
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order, or only the lines ``line_ids`` of it, will not be delivered: their outcome is none."""

    event_id: str
    order_id: str
    cancelled_at: int
    line_ids: tuple[str, ...] | None = None
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class LineShipped:
    """A line was sent out; nothing is counted by it."""

    event_id: str
    line_id: str
    shipped_at: int
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class LineDelivered:
    """A line was delivered, which moves the close of its return window."""

    event_id: str
    line_id: str
    delivered_at: int
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """The customer asked to return the line; nothing is counted by it."""

    event_id: str
    line_id: str
    requested_at: int
    quantity: int | None = None
    reason: str | None = None
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class LineReturned:
    """Pieces of a line came back, all of them where ``quantity`` is None.

    ``reason`` is a code of `data.schema.Reason`, None where not recorded; ``reason_inferred``: True where it was read
    from the customer's comment, and else None. ``exchanged_for`` and ``exchanged_size`` are the product and the size
    that the customer gets instead. ``return_id`` is the shop's id of the return, None for the event's own id.
    """

    event_id: str
    line_id: str
    returned_at: int
    reason: str | None = None
    quantity: int | None = None
    return_id: str | None = None
    reason_detail: str | None = None
    condition: str | None = None
    exchanged_for: str | None = None
    exchanged_size: str | None = None
    recorded_at: int | None = None
    reason_inferred: bool | None = None

    @property
    def identity(self) -> str:
        """The id of the return."""
        return self.return_id or self.event_id


@dataclass(frozen=True, slots=True)
class ReturnCancelled:
    """The return ``return_id`` of a line is taken back: it counts as if it had never come."""

    event_id: str
    line_id: str
    return_id: str
    cancelled_at: int
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money was paid back for a line, with a return or without; nothing is counted by it."""

    event_id: str
    line_id: str
    refunded_at: int
    refunded_minor: int
    return_id: str | None = None
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class ProductChanged:
    """What is known of a product from ``changed_at`` on; what ``facts`` leave out stays as it was."""

    event_id: str
    product_id: str
    changed_at: int
    facts: ProductFacts
    name: str | None = None
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """What is known of a customer from ``changed_at`` on; what ``facts`` leave out stays as it was."""

    event_id: str
    customer_id: str
    changed_at: int
    facts: CustomerFacts
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Two accounts are one customer: all that is known of ``customer_id`` belongs to ``into``."""

    event_id: str
    customer_id: str
    into: str
    merged_at: int
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerErased:
    """The customer is to be forgotten: orders placed until ``erased_at`` belong to nobody."""

    event_id: str
    customer_id: str
    erased_at: int
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True)
class Reacted:
    """What was done about the decision ``decision_id``; nothing is counted by it.

    ``did``: of `data.logged.decisions.Did`. ``unknown``: whether it needs an action of the decision, and no decision
    with this id and an action was known when it came.
    """

    event_id: str
    decision_id: str
    did: str
    reacted_at: int
    recorded_at: int | None = None
    unknown: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class CustomerContacted:
    """A customer contacted the shop; nothing is counted by it.

    ``about``: a digest of the customer, the order and the topic, which tells whether a known id is sent with another
    content. The state keeps neither of them: they go to the decision log.
    """

    event_id: str
    about: str
    contacted_at: int
    recorded_at: int | None = None


LineEvent = LineShipped | LineDelivered | ReturnRequested | LineReturned | ReturnCancelled | Refunded
OrderContent = OrderPlaced | OrderChanged
PersonEvent = CustomerChanged | CustomersMerged | CustomerErased
Event = OrderContent | OrderCancelled | LineEvent | ProductChanged | PersonEvent | Reacted | CustomerContacted


UNKNOWN_DECISION = (
    "no decision with this id and an action is known; it is in the decision log all the same, and counts in experiments"
    " only where the log has that decision"
)


NOBODY = ""
"""The customer of an event of a person of whom nothing is kept: one who was erased, is not known or opted out."""
FROM_TABLES = ""
"""The id of the events that tables stand for: any event of the same fact holds over them."""


class Status(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # the same event is known already: nothing changed
    WAITING = "waiting"  # kept until the order, line or return that it is about arrives
    NOT_COUNTED = "not_counted"  # known, and without effect as things stand
    REFUSED = "refused"  # contradicts known facts, or comes too late
    FAILED = "failed"  # the code that applies it failed: nothing is known against the event, and it is not kept


class Cause(StrEnum):
    """Why an event was refused, for counting; the detail of its receipt says it in words."""

    AHEAD = "ahead_of_clock"
    ERASED = "customer_erased"  # of a time before the erasure of its customer
    ID_USED = "id_used"  # its id was used before, with another content
    IMPOSSIBLE = "impossible"  # contradicts itself, or a known fact
    LATE = "too_late"  # what it is about can no longer change, or is forgotten
    WAITING = "too_many_waiting"  # too many events wait for the order of the line


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one event; ``detail`` gives the reason where it does not count, and names no person.

    ``cause``: of a refused one, for counting; no part of the answer.
    """

    event_id: str
    status: Status
    detail: str = ""
    cause: Cause | None = field(default=None, compare=False)


_TIMES = {
    OrderChanged: "changed_at",
    OrderCancelled: "cancelled_at",
    LineShipped: "shipped_at",
    LineDelivered: "delivered_at",
    ReturnRequested: "requested_at",
    LineReturned: "returned_at",
    ReturnCancelled: "cancelled_at",
    Refunded: "refunded_at",
    ProductChanged: "changed_at",
    CustomerChanged: "changed_at",
    CustomersMerged: "merged_at",
    CustomerErased: "erased_at",
    Reacted: "reacted_at",
    CustomerContacted: "contacted_at",
}


def known_at(event: Event) -> int:
    """When the fact of an event became known to the shop, in microseconds since 1970."""
    return event.order.ordered_at if isinstance(event, OrderPlaced) else int(getattr(event, _TIMES[type(event)]))


def recorded_at(event: Event) -> int:
    """When the shop recorded the statement, in microseconds since 1970."""
    return known_at(event) if event.recorded_at is None else event.recorded_at


Version = tuple[int, str]


def version(event: Event) -> Version:
    """The rank of a statement among others of the same fact: the greatest holds."""
    return recorded_at(event), event.event_id


LOGGED = (Reacted, CustomerContacted)
"""The events of the decision log: the state knows their ids alone."""


def of_logged(event: Reacted | CustomerContacted) -> Receipt:
    """The receipt of an event of the decision log."""
    if isinstance(event, Reacted) and event.unknown:
        return Receipt(event.event_id, Status.NOT_COUNTED, UNKNOWN_DECISION)
    return Receipt(event.event_id, Status.APPLIED)


def refused(event: Event, why: str, cause: Cause = Cause.IMPOSSIBLE) -> Receipt:
    """The receipt of a refused event; ``why`` names no person."""
    return Receipt(event.event_id, Status.REFUSED, why, cause)
