"""A change that is kept aside until it is whole: for stores that can't undo."""

from collections.abc import Iterator, Sequence

from features.stores.store import Agenda, Snapshot

Entry = tuple[int, bytes]


class Pending:
    """A `features.stores.store.Transaction` over ``below``, which nobody else changes meanwhile.

    ``records`` are what was written, None where it was deleted; ``agendas`` tell of each entry touched whether it is
    to be there.
    """

    def __init__(self, below: Snapshot) -> None:
        self.records: dict[bytes, bytes | None] = {}
        self.agendas: dict[Agenda, dict[Entry, bool]] = {agenda: {} for agenda in Agenda}
        self._below = below
        # What was read stays true, and asking twice costs a way over the network.
        self._read: dict[bytes, bytes | None] = {}

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give what was written here, and what is below otherwise."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self.records and key not in self._read]
        if unknown:
            self._read.update(zip(unknown, self._below.get(unknown), strict=True))
        return [self.records[key] if key in self.records else self._read[key] for key in keys]

    def due(self, agenda: Agenda, before: int, limit: int) -> list[Entry]:
        """Give what is below, less what was taken off, and what was put on here."""
        touched = self.agendas[agenda]
        off = sum(not there for there in touched.values())
        left = {entry for entry in self._below.due(agenda, before, limit + off) if touched.get(entry, True)}
        left |= {entry for entry in self.entries(agenda, there=True) if entry[0] < before}
        return sorted(left)[:limit]

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value to write."""
        self.records[key] = value

    def delete(self, key: bytes) -> None:
        """Keep a key to remove."""
        self.records[key] = None

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Keep an entry to put on."""
        self.agendas[agenda][at, key] = True

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Keep an entry to take off."""
        self.agendas[agenda][at, key] = False

    def entries(self, agenda: Agenda, *, there: bool) -> Iterator[Entry]:
        """The entries that are to be put on ``agenda``, or taken off it."""
        return (entry for entry, wanted in self.agendas[agenda].items() if wanted is there)
