"""Events that lie ahead of the clock and change more than the events of lines: each waits, as a whole, for its time.

What an order or a return says ahead of the clock lies in the record of its order, and no counter has it before its time
(`features.online_state.order_life`). A change of a whole order, a withdrawal, a change of facts, a merge and an erasure
have no such place: they change what is known. So the event itself waits, on an agenda of its own.
"""

from data.times import SLIGHTLY_AHEAD, iso
from features.online_state import records
from features.online_state.changes.work import Reading, Work
from features.online_state.events import (
    CustomerChanged,
    CustomerErased,
    CustomersMerged,
    Event,
    OrderChanged,
    ProductChanged,
    Receipt,
    ReturnCancelled,
    Status,
    known_at,
)
from features.stores.store import Agenda

WHOLE = OrderChanged | ReturnCancelled | ProductChanged | CustomerChanged | CustomersMerged | CustomerErased
"""The kinds of events that wait as a whole."""


def put_off(work: Work, event: Event) -> Receipt | None:
    """Let an event that lies ahead of the clock wait for its time; None for one that may be applied now."""
    if not isinstance(event, WHOLE) or known_at(event) <= work.now + SLIGHTLY_AHEAD:
        return None
    work.store.schedule(Agenda.AHEAD, known_at(event), records.event_key(event.event_id))
    return to_come(event)


def call_off(work: Work, event: Event) -> None:
    """Let an event wait no longer, as another with its id has taken its place."""
    if isinstance(event, WHOLE):
        work.store.unschedule(Agenda.AHEAD, known_at(event), records.event_key(event.event_id))


def waits(work: Reading, event: Event) -> bool:
    """Whether the event still waits for its time."""
    entry = known_at(event), records.event_key(event.event_id)
    return isinstance(event, WHOLE) and work.store.due(Agenda.AHEAD, entry[0] + 1, 1, since=entry) == [entry]


def to_come(event: Event) -> Receipt:
    """The receipt of an event that waits for its time."""
    return Receipt(
        event.event_id, Status.APPLIED, f"it lies ahead of the clock, and counts from {iso(known_at(event))} on"
    )
