"""The outcome of ordered lines online: the outcome that counters should hold, from all known facts of the line.

Each new fact leads to a new computation of the outcome. The counters then change from the outcome that they hold to
the new one. So the order in which facts arrive makes no difference.
"""

from collections.abc import Iterable

from data.outcome import OutcomeParams, closes_at_time
from features.language.nodes import LineEvent
from features.language.reasons import flags
from features.online_state import records
from features.online_state.counters.layout import Value
from features.online_state.counters.ledger import Ledger
from features.online_state.records import Counted, LineRecord
from features.stores.store import Snapshot


def closes(line: LineRecord, params: OutcomeParams) -> int:
    """The time when the outcome of ``line`` is decided, by the facts known so far."""
    return closes_at_time(line.ordered_at, line.delivered_at, line.closes_at, params)


def settled(line: LineRecord, params: OutcomeParams, *, closed: bool) -> Counted | None:
    """The outcome that counters should hold, None while the line is open; ``closed``: its return window has closed."""
    close = closes(line, params)
    if not line.recorded:
        return None
    if line.returned is not None and line.returned.at <= close:
        return Counted(returned=True, at=line.returned.at, reason=line.returned.reason)
    return Counted(returned=False, at=close) if closed else None


def recount(ledger: Ledger, line: LineRecord, should: Counted | None) -> None:
    """Change the counters from the outcome that they hold of ``line`` to the outcome ``should``."""
    if line.counted == should:
        return
    if line.counted is not None:
        ledger.take_back(*_as_event(line, line.counted))
    if should is not None:
        ledger.add(*_as_event(line, should))
    line.counted = should


def close_due(
    ledger: Ledger, store: Snapshot, due: Iterable[tuple[int, bytes]], params: OutcomeParams
) -> list[tuple[int, bytes, LineRecord | None]]:
    """Count the lines whose window closed: ``due`` has a time and a line's key for each. Give each with its record.

    The record is None where the state has forgotten the line.
    """
    entries = list(due)
    found = [None if value is None else records.read_line(value) for value in store.get([key for _, key in entries])]
    ledger.fetch([line.columns for line in found if line is not None])
    for line in found:
        if line is not None:
            recount(ledger, line, settled(line, params, closed=True))
    return [(at, key, line) for (at, key), line in zip(entries, found, strict=True)]


def _as_event(line: LineRecord, counted: Counted) -> tuple[LineEvent, dict[str, Value], int]:
    if not counted.returned:
        return LineEvent.KEPT, line.columns, counted.at
    return LineEvent.RETURNED, line.columns | flags(counted.reason), counted.at
