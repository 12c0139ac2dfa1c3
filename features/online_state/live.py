"""The online state: counters kept current by events, a transaction for each group of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from data.times import MICROSECONDS_PER_DAY
from features.online_state import records
from features.online_state.changes.erasing import PERSONS_AT_ONCE, forget_names, forget_persons, with_accounts
from features.online_state.changes.forgetting import drop_changes, forget
from features.online_state.changes.lookup import look_up
from features.online_state.changes.people import prefixes_of
from features.online_state.changes.settling import close
from features.online_state.changes.taking import come_true, take
from features.online_state.changes.work import Reading, Retention, Work
from features.online_state.contents import StateContents
from features.online_state.events import (
    CustomerErased,
    CustomersMerged,
    Event,
    OrderChanged,
    OrderPlaced,
    Receipt,
)
from features.online_state.person import idle_in, person_in
from features.online_state.records import BY_THE_CLOCK, Silence
from features.stores.store import Agenda, Entry, Snapshot, Store, Transaction

AT_ONCE = 200
"""The most entries of an agenda that one transaction processes."""
LINES_AT_ONCE = 500
"""About the number of lines in one transaction: a long change makes other writers wait."""


class LiveState:
    """The state in ``store``, with the counters of ``contents``.

    Parameters
    ----------
    remember_days
        Retention in days: an order is kept so long after the last close of its lines, an event so long after its
        arrival. Until then a late fact still counts.
    max_delay_days
        The longest time from the order of a line to its close, in days (`validation.max_delay_days` of params.yaml). An
        order with a later close is refused as an error in the date, here as in validation.
    silence
        Return windows close up to so long after the latest outcome and the latest fact, and later ones wait until more
        come (`Latest.closing_time`).
    """

    def __init__(
        self,
        store: Store,
        contents: StateContents,
        remember_days: int,
        max_delay_days: int,
        silence: Silence = BY_THE_CLOCK,
    ) -> None:
        self.store, self.contents = store, contents
        days = (remember_days * MICROSECONDS_PER_DAY, max_delay_days * MICROSECONDS_PER_DAY)
        self._terms = Retention(*days, silence)
        self._waiting_until: Entry = (0, b"")
        """Entries of the agenda of closes before this one are windows that wait for outcomes, or are due."""

    def apply(self, events: Sequence[Event], now: int) -> list[Receipt]:
        """Apply events and give a receipt for each; the changes are durable when this returns.

        Many events take several transactions. When one of these fails, the earlier ones stay applied: their events are
        duplicates when they are sent again.

        Parameters
        ----------
        now
            The time of the clock, microseconds since 1970; a window that ends before it has closed.

        Raises
        ------
        StoreError
            The store can't be written; the events may be sent again.
        """
        receipts: list[Receipt] = []
        for group in _groups(events):
            receipts += self.store.write(partial(self._take, group, now, self._keys_of(group)))
        return receipts

    def _keys_of(self, events: Iterable[Event]) -> list[bytes]:
        """Search for the keys of the customers whose records ``events`` move or drop.

        It goes through the whole store, and a shared one locks a change out that takes long: so it comes before.
        """
        who = {each.customer_id for each in events if isinstance(each, CustomersMerged | CustomerErased)}
        return [key for each in sorted(who) for key in self.store.keys(prefixes_of(self.contents, each))]

    def _take(self, events: Sequence[Event], now: int, keys: Sequence[bytes], store: Transaction) -> list[Receipt]:
        work = Work(store, self.contents, self._terms, now, keys)
        receipts = [take(work, event) for event in events]
        work.finish()
        return receipts

    def forget(self, who: Collection[str], now: int) -> None:
        """Forget persons, by the ids of some of their accounts: no record of the state names them any more.

        Their orders, also those that lie ahead, are nobody's. It reads all orders and events, and takes many
        transactions; one that is interrupted is done anew. `StoreError` as `apply`.
        """
        if not who:
            return
        everybody = with_accounts(self.store, who)
        persons = sorted(everybody)
        for start in range(0, len(persons), PERSONS_AT_ONCE):
            some = persons[start : start + PERSONS_AT_ONCE]
            keys = self.store.keys([prefix for each in some for prefix in prefixes_of(self.contents, each)])
            self.store.write(partial(self._forget, some, everybody, now, keys))
        forget_names(self.store, everybody)

    def _forget(
        self, some: Sequence[str], everybody: Collection[str], now: int, keys: Sequence[bytes], store: Transaction
    ) -> None:
        work = Work(store, self.contents, self._terms, now, keys)
        forget_persons(work, some, everybody)
        work.finish()

    def customers(self) -> list[str]:
        """Give all customers of whom something is counted or known; `StoreError` as `apply`. It reads all."""
        known = (records.customer_of(key) for key in self.store.keys([records.customer_key("")]))
        return sorted({*self.idle(1 << 62), *known})

    def idle(self, before: int) -> list[str]:
        """Give the customers whose counters were last changed before a time; `StoreError` as `apply`. It reads all."""
        return idle_in(self.store, self.contents, before)

    def person(self, who: Collection[str], now: int) -> dict[str, Any]:
        """Give all that the state knows of a person (`features.online_state.person`); `StoreError` as `apply`."""
        return person_in(self.store, self.contents, self._terms, who, now)

    def look_up(self, event_id: str, now: int) -> Receipt | None:
        """Give the receipt that an event would get at ``now``; None where the state doesn't know its id (any more)."""
        return self.store.read(lambda snapshot: look_up(Reading(snapshot, self.contents, self._terms, now), event_id))

    def advance(self, now: int) -> int:
        """Count what came true before ``now``, remove old records, and give the number of processed entries.

        Windows have closed, and the time of events has come that lay ahead of the clock.

        One call processes a part of the due entries; nothing is due any more when it gives 0.
        """
        old = now - self._terms.remember
        agendas = ((Agenda.FORGET, now), (Agenda.CHANGED, old))
        ahead, events, due = self.store.read(lambda snapshot: self._due(snapshot, now, agendas))
        if not ahead and not due:
            return 0
        keys, seen = self._keys_of(events), list[Entry]()

        def change(store: Transaction) -> int:
            work = Work(store, self.contents, self._terms, now, keys)
            done = come_true(work, [each for each in store.due(Agenda.AHEAD, now, AT_ONCE) if each in ahead])
            done += close(work, closes := self._closes(store, now, AT_ONCE))
            seen.extend(closes[-1:])
            done += forget(work, store.due(Agenda.FORGET, now, AT_ONCE))
            done += drop_changes(work, store.due(Agenda.CHANGED, old, AT_ONCE))
            work.finish()
            return done

        done = self.store.write(change)
        if seen:
            self._waiting_until = max(self._waiting_until, _after(seen[-1]))
        return done

    def _closes(self, snapshot: Snapshot, now: int, limit: int) -> list[Entry]:
        """Entries of the agenda of closes that are due; each that waits for outcomes is looked at once.

        Such a window shares the agenda with facts that lay ahead of the clock. These come true by the clock, and were
        put there before their time.
        """
        latest = records.read_latest(snapshot.get([records.LATEST])[0])
        closing_time = latest.closing_time(now, self._terms.silence)
        due = snapshot.due(Agenda.CLOSE, closing_time, limit)
        if due or closing_time == now:
            return due
        return snapshot.due(Agenda.CLOSE, now, limit, since=max(self._waiting_until, (closing_time, b"")))

    def _due(
        self, snapshot: Snapshot, now: int, agendas: Sequence[tuple[Agenda, int]]
    ) -> tuple[set[Entry], list[Event], bool]:
        """What lay ahead and is due, with its events; and whether anything of ``agendas`` is."""
        ahead = snapshot.due(Agenda.AHEAD, now, AT_ONCE)
        told = [records.read_events(value) for value in snapshot.get([key for _, key in ahead])] if ahead else []
        due = any(snapshot.due(*each, 1) for each in agendas) or bool(self._closes(snapshot, now, 1))
        return set(ahead), [each[-1] for each in told if each], due


def _after(entry: Entry) -> Entry:
    at, key = entry
    return at, key + b"\0"


def _groups(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Split events into groups of about `LINES_AT_ONCE` lines, in the same order."""
    group: list[Event] = []
    lines = 0
    for event in events:
        size = len(event.line_ids) if isinstance(event, OrderPlaced | OrderChanged) else 1
        if group and lines + size > LINES_AT_ONCE:
            yield group
            group, lines = [], 0
        group.append(event)
        lines += size
    if group:
        yield group
