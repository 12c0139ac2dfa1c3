"""The protocol of a store of the online state: it keeps bytes under keys, and agendas of keys in the order of time.

Only the state knows the meaning of the bytes. A store guarantees snapshots (a reader sees one moment of all data),
atomic changes (all of a change or nothing), and durability (a change is on disk when `Store.write` returns).
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

T = TypeVar("T")
Entry = tuple[int, bytes]
"""An entry of an agenda: a time, and a key."""


class Agenda(StrEnum):
    """Lists of keys with the time at which something is due for them."""

    CLOSE = "close"  # line keys, at the time when their return window closes
    FORGET = "forget"  # any keys, at the time from which they are no longer needed
    ORDERS = "orders"  # the orders of a product or a customer; the entry's number stands for whose they are
    CHANGED = "changed"  # orders, products and customers that an event changed, at the arrival of the event
    AHEAD = "ahead"  # events that lie ahead of the clock, at their own time


class Snapshot(Protocol):
    """A consistent view of a store at one moment."""

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the value of each key, in the order of ``keys``, None for an absent key; keys may repeat."""

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        """Give entries of ``agenda`` whose time (microseconds since 1970) is below ``before``.

        Gives at most ``limit`` entries, ordered by time and then by key; with ``since``, this entry and later ones.
        """


class Transaction(Snapshot, Protocol):
    """A change under way; it reads its own writes."""

    def put(self, key: bytes, value: bytes) -> None:
        """Write a value; an earlier value of the key is replaced."""

    def delete(self, key: bytes) -> None:
        """Remove a key; an absent key changes nothing."""

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Put ``key`` on ``agenda`` at the time ``at``; the same entry twice counts once."""

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Take the entry of ``key`` at the time ``at`` off ``agenda``; an absent entry changes nothing."""


class Readable(Protocol):
    """What can be read, as every store."""

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Call ``ask`` with a snapshot and return its result. ``ask`` may be called again, so it must only read."""


class Store(Readable, Protocol):
    """A store: keys of 1 to 400 bytes, values of any length. Safe for several threads, and except in memory, processes.

    Every method raises `StoreError` when the store is gone, damaged, full, or slower than its time-out.
    """

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Call ``change`` with a transaction, make all its writes durable together, and return its result.

        One change runs at a time, over all processes. An exception in ``change`` undoes all its writes. ``change`` may
        be called again.
        """

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Give the keys of all records that begin with one of ``prefixes``, ascending.

        It may take as long as reading all records. So it is no snapshot: reads and changes go on beside it, and a key
        that is written meanwhile may be missing.
        """

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Fill an empty store; ``records`` ascend by key. It is several transactions: the caller writes a mark last."""

    def clear(self) -> None:
        """Remove all content of the store (of its own namespace)."""

    def close(self) -> None:
        """Close files and connections; a second call changes nothing."""


class StoreError(Exception):
    """A store could not answer. ``cause`` is one word, for metrics and for degraded answers.

    Parameters
    ----------
    cause
        ``gone``, ``corrupt``, ``full``, ``slow``, ``locked`` or ``unreachable``.
    detail
        The details for the log; never a value from the store.
    """

    def __init__(self, cause: str, detail: str) -> None:
        self.cause, self.detail = cause, detail
        super().__init__(f"{cause}: {detail}")
