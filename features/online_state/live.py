"""The online state: counters kept current by events, a transaction for each group of them."""

from collections.abc import Iterator, Sequence
from functools import partial

from data.times import AHEAD, MICROSECONDS_PER_DAY, iso
from features.online_state import records
from features.online_state.changes import line_events
from features.online_state.changes.forgetting import forget
from features.online_state.changes.placing import place
from features.online_state.changes.settling import close
from features.online_state.changes.work import Retention, Work
from features.online_state.contents import StateContents
from features.online_state.events import Event, OrderPlaced, Receipt, Status, known_at, refused
from features.stores.store import Agenda, Store, Transaction

AT_ONCE = 200
"""Entries of an agenda that one transaction works off."""
LINES_AT_ONCE = 200
"""Ordered lines of one transaction: a change that takes long keeps other writers waiting."""


class LiveState:
    """The state in ``store``, with the counters of ``contents``.

    Parameters
    ----------
    remember_days
        How long after its close a line, and after its arrival an event's id, is kept: up to then late facts count.
    max_delay_days
        How long after its order a line may close, `validation.max_delay_days` of params.yaml: an order that closes
        later is refused, as validation refuses it, for a slip in the date.
    """

    def __init__(self, store: Store, contents: StateContents, remember_days: int, max_delay_days: int) -> None:
        self.store, self.contents = store, contents
        self._terms = Retention(remember_days * MICROSECONDS_PER_DAY, max_delay_days * MICROSECONDS_PER_DAY)

    def apply(self, events: Sequence[Event], now: int) -> list[Receipt]:
        """Apply events; what the receipts say is durable when this comes back.

        Many go in several transactions. When one of these fails, those before it hold: sent again, they are known.

        Parameters
        ----------
        now
            The time of the clock, microseconds since 1970: up to it windows have closed.

        Raises
        ------
        StoreError
            The store can't be written: the events may be sent again.
        """
        receipts: list[Receipt] = []
        for group in _groups(events):
            receipts += self.store.write(partial(self._take, group, now))
        return receipts

    def _take(self, events: Sequence[Event], now: int, store: Transaction) -> list[Receipt]:
        work = Work(store, self.contents, self._terms, now)
        receipts = [_take(work, event) for event in events]
        work.finish()
        return receipts

    def advance(self, now: int) -> int:
        """Count the windows that closed before ``now``, forget what is old, and say how many entries were due.

        Called again until it gives 0, it is through with all of them.
        """

        def change(store: Transaction) -> int:
            work = Work(store, self.contents, self._terms, now)
            done = close(work, store.due(Agenda.CLOSE, now, AT_ONCE))
            done += forget(work, store.due(Agenda.FORGET, now, AT_ONCE))
            work.finish()
            return done

        due = self.store.read(lambda s: s.due(Agenda.CLOSE, now, 1) or s.due(Agenda.FORGET, now, 1))
        return self.store.write(change) if due else 0


def _take(work: Work, event: Event) -> Receipt:
    """Apply one event, unless its id is known or its time has not come, and keep its id."""
    key = records.event_key(event.event_id)
    content = records.write_events([event])
    (known,) = work.store.get([key])
    if known == content:
        return Receipt(event.event_id, Status.DUPLICATE)
    if known is not None:
        return refused(event, "its id was used before by another event")
    if known_at(event) > work.now + AHEAD:
        return refused(event, f"ahead of the clock: known at {iso(known_at(event))}, now {iso(work.now)}")
    receipt = place(work, event) if isinstance(event, OrderPlaced) else line_events.take(work, event)
    if receipt.status in (Status.APPLIED, Status.WAITING):
        work.store.put(key, content)
        work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)
    return receipt


def _groups(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Cut events into groups of about `LINES_AT_ONCE` lines, in their order."""
    group: list[Event] = []
    lines = 0
    for event in events:
        size = len(event.line_ids) if isinstance(event, OrderPlaced) else 1
        if group and lines + size > LINES_AT_ONCE:
            yield group
            group, lines = [], 0
        group.append(event)
        lines += size
    if group:
        yield group
