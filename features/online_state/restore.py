"""Loads a seed into a store, and carries over the events that only an older state has."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.errors import UserError
from data.identity import KeyKind
from data.times import MICROSECONDS_PER_DAY
from features.online_state import records, seed_file
from features.online_state.events import Event, OrderChanged, OrderPlaced, Status
from features.online_state.live import LiveState
from features.online_state.records import StateAbout
from features.stores.store import Agenda, Entry, Snapshot, Store, Transaction

EVENT = records.event_key("")
"""The prefix of the keys of events."""
EVER = 1 << 62
"""A time (microseconds since 1970) later than any other."""
AT_ONCE = 500
"""The most events that one transaction carries over."""
CARRIED = (Status.APPLIED, Status.WAITING, Status.NOT_COUNTED, Status.DUPLICATE)
"""The statuses of events that the new state keeps."""


@dataclass(frozen=True)
class CarriedOver:
    """The result of carrying over the events of an older state.

    ``statuses``: the number of events by status. ``skipped``: the number of orders so old that the seed may have
    counted them and forgotten their lines. ``complete``: false where the seed's tables end longer ago than a state
    keeps events, so that events after the end of the tables may be lost.
    """

    statuses: Mapping[Status, int]
    skipped: int
    complete: bool


@dataclass(frozen=True)
class _Held:
    """An event with its key, which a state keeps until the time ``until``."""

    until: int
    key: bytes
    event: Event


def restore(folder: Path, store: Store) -> StateAbout:
    """Load the seed in ``folder`` into the empty ``store``, and mark the state as complete at the end.

    After an interrupted restore the store has no mark (`current` gives None): clear the store and restore again.

    Raises
    ------
    UserError
        The seed is incomplete, damaged, or of another version; nothing was loaded.
    StoreError
        The store can't be written.
    """
    about = seed_file.read_about(folder)
    seed_file.verify(folder, about)
    store.load(seed_file.read_records(folder), seed_file.read_agenda(folder))
    store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(about)))
    return about


def current(store: Store) -> StateAbout | None:
    """Give what the state in ``store`` was built from; None where there is no state or an unfinished one."""
    return records.read_about(store.read(lambda snapshot: snapshot.get([records.ABOUT])[0]))


def carry_over(old: Store, live: LiveState, now: int, since: int | None = None) -> CarriedOver:
    """Apply to ``live``, just restored from its seed, every event that the older state in ``old`` still holds.

    Events are applied in the order of their arrival and are kept as long as in the older state. An event that the seed
    or ``live`` has already changes nothing, so this may be repeated after an interruption. Orders that the older state
    has forgotten, and that the next export of tables has to have, stay as they were at their end.

    Parameters
    ----------
    now
        The time of the clock, microseconds since 1970.
    since
        Events that arrived earlier (microseconds since 1970) were carried over before; None: none were.

    Raises
    ------
    UserError
        The customer ids of the two states were hashed with different keys, or stand for different things.
    ValueError
        ``live`` has no seed.
    StoreError
        A store can't be read or written.
    """
    new, before = current(live.store), current(old)
    if new is None:
        raise ValueError("restore a seed first")
    if before is None:
        return CarriedOver({}, 0, complete=True)
    _refuse_another_key(before, new)
    _refuse_other_customers(before, new)
    statuses: Counter[Status] = Counter()
    skipped = 0
    first = None if since is None else since + before.remember_days * MICROSECONDS_PER_DAY
    for events in _held_by(old, first):
        carried = [held for held in events if not _may_be_forgotten(held.event, new)]
        skipped += len(events) - len(carried)
        statuses.update(_apply(live, carried, now))
    _keep_forgotten(old, live.store, now)
    complete = new.as_of is None or new.as_of >= now - new.remember_days * MICROSECONDS_PER_DAY
    return CarriedOver(dict(statuses), skipped, complete)


def _refuse_another_key(old: StateAbout, new: StateAbout) -> None:
    if old.id_key != new.id_key:
        raise UserError(
            expected=f"a seed whose customer ids were hashed with the key {old.id_key}, as in the present state",
            found=f"the key {new.id_key}",
            fix="build the seed with that key; or remove the present state, which loses the events that it received",
        )


def _refuse_other_customers(old: StateAbout, new: StateAbout) -> None:
    """Refuse events whose customers would be unknown: a hash of an id is none of the same customer's e-mail address."""
    kinds = [about.reading.get("customer_key", KeyKind.ID.value) for about in (old, new)]
    if kinds[0] != kinds[1]:
        raise UserError(
            expected=f"a seed whose customers are known by their {kinds[0]}, as in the present state",
            found=f"by their {kinds[1]}",
            fix="map the key as before; or remove the present state, which loses the events that it received",
        )


def _held_by(store: Store, first: int | None) -> Iterator[list[_Held]]:
    """Give the events of a state that it holds until ``first`` or later, in the order of their arrival, in groups."""
    until: dict[bytes, int] = {}
    for at, key in _agenda(store, first):
        if key.startswith(EVENT):
            until.setdefault(key, at)  # an event that was carried over before is on the agenda twice
    keys = list(until)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        values = store.read(partial(_get, keys=some))
        found = zip(some, values, strict=True)
        yield [_Held(until[key], key, event) for key, value in found for event in records.read_events(value)]


def _agenda(store: Store, first: int | None = None) -> list[Entry]:
    """Everything on the agenda of what is to be forgotten, from the time ``first`` on."""
    since = None if first is None else (first, b"")
    return store.read(lambda snapshot: snapshot.due(Agenda.FORGET, EVER, EVER, since))


def _keep_forgotten(old: Store, new: Store, now: int) -> None:
    """Copy the forgotten orders that the next export reads; one that the new state remembers holds all facts there."""
    held = [(at, key) for at, key in _agenda(old) if records.is_closed_order(key)]
    for start in range(0, len(held), AT_ONCE):
        some = held[start : start + AT_ONCE]
        values = old.read(partial(_get, keys=[key for _, key in some]))
        new.write(partial(_put_forgotten, held=list(zip(some, values, strict=True)), now=now))


def _put_forgotten(store: Transaction, held: Sequence[tuple[Entry, bytes | None]], now: int) -> None:
    for (at, key), value in held:
        own = records.order_of_closed(key)
        if value is not None and store.get([own]) == [None]:
            store.put(key, value)
            store.schedule(Agenda.FORGET, at, key)
            store.schedule(Agenda.CHANGED, now, own)


def _get(snapshot: Snapshot, keys: Sequence[bytes]) -> list[bytes | None]:
    return snapshot.get(keys)


def _may_be_forgotten(event: Event, seed: StateAbout) -> bool:
    """Whether the seed may have counted the event's lines and forgotten them.

    A line closes after its order, so the lines of later orders can't be forgotten yet.
    """
    if not isinstance(event, OrderPlaced | OrderChanged) or seed.as_of is None:
        return False
    return event.order.ordered_at < seed.as_of - seed.remember_days * MICROSECONDS_PER_DAY


def _apply(live: LiveState, carried: Sequence[_Held], now: int) -> list[Status]:
    receipts = live.apply([held.event for held in carried], now)
    statuses = [receipt.status for receipt in receipts]

    def hold_as_before(store: Transaction) -> None:
        for held, status in zip(carried, statuses, strict=True):
            if status in CARRIED:
                store.schedule(Agenda.FORGET, held.until, held.key)

    live.store.write(hold_as_before)
    return statuses
