"""Whom the service has to erase from its logs, and whom it erased: noted in the store of the caps, durable at once.

One who was erased stays noted, by the keyed hash and the time: else a contact of before, sent again, would come back.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

import orjson

from features.stores.store import Snapshot, Transaction
from serving.decisions.kept import KeptStore

_DUE: Final = b"erasure:"
_DONE: Final = b"erased:"


class Erasure(NamedTuple):
    """A unit that is to be forgotten up to ``erased_at``, as was noted at ``noted_at``; microseconds since 1970."""

    unit: str
    erased_at: int
    noted_at: int


class NotedErasures:
    """Erasures in ``store``; all methods raise `StoreError` where that can't answer."""

    def __init__(self, store: KeptStore) -> None:
        self._store = store

    def note(self, unit: str, erased_at: int, now: int) -> None:
        """Remember that ``unit`` is to be forgotten up to a time; durable when this returns."""
        key = _DUE + unit.encode()

        def write(store: Transaction) -> None:
            (before,) = store.get([key])
            until = erased_at if before is None else max(erased_at, orjson.loads(before)[0])
            store.put(key, orjson.dumps((until, now)))

        self._store.write(write)

    def due(self) -> list[Erasure]:
        """Give the units that are to be forgotten."""

        def found(store: Snapshot) -> list[Erasure]:
            keys = store.keys(_DUE)
            pairs = zip(keys, store.get(keys), strict=True)
            return [Erasure(key.removeprefix(_DUE).decode(), *orjson.loads(value)) for key, value in pairs if value]

        return self._store.read(found)

    def done(self, erasure: Erasure) -> None:
        """Note that a unit is forgotten, and still due where it was to be forgotten once more meanwhile."""
        due, done = _DUE + erasure.unit.encode(), _DONE + erasure.unit.encode()

        def write(store: Transaction) -> None:
            noted, before = store.get([due, done])
            if noted == orjson.dumps((erasure.erased_at, erasure.noted_at)):
                store.delete(due)
            store.put(done, str(max(erasure.erased_at, int(before or 0))).encode())

        self._store.write(write)

    def erased_at(self, units: Collection[str]) -> dict[str, int]:
        """Give up to when each of ``units`` is erased, or is to be; those that are not are left out."""
        names = list(units)

        def found(store: Snapshot) -> dict[str, int]:
            due = store.get([_DUE + name.encode() for name in names])
            done = store.get([_DONE + name.encode() for name in names])
            times = {
                name: [*([] if now is None else [orjson.loads(now)[0]]), *([] if then is None else [int(then)])]
                for name, now, then in zip(names, due, done, strict=True)
            }
            return {name: max(own) for name, own in times.items() if own}

        return self._store.read(found)
