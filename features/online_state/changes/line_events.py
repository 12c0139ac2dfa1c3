"""Applies deliveries and returns of lines; an event waits where the order of its line has not arrived yet."""

from data.times import iso
from features.online_state import records
from features.online_state.changes.settling import settle
from features.online_state.changes.work import Work
from features.online_state.events import LineDelivered, LineReturned, Receipt, Status, known_at, refused
from features.online_state.first_return import first_of
from features.online_state.records import LineRecord, Return
from features.stores.store import Agenda

WAITING = 16
"""The most events that wait for the order of one line; more are refused."""


def take(work: Work, event: LineDelivered | LineReturned) -> Receipt:
    """Apply an event of a line, or keep the event until the order of the line arrives."""
    key = records.line_key(event.line_id)
    (value,) = work.store.get([key])
    if value is None:
        return _wait(work, event)
    line = records.read_line(value)
    receipt = _learn(line, event)
    if receipt.status is Status.APPLIED:
        work.note(known_at(event))
        settle(work, key, line)
    return receipt


def catch_up(work: Work, line: LineRecord, key: bytes, value: bytes | None) -> None:
    """Apply the events that waited for the order of ``line``; ``key`` and ``value`` are their record.

    An event that contradicts the order is dropped: after the order it would have been refused.
    """
    for event in records.read_events(value):
        if isinstance(event, LineDelivered | LineReturned) and _learn(line, event).status is Status.APPLIED:
            work.note(known_at(event))
    if value is not None:
        work.store.delete(key)


def _wait(work: Work, event: LineDelivered | LineReturned) -> Receipt:
    if known_at(event) + work.terms.remember < work.now:
        return refused(event, f"known at {iso(known_at(event))}, too long before now, {iso(work.now)}")
    key = records.waiting_key(event.line_id)
    (value,) = work.store.get([key])
    waiting = records.read_events(value)
    if len(waiting) >= WAITING:
        return refused(event, f"{WAITING} events wait for the order of this line: send the order first")
    work.store.put(key, records.write_events([*waiting, event]))
    work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)
    return Receipt(event.event_id, Status.WAITING)


def _learn(line: LineRecord, event: LineDelivered | LineReturned) -> Receipt:
    """Add the event's fact to the line, unless the fact contradicts the line."""
    at = known_at(event)
    if at < line.ordered_at:
        return refused(event, f"known at {iso(at)}, before its order of {iso(line.ordered_at)}")
    if isinstance(event, LineReturned):
        line.returned = first_of(line.returned, Return(at, event.event_id, event.reason))
    elif line.delivered_at is None:
        line.delivered_at = at
    elif line.delivered_at == at:
        return Receipt(event.event_id, Status.DUPLICATE)
    else:
        return refused(event, f"delivered at {iso(at)}, and at {iso(line.delivered_at)} by an earlier event")
    return Receipt(event.event_id, Status.APPLIED)
