"""The store in memory, for tests and for trying the service."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from features.stores.pending import Pending
from features.stores.store import Agenda, Entry, Snapshot, Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Content:
    """All records and agendas; each agenda is a sorted list."""

    records: dict[bytes, bytes] = field(default_factory=dict)
    agendas: dict[Agenda, list[Entry]] = field(default_factory=lambda: {agenda: [] for agenda in Agenda})

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the value of each key."""
        return [self.records.get(key) for key in keys]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        """Give the first entries before a time."""
        entries = self.agendas[agenda]
        first = 0 if since is None else bisect_left(entries, since)
        return entries[first : min(first + limit, bisect_left(entries, (before, b"")))]

    def take(self, change: Pending) -> None:
        """Apply ``change`` to this content."""
        for key, value in change.records.items():
            if value is None:
                self.records.pop(key, None)
            else:
                self.records[key] = value
        for agenda, entries in change.agendas.items():
            for entry, wanted in entries.items():
                self._set(self.agendas[agenda], entry, wanted=wanted)

    @staticmethod
    def _set(entries: list[Entry], entry: Entry, *, wanted: bool) -> None:
        place = bisect_left(entries, entry)
        there = place < len(entries) and entries[place] == entry
        if wanted and not there:
            entries.insert(place, entry)
        elif there and not wanted:
            del entries[place]


class MemoryStore:
    """A `features.stores.store.Store` of one process; its content ends with the process."""

    def __init__(self) -> None:
        self._content = Content()
        self._writing, self._moment = threading.Lock(), threading.RLock()

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Call ``ask`` while nobody changes anything."""
        with self._moment:
            return ask(self._content)

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Call ``change``, one at a time, and apply its writes."""
        with self._writing:
            pending = Pending(self._content)
            result = change(pending)
            with self._moment:
                self._content.take(pending)
            return result

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Give the keys that begin with one of ``prefixes``."""
        with self._moment:
            return sorted(key for key in self._content.records if key.startswith(tuple(prefixes)))

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Fill an empty store."""
        with self._writing, self._moment:
            change = Pending(self._content)
            change.records.update(records)
            for name, at, key in agenda:
                change.schedule(name, at, key)
            self._content.take(change)

    def clear(self) -> None:
        """Remove everything."""
        with self._writing, self._moment:
            self._content = Content()

    def close(self) -> None:
        """Do nothing: memory needs no closing."""
