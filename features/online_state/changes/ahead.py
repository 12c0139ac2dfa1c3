"""Events that lie ahead of the clock and change more than the events of lines: each waits, as a whole, for its time.

What an order or a return says ahead of the clock lies in the record of its order, and no counter has it before its time
(`features.online_state.order_life`). A change of a whole order, a withdrawal, a change of facts, a merge and an erasure
have no such place: they change what is known. So the event itself waits, on an agenda of its own. Where it corrects a
statement that is applied already, that one holds until then, and is kept beside the one that waits: a state that takes
this one over is told both.
"""

from collections.abc import Sequence
from dataclasses import replace

from data.times import SLIGHTLY_AHEAD, iso
from features.online_state import records
from features.online_state.changes import orders, people
from features.online_state.changes.work import Reading, Work
from features.online_state.events import (
    CustomerChanged,
    CustomerContacted,
    CustomerErased,
    CustomersMerged,
    Event,
    OrderChanged,
    ProductChanged,
    Reacted,
    Receipt,
    ReturnCancelled,
    Status,
    known_at,
)
from features.stores.store import Agenda

WHOLE = OrderChanged | ReturnCancelled | ProductChanged | CustomerChanged | CustomersMerged | CustomerErased
"""The kinds of events that wait as a whole."""


LOGGED_AHEAD = "it lies ahead of the clock, and is in the decision log under that time"
"""What is said of an event that no counter waits for."""


def put_off(work: Work, event: Event, holding: Sequence[Event]) -> Receipt | None:
    """Let an event that lies ahead of the clock wait for its time; None for one that may be applied now.

    An event that can't count at its time either is refused. ``holding``: the statement with its id that is `in_force`.
    """
    if not isinstance(event, WHOLE) or not _lies_ahead(work, event):
        return None
    never = _impossible(work, event)
    if never is not None:
        return never
    work.store.schedule(Agenda.AHEAD, known_at(event), records.event_key(event.event_id))
    return _to_come(event, holding)


def call_off(work: Work, event: Event) -> None:
    """Let an event wait no longer, as another with its id has taken its place."""
    if isinstance(event, WHOLE):
        work.store.unschedule(Agenda.AHEAD, known_at(event), records.event_key(event.event_id))


def _waits(work: Reading, event: Event) -> bool:
    """Whether the event, the last that was stated with its id, still waits for its time."""
    entry = known_at(event), records.event_key(event.event_id)
    return isinstance(event, WHOLE) and work.store.due(Agenda.AHEAD, entry[0] + 1, 1, since=entry) == [entry]


def in_force(work: Reading, told: Sequence[Event]) -> Sequence[Event]:
    """Of the statements of one id, as the state keeps them, the one that holds until a waiting correction is due."""
    if not told or not isinstance(told[-1], WHOLE):
        return ()
    return told[:-1] if _waits(work, told[-1]) else told[-1:]


def standing_to_come(work: Reading, told: Sequence[Event]) -> Receipt | None:
    """The receipt of the event that was stated last, where it still waits for its time; else None."""
    event = told[-1]
    if not _waits(work, event):
        return None
    never = _impossible(work, event)  # such as an order whose line another order has got meanwhile
    return _to_come(event, in_force(work, told)) if never is None else replace(never, status=Status.NOT_COUNTED)


def noting_time(work: Reading, event: Event, receipt: Receipt) -> Receipt:
    """Say so where an event is applied whose time is still to come."""
    if receipt.status is not Status.APPLIED or isinstance(event, WHOLE) or not _lies_ahead(work, event):
        return receipt
    when = LOGGED_AHEAD if isinstance(event, Reacted | CustomerContacted) else _when(event)
    detail = "; ".join(each for each in (when, receipt.detail) if each)
    return replace(receipt, detail=detail)


def _impossible(work: Reading, event: Event) -> Receipt | None:
    """The receipt of an event that is refused at once, and at its time; else None."""
    match event:
        case OrderChanged():
            return orders.impossible(work, event)
        case CustomersMerged():
            return people.impossible(work, event)
        case _:
            return None


def _lies_ahead(work: Reading, event: Event) -> bool:
    return known_at(event) > work.now + SLIGHTLY_AHEAD


def _to_come(event: Event, corrects: Sequence[Event]) -> Receipt:
    until = "; until then, what was said before with its id holds" if corrects else ""
    return Receipt(event.event_id, Status.APPLIED, _when(event) + until)


def _when(event: Event) -> str:
    return f"it lies ahead of the clock, and counts from {iso(known_at(event))} on"
