"""A simple model of a store, and random changes to compare it with a real one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from features.stores.store import Agenda, Entry, Transaction

KEYS = [b"a", b"ab", b"b", b"\x00", b"\xff" * 400, b"line:\r\n 7"]
LATER = 2**62
"""A time later than all others."""
TIMES = [-(2**40), -1, 0, 1, 1_700_000_000_000_000, LATER - 1]

Step = tuple[str, tuple[object, ...]]

keys, times, agendas = st.sampled_from(KEYS), st.sampled_from(TIMES), st.sampled_from(list(Agenda))
steps = st.one_of(
    st.tuples(st.just("put"), st.tuples(keys, st.binary(max_size=3))),
    st.tuples(st.just("delete"), st.tuples(keys)),
    st.tuples(st.just("schedule"), st.tuples(agendas, times, keys)),
    st.tuples(st.just("unschedule"), st.tuples(agendas, times, keys)),
)
changes = st.lists(st.tuples(st.lists(steps, max_size=12), st.booleans()), max_size=6)
"""Each is a list of steps, and whether the change comes to its end."""
questions = st.tuples(agendas, st.sampled_from([*TIMES, LATER]), st.integers(0, 4))


@dataclass
class Model:
    """The expected content of a store."""

    records: dict[bytes, bytes] = field(default_factory=dict)
    agenda: set[tuple[Agenda, int, bytes]] = field(default_factory=set)

    def copy(self) -> "Model":
        """An independent copy."""
        return Model(dict(self.records), set(self.agenda))

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self.records.get(key) for key in keys]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        found = sorted((at, key) for name, at, key in self.agenda if name is agenda and at < before)
        return [entry for entry in found if since is None or entry >= since][:limit]

    def put(self, key: bytes, value: bytes) -> None:
        self.records[key] = value

    def delete(self, key: bytes) -> None:
        self.records.pop(key, None)

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        self.agenda.add((agenda, at, key))

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        self.agenda.discard((agenda, at, key))


def take(target: Transaction, some: Sequence[Step]) -> None:
    """Apply the steps."""
    for name, arguments in some:
        getattr(target, name)(*arguments)
