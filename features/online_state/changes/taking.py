"""Takes an event in, whatever its kind; events with the same id are one event, or a correction of it."""

from collections.abc import Sequence
from dataclasses import replace

from data.times import AHEAD, iso
from features.online_state import records
from features.online_state.changes import ahead, line_events, orders, people, products, reactions
from features.online_state.changes.differences import differences
from features.online_state.changes.work import Work
from features.online_state.events import (
    LOGGED,
    NOBODY,
    Cause,
    CustomerChanged,
    CustomerContacted,
    CustomerErased,
    CustomersMerged,
    Event,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ProductChanged,
    Reacted,
    Receipt,
    Status,
    known_at,
    recorded_at,
    refused,
)
from features.stores.store import Agenda

KEPT = (Status.APPLIED, Status.WAITING, Status.NOT_COUNTED, Status.DUPLICATE)
"""The statuses of events that the state keeps.

A statement that says what is known already is kept, too: it may hold over earlier ones, which a state that is built
from tables would else be told without it.
"""
CORRECTIONS = 8
"""The most earlier statements of a corrected cancellation that the state keeps."""


def take(work: Work, event: Event) -> Receipt:
    """Apply one event and keep it, unless it is known, contradicts what is known, or is ahead of the clock."""
    event = _without_the_erased(work, event)
    key = records.event_key(event.event_id)
    (value,) = work.store.get([key])
    told = records.read_events(value)
    if event in told or _erased_before(event, told):
        return Receipt(event.event_id, Status.DUPLICATE)
    holding = ahead.in_force(work, told)
    receipt = _contradiction(event, told) or _ahead(work, event)
    put_off = None if receipt is not None else ahead.put_off(work, event, holding)
    receipt = receipt or put_off or ahead.noting_time(work, event, _apply(work, event))
    if receipt.status in KEPT:
        for other in told:
            if put_off is None or known_at(other) != known_at(event):
                ahead.call_off(work, other)
        earlier = _corrected(told) if put_off is None else holding
        work.store.put(key, records.write_events([*earlier, event]))
        work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)
    return receipt


def come_true(work: Work, due: list[tuple[int, bytes]]) -> int:
    """Apply the events in ``due``, which lay ahead of the clock until now; give their number."""
    for at, key in due:
        work.store.unschedule(Agenda.AHEAD, at, key)
        told = records.read_events(work.store.get([key])[0])
        if told:
            event = _without_the_erased(work, told[-1])
            taken = _apply(work, event).status is not Status.REFUSED
            work.store.put(key, records.write_events([event] if taken else [*told[:-1], event]))
    return len(due)


def _without_the_erased(work: Work, event: Event) -> Event:
    """The event as it may be kept: an order of a customer who was erased since is nobody's."""
    if isinstance(event, OrderPlaced | OrderChanged) and not people.owned(work, event.order):
        return people.without_customer(event)
    return event


def _erased_before(event: Event, told: Sequence[Event]) -> bool:
    """Whether the event asks once more for an erasure that is known, of a customer who by now can't be named."""
    if not isinstance(event, CustomerErased) or event.customer_id != NOBODY:
        return False
    return any(isinstance(each, CustomerErased) and replace(each, customer_id=NOBODY) == event for each in told)


def _apply(work: Work, event: Event) -> Receipt:
    match event:
        case OrderPlaced() | OrderChanged():
            return orders.take(work, event)
        case OrderCancelled():
            return orders.cancel(work, event)
        case ProductChanged():
            return products.change(work, event)
        case CustomerChanged() | CustomersMerged() | CustomerErased():
            return people.take(work, event)
        case Reacted() | CustomerContacted():
            return reactions.take(work, event)
        case _:
            return line_events.take(work, event)


def _corrected(told: Sequence[Event]) -> Sequence[Event]:
    """What a correction keeps of the statements before it: cancellations.

    Tables have no id of a cancellation. A state that is built from tables knows by the statements of before which
    times in the tables the correction takes back.
    """
    return [each for each in told if isinstance(each, OrderCancelled)][-CORRECTIONS:]


def _contradiction(event: Event, known: list[Event]) -> Receipt | None:
    """The receipt of an event whose id another has, unless it corrects that one: it was recorded later."""
    for other in known:
        if _subject(other) != _subject(event):
            return refused(
                event, f"its id was used before, by {_subject(other)}; this one is {_subject(event)}", Cause.ID_USED
            )
        if isinstance(event, LOGGED):  # the decision log has the first one
            if replace(event, recorded_at=other.recorded_at) == other:
                return Receipt(event.event_id, Status.DUPLICATE)
            why = f"its id was used before with another content: {differences(other, event)}"
            return refused(
                event, f"{why}; an event of the decision log is not corrected: send another event_id", Cause.ID_USED
            )
        if recorded_at(event) <= recorded_at(other):
            why = f"its id was used before with another content: {differences(other, event)}"
            return refused(event, f"{why}; to correct it, send a later recorded_at", Cause.ID_USED)
    return None


def _subject(event: Event) -> str:
    """What the event is about, by the names of the API; a customer is not named."""
    kind = "reaction" if isinstance(event, Reacted) else _wire_name(type(event).__name__)
    for name in ("line_id", "order_id", "product_id", "decision_id"):
        if hasattr(event, name):
            return f"{kind} of {name} {getattr(event, name)}"
    return kind


def _wire_name(kind: str) -> str:
    """The type of an event on the wire, such as ``order_placed`` of the class ``OrderPlaced``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).removeprefix("_")


def _ahead(work: Work, event: Event) -> Receipt | None:
    if known_at(event) > work.now + AHEAD:
        return refused(event, f"ahead of the clock: known at {iso(known_at(event))}, now {iso(work.now)}", Cause.AHEAD)
    return None
