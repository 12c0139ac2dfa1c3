"""Removes lines, events and waiting events that the state no longer needs."""

from features.online_state import records
from features.online_state.changes.settling import kept_until, settle
from features.online_state.changes.work import Work
from features.online_state.events import known_at
from features.stores.store import Agenda


def forget(work: Work, due: list[tuple[int, bytes]]) -> int:
    """Remove the records in ``due`` that are no longer needed; a record that a later fact extended is kept longer."""
    for (at, key), value in zip(due, work.store.get([key for _, key in due]), strict=True):
        work.store.unschedule(Agenda.FORGET, at, key)
        later = None if value is None else _needed_until(work, key, value)
        if later is not None and later >= work.now:
            work.store.schedule(Agenda.FORGET, later, key)
        else:
            work.store.delete(key)
    return len(due)


def _needed_until(work: Work, key: bytes, value: bytes) -> int | None:
    """The time until which a record is needed; None where the time on the agenda is final."""
    if records.is_waiting(key):
        return max(known_at(event) for event in records.read_events(value)) + work.terms.remember
    if not records.is_line(key):
        return None
    line = records.read_line(value)
    if line.scheduled is not None:  # the writer is behind and has not counted the line's close yet
        settle(work, key, line)
    return kept_until(work, line)
