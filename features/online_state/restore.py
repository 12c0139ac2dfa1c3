"""A seed brought into a store, and what an older state was told over and above it told to the new one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.errors import UserError
from data.times import MICROSECONDS_PER_DAY
from features.online_state import records, seed_file
from features.online_state.events import Event, OrderPlaced, Status
from features.online_state.live import LiveState
from features.online_state.records import StateAbout
from features.stores.store import Agenda, Snapshot, Store, Transaction

EVENT = records.event_key("")
"""How the keys of events begin."""
EVER = 1 << 62
"""A time (microseconds since 1970) after all others."""
AT_ONCE = 500
"""Events that one transaction takes over."""
CARRIED = (Status.APPLIED, Status.WAITING)
"""What became of events that the new state holds, as it holds those that are sent."""


@dataclass(frozen=True)
class CarriedOver:
    """What became of the events of an older state.

    ``statuses``: how many of each. ``skipped``: orders so old that the seed may have counted them and forgotten their
    lines. ``complete``: false where the seed's tables end longer ago than states hold events, so that older ones of
    those since then may be lost.
    """

    statuses: Mapping[Status, int]
    skipped: int
    complete: bool


@dataclass(frozen=True)
class _Held:
    """An event under its key, as a state holds it up to a time."""

    until: int
    key: bytes
    event: Event


def restore(folder: Path, store: Store) -> StateAbout:
    """Load the seed in ``folder`` into ``store``, which is empty, and mark it as whole in the end.

    A store in which this was interrupted has no mark (`current` gives None): clear it and restore it again.

    Raises
    ------
    UserError
        The seed is incomplete, damaged, or one of another version; nothing was loaded.
    StoreError
        The store can't be written.
    """
    about = seed_file.read_about(folder)
    seed_file.verify(folder, about)
    store.load(seed_file.read_records(folder), seed_file.read_agenda(folder))
    store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(about)))
    return about


def current(store: Store) -> StateAbout | None:
    """Say what the state in ``store`` was built of; None where there is none, or one that is unfinished."""
    return records.read_about(store.read(lambda snapshot: snapshot.get([records.ABOUT])[0]))


def carry_over(old: Store, live: LiveState, now: int) -> CarriedOver:
    """Tell ``live``, fresh from its seed, every event that the older state in ``old`` still holds.

    They go in the order in which they arrived and are held as long as before. What the seed's tables know changes
    nothing, and neither does telling it again: after an interruption this may be repeated.

    Parameters
    ----------
    now
        The time of the clock, microseconds since 1970.

    Raises
    ------
    UserError
        The customer ids of the two states were hashed with different keys.
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
    statuses: Counter[Status] = Counter()
    skipped = 0
    for events in _held_by(old):
        told = [held for held in events if not _may_be_forgotten(held.event, new)]
        skipped += len(events) - len(told)
        statuses.update(_tell(live, told, now))
    complete = new.as_of is None or new.as_of >= now - new.remember_days * MICROSECONDS_PER_DAY
    return CarriedOver(dict(statuses), skipped, complete)


def _refuse_another_key(old: StateAbout, new: StateAbout) -> None:
    if old.id_key != new.id_key:
        raise UserError(
            expected=f"a seed whose customer ids were hashed with the key {old.id_key}, as those of the present state",
            found=f"the key {new.id_key}",
            fix="make the seed with that key; or remove the present state, and the events that it was told with it",
        )


def _held_by(store: Store) -> Iterator[list[_Held]]:
    """Give the events of a state in the order of their arrival, some at a time."""
    until: dict[bytes, int] = {}
    for at, key in store.read(lambda snapshot: snapshot.due(Agenda.FORGET, EVER, EVER)):
        if key.startswith(EVENT):
            until.setdefault(key, at)  # what was carried over before is on the agenda twice
    keys = list(until)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        values = store.read(partial(_get, keys=some))
        found = zip(some, values, strict=True)
        yield [_Held(until[key], key, event) for key, value in found for event in records.read_events(value)]


def _get(snapshot: Snapshot, keys: Sequence[bytes]) -> list[bytes | None]:
    return snapshot.get(keys)


def _may_be_forgotten(event: Event, seed: StateAbout) -> bool:
    """Whether a seed that doesn't know the event's lines may have counted them.

    They close after they were ordered, so that younger ones can't have been forgotten yet.
    """
    if not isinstance(event, OrderPlaced) or seed.as_of is None:
        return False
    return event.order.ordered_at < seed.as_of - seed.remember_days * MICROSECONDS_PER_DAY


def _tell(live: LiveState, told: Sequence[_Held], now: int) -> list[Status]:
    receipts = live.apply([held.event for held in told], now)
    statuses = [receipt.status for receipt in receipts]

    def hold_as_before(store: Transaction) -> None:
        for held, status in zip(told, statuses, strict=True):
            if status in CARRIED:
                store.schedule(Agenda.FORGET, held.until, held.key)

    live.store.write(hold_as_before)
    return statuses
