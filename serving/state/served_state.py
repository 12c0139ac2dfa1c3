"""The online state that the event feed writes to; it is made once the store can be read, which holds its recipe."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

from features.online_state.events import Event, Receipt
from features.online_state.live import LiveState
from features.online_state.records import BY_THE_CLOCK, Silence, StateAbout
from features.stores.store import Agenda, Snapshot, Transaction
from serving.state.guarded_store import GuardedStore
from serving.state.home import live_state, name_of

T = TypeVar("T")


class _StoreOf:
    """The store of one state: a write that was begun for it never reaches a state that replaces it."""

    def __init__(self, store: GuardedStore, about: StateAbout) -> None:
        self._store, self._about = store, about

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Read as `GuardedStore.read`."""
        return self._store.read(ask)

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Write as `GuardedStore.write_to`."""
        return self._store.write_to(self._about, change)

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Search as `GuardedStore.keys`."""
        return self._store.keys(prefixes)

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Refuse: `serving.state.home` fills states."""
        self._store.load(records, agenda)

    def clear(self) -> None:
        """Refuse: `serving.state.home` clears states."""
        self._store.clear()

    def close(self) -> None:
        """Do nothing: the guarded store closes itself."""


class ServedState:
    """Applies events to a store that may be lost and come back. Times are microseconds since 1970, UTC.

    ``max_delay_days`` and ``silence`` are as `LiveState` takes them.
    """

    def __init__(self, store: GuardedStore, max_delay_days: int, silence: Silence = BY_THE_CLOCK) -> None:
        self._store, self._terms = store, (max_delay_days, silence)
        self._made: tuple[StateAbout, LiveState] | None = None

    def apply(self, events: Sequence[Event], now: int) -> list[Receipt]:
        """Apply events in one durable transaction; `StoreError` where the store can't."""
        return self._live().apply(events, now)

    def advance(self, now: int) -> int:
        """Apply some of the changes that are due at ``now``, and return how many; 0: none is left."""
        return self._live().advance(now)

    def forget(self, who: Collection[str], now: int) -> None:
        """Forget persons as `LiveState.forget`; `StoreError` where the store can't."""
        self._live().forget(who, now)

    def idle(self, before: int) -> list[str]:
        """Give the customers whose counters were last changed before a time; `StoreError` where the store can't."""
        return self._live().idle(before)

    def person(self, who: Collection[str], now: int) -> dict[str, Any]:
        """Give all that the state knows of a person; `StoreError` where the store can't."""
        return self._live().person(who, now)

    def look_up(self, event_id: str, now: int) -> Receipt | None:
        """Give the receipt that an event would get at ``now``; None for an id that is not known, or no longer."""
        return self._live().look_up(event_id, now)

    def name(self) -> str | None:
        """Name the state that is written to; None while no state was read."""
        return None if self._store.about is None else name_of(self._store.about)

    def kept_days(self) -> int | None:
        """How many days after its arrival an event is kept; None while no state was read."""
        return None if self._store.about is None else self._store.about.remember_days

    def _live(self) -> LiveState:
        about = self._store.about
        if about is None:
            raise self._store.refusal()
        if self._made is None or self._made[0] != about:
            self._made = about, live_state(_StoreOf(self._store, about), about, *self._terms)
        return self._made[1]
