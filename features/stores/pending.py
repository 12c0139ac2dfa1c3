"""A buffered change, for stores without rollback."""

from collections.abc import Iterator, Sequence

from features.stores.store import Agenda, Entry, Snapshot


class Pending:
    """A `features.stores.store.Transaction` over ``below``, which nobody else changes meanwhile.

    ``records`` holds the written values, None for a deleted key. ``agendas`` holds true for each entry to put on, and
    false for each entry to take off.
    """

    def __init__(self, below: Snapshot) -> None:
        self.records: dict[bytes, bytes | None] = {}
        self.agendas: dict[Agenda, dict[Entry, bool]] = {agenda: {} for agenda in Agenda}
        self._below = below
        # A value that was read stays valid, and reading it twice costs a round trip.
        self._read: dict[bytes, bytes | None] = {}

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the values written here, else those of ``below``."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self.records and key not in self._read]
        if unknown:
            self._read.update(zip(unknown, self._below.get(unknown), strict=True))
        return [self.records[key] if key in self.records else self._read[key] for key in keys]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        """Give the entries of ``below`` with the changes made here."""
        touched = self.agendas[agenda]
        off = sum(not there for there in touched.values())
        left = {entry for entry in self._below.due(agenda, before, limit + off, since) if touched.get(entry, True)}
        added = (entry for entry in self.entries(agenda, there=True) if entry[0] < before)
        left |= {entry for entry in added if since is None or entry >= since}
        return sorted(left)[:limit]

    def put(self, key: bytes, value: bytes) -> None:
        """Buffer a value to write."""
        self.records[key] = value

    def delete(self, key: bytes) -> None:
        """Buffer a key to remove."""
        self.records[key] = None

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Buffer an entry to put on the agenda."""
        self.agendas[agenda][at, key] = True

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Buffer an entry to take off the agenda."""
        self.agendas[agenda][at, key] = False

    def entries(self, agenda: Agenda, *, there: bool) -> Iterator[Entry]:
        """The entries to put on ``agenda`` (``there``), or to take off it."""
        return (entry for entry, wanted in self.agendas[agenda].items() if wanted is there)
