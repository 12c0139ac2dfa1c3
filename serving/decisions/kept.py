"""The store of the caps, opened once a process, and its values, each of which may be forgotten at a time of its own."""

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from features.stores.store import Agenda, Snapshot, Store, Transaction

FORGOTTEN_AT_ONCE: Final = 20
_UNTIL: Final = b"until:"
T = TypeVar("T")


class KeptStore:
    """Opens the store that ``open_store`` gives when it is needed first; `StoreError` where it can't answer."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self._opening = threading.Lock()

    def read(self, look: Callable[[Snapshot], T]) -> T:
        """Give what ``look`` finds in one state of the store."""
        return self._opened().read(look)

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Change the store by ``change`` in one transaction, and give what that returns."""
        return self._opened().write(change)

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> Store:
        with self._opening:  # a process can open a store only once
            if self._store is None:
                self._store = self._open_store()
            return self._store


def put(store: Transaction, key: bytes, value: bytes, until: int) -> None:
    """Write a value that may be forgotten at ``until``; a later one of the same key moves that."""
    (before,) = store.get([_UNTIL + key])
    if before is not None:
        store.unschedule(Agenda.FORGET, int(before), key)
    store.put(key, value)
    store.put(_UNTIL + key, str(until).encode())
    store.schedule(Agenda.FORGET, until, key)


def keep(store: Transaction, key: bytes, value: bytes | None) -> None:
    """Write a value for as long as the one before it; None drops it."""
    (until,) = store.get([_UNTIL + key])
    if value is None or until is None:
        drop(store, key)
    else:
        put(store, key, value, int(until))


def drop(store: Transaction, key: bytes) -> None:
    """Forget a value now."""
    (until,) = store.get([_UNTIL + key])
    if until is not None:
        store.unschedule(Agenda.FORGET, int(until), key)
        store.delete(_UNTIL + key)
    store.delete(key)


def forget(store: Transaction, now: int) -> None:
    """Forget some of what may be forgotten by now."""
    for at, key in store.due(Agenda.FORGET, now, FORGOTTEN_AT_ONCE):
        store.unschedule(Agenda.FORGET, at, key)
        store.delete(key)
        store.delete(_UNTIL + key)
