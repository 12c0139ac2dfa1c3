"""Removes orders, events and waiting events that the state no longer needs.

An order that events changed stays for another while as it was at its end, under a key of its own: counters no longer
read it, and the next export of tables still finds it.
"""

from dataclasses import replace

from data.times import MICROSECONDS_PER_DAY
from features.online_state import order_record, records
from features.online_state.changes.links import link
from features.online_state.changes.settling import kept_until, settle
from features.online_state.changes.work import Work
from features.online_state.events import FROM_TABLES, known_at
from features.online_state.order_life import lives
from features.online_state.order_record import OrderRecord
from features.stores.store import Agenda


def forget(work: Work, due: list[tuple[int, bytes]]) -> int:
    """Remove the records in ``due`` that are no longer needed; a record that a later fact extended is kept longer."""
    for (at, key), value in zip(due, work.store.get([key for _, key in due]), strict=True):
        work.store.unschedule(Agenda.FORGET, at, key)
        if value is None:
            continue
        order = order_record.read(value) if records.is_order(key) else None
        later = _needed_until(work, key, value, order)
        if later is not None and later >= work.now:
            work.store.schedule(Agenda.FORGET, later, key)
            continue
        if order is not None:
            _forget_order(work, order)
        work.store.delete(key)
    return len(due)


def drop_changes(work: Work, due: list[tuple[int, bytes]]) -> int:
    """Remove the entries of changes in ``due``, which are older than the memory of the state."""
    for at, key in due:
        work.store.unschedule(Agenda.CHANGED, at, key)
    return len(due)


def _needed_until(work: Work, key: bytes, value: bytes, order: OrderRecord | None) -> int | None:
    """The time until which a record is needed; None where the time on the agenda is final."""
    if records.is_waiting(key):
        return max(known_at(event) for event in records.read_events(value)) + work.terms.remember
    if order is None:
        return None
    if order.scheduled:  # the writer is behind and has not counted all closes yet, or they wait for outcomes
        until = kept_until(work, order, settle(work, order))
        return max(until, work.now + MICROSECONDS_PER_DAY) if order.scheduled else until
    return kept_until(work, order, lives(order, work.outcome))


def _forget_order(work: Work, order: OrderRecord) -> None:
    link(work, order, there=False)
    for line_id in order.lines:
        work.store.delete(records.line_key(line_id))
    if order.content is None or not _is_of_events(order):
        return
    key = records.closed_order_key(records.order_key(order.order_id))
    work.store.put(key, order_record.write(replace(order, counted={}, scheduled=[])))
    work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)


def _is_of_events(order: OrderRecord) -> bool:
    """Whether an event stated something of the order; true for some orders of tables, too, which does no harm."""
    facts = (each for line in order.lines.values() for each in (line.shipped, line.delivered, *line.returns.values()))
    stated = any(each is not None and each.event_id != FROM_TABLES for each in facts)
    more = any(line.withdrawn or line.refunds for line in order.lines.values())
    return bool(order.told or order.cancelled or stated or more)
