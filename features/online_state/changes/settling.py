"""Brings the state up to date with the facts of a line: counters, agenda and the line's own record."""

from features.online_state import records
from features.online_state.changes.outcomes import close_due, closes, recount, settled
from features.online_state.changes.work import Work
from features.online_state.records import LineRecord
from features.stores.store import Agenda


def settle(work: Work, key: bytes, line: LineRecord) -> None:
    """Update the counters, the agenda and the line's record to the facts that are known now."""
    close = closes(line, work.outcome)
    should = settled(line, work.outcome, closed=close < work.now)
    recount(work.ledger, line, should)
    wanted = close if line.recorded and should is None else None
    if line.scheduled != wanted:
        if line.scheduled is not None:
            work.store.unschedule(Agenda.CLOSE, line.scheduled, key)
        if wanted is not None:
            work.store.schedule(Agenda.CLOSE, wanted, key)
        line.scheduled = wanted
    work.store.put(key, records.write_line(line))


def close(work: Work, due: list[tuple[int, bytes]]) -> int:
    """Count the lines in ``due``, whose return window closed, and give the number of entries."""
    for at, key, line in close_due(work.ledger, work.store, due, work.outcome):
        work.store.unschedule(Agenda.CLOSE, at, key)
        if line is not None:
            line.scheduled = None
            work.store.put(key, records.write_line(line))
    return len(due)


def kept_until(work: Work, line: LineRecord) -> int:
    """The time when the line is forgotten, by the facts known so far."""
    return closes(line, work.outcome) + work.terms.remember
