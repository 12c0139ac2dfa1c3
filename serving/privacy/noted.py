"""Whom the service has to erase from its logs, and whom it erased: noted in the store of the caps, durable at once.

Each event that asks for an erasure has a note of its own, so that one which lies ahead delays no other; the same event,
corrected, takes the place of what it said before. One whose pseudonym is a hash stays noted once erased, by the hash
and the time: else a contact of before, sent again, would come back. Of one whose secret was destroyed, nothing stays.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import orjson

from features.stores.store import Snapshot, Transaction
from serving.decisions.kept import KeptStore

_DUE: Final = b"erasures"
_DONE: Final = b"erased:"


class Erasure(NamedTuple):
    """A unit that is to be forgotten up to ``erased_at``, as the event said that was noted at ``noted_at``.

    Times are microseconds since 1970. ``final``: the secret of the unit's pseudonym is destroyed, so all of it goes.
    """

    event_id: str
    unit: str
    erased_at: int
    noted_at: int
    final: bool = False


class NotedErasures:
    """Erasures in ``store``; all methods raise `StoreError` where that can't answer."""

    def __init__(self, store: KeptStore) -> None:
        self._store = store

    def note(self, erasures: Sequence[Erasure]) -> None:
        """Remember units that are to be forgotten up to a time; durable when this returns.

        The same event about the same unit again moves nothing; with another time, it holds in place of the first.
        """

        def write(store: Transaction) -> None:
            due = _due(store)
            known = {_what(each) for each in due}
            new = [each for each in erasures if _what(each) not in known]
            replaced = {_whose(each) for each in new}
            if new:
                _put(store, [*(each for each in due if _whose(each) not in replaced), *new])

        self._store.write(write)

    def due(self) -> list[Erasure]:
        """Give what is to be erased, and when."""
        return self._store.read(_due)

    def done(self, erasures: Collection[Erasure]) -> None:
        """Note that units are forgotten; what was noted anew meanwhile stays due."""
        every = set(erasures)

        def write(store: Transaction) -> None:
            _put(store, [each for each in _due(store) if each not in every])
            for each in every:
                if not each.final:
                    key = _DONE + each.unit.encode()
                    (before,) = store.get([key])
                    store.put(key, str(max(each.erased_at, int(before or 0))).encode())

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


def _what(erasure: Erasure) -> tuple[str, str, int]:
    return erasure.event_id, erasure.unit, erasure.erased_at


def _whose(erasure: Erasure) -> tuple[str, str]:
    """What a corrected event replaces: of accounts that were merged, one event erases several."""
    return erasure.event_id, erasure.unit if erasure.final else ""


def _due(store: Snapshot) -> list[Erasure]:
    (value,) = store.get([_DUE])
    return [] if value is None else [Erasure(*each) for each in orjson.loads(value)]


def _put(store: Transaction, due: list[Erasure]) -> None:
    store.put(_DUE, orjson.dumps([tuple(each) for each in due]))
