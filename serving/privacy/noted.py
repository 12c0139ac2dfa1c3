"""Whom the service has to erase from its logs, and whom it erased: noted in the store of the caps, durable at once.

Each event that asks for an erasure has a note of its own, so that one which lies ahead delays no other; the same event,
corrected, takes the place of what it said before. One who was erased stays noted, by the keyed hash and the time: else
a contact of before, sent again, would come back.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

import orjson

from features.stores.store import Snapshot, Transaction
from serving.decisions.kept import KeptStore

_DUE: Final = b"erasures"
_DONE: Final = b"erased:"


class Erasure(NamedTuple):
    """A unit that is to be forgotten up to ``erased_at``, as the event said that was noted at ``noted_at``.

    Times are microseconds since 1970.
    """

    event_id: str
    unit: str
    erased_at: int
    noted_at: int


class NotedErasures:
    """Erasures in ``store``; all methods raise `StoreError` where that can't answer."""

    def __init__(self, store: KeptStore) -> None:
        self._store = store

    def note(self, event_id: str, unit: str, erased_at: int, now: int) -> None:
        """Remember that ``unit`` is to be forgotten up to a time; durable when this returns.

        The same event again moves nothing; with another time, it holds in place of the first.
        """
        said = Erasure(event_id, unit, erased_at, now)

        def write(store: Transaction) -> None:
            due = _due(store)
            if not any(each[:3] == said[:3] for each in due):
                _put(store, [*(each for each in due if each.event_id != event_id), said])

        self._store.write(write)

    def due(self) -> list[Erasure]:
        """Give what is to be erased, and when."""
        return self._store.read(_due)

    def done(self, erasure: Erasure) -> None:
        """Note that a unit is forgotten; what was noted anew meanwhile stays due."""
        key = _DONE + erasure.unit.encode()

        def write(store: Transaction) -> None:
            _put(store, [each for each in _due(store) if each != erasure])
            (before,) = store.get([key])
            store.put(key, str(max(erasure.erased_at, int(before or 0))).encode())

        self._store.write(write)

    def erased_at(self, units: Collection[str], now: int) -> dict[str, int]:
        """Give up to when each of ``units`` is erased, or has to be by ``now``; those that are not are left out."""
        names = list(units)

        def found(store: Snapshot) -> dict[str, int]:
            done = store.get([_DONE + name.encode() for name in names])
            times = {name: [int(value)] for name, value in zip(names, done, strict=True) if value is not None}
            for each in _due(store):
                if each.unit in names and each.erased_at <= now:
                    times.setdefault(each.unit, []).append(each.erased_at)
            return {name: max(own) for name, own in times.items()}

        return self._store.read(found) if names else {}


def _due(store: Snapshot) -> list[Erasure]:
    (value,) = store.get([_DUE])
    return [] if value is None else [Erasure(*each) for each in orjson.loads(value)]


def _put(store: Transaction, due: list[Erasure]) -> None:
    store.put(_DUE, orjson.dumps([tuple(each) for each in due]))
