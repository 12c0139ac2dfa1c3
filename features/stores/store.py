"""What a store of the online state can do: keep bytes under keys, and agendas of keys in the order of time.

The state alone knows what the bytes mean. A store knows that a reader sees one moment of the whole, that a change
happens as a whole or not at all, and that it is on disk when `Store.write` comes back.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

T = TypeVar("T")


class Agenda(StrEnum):
    """Lists of what is to be done when time has passed."""

    CLOSE = "close"  # line keys, at the time when their return window closes
    FORGET = "forget"  # any keys, at the time from which they are no longer needed


class Snapshot(Protocol):
    """One moment of a store: everything read from it belongs together."""

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the value of each key, None where there is none; in the order of ``keys``, which may repeat."""

    def due(self, agenda: Agenda, before: int, limit: int) -> list[tuple[int, bytes]]:
        """Give entries of ``agenda`` whose time (microseconds since 1970) is below ``before``.

        At most ``limit`` of them: the earliest first, those of one time in the order of their keys.
        """


class Transaction(Snapshot, Protocol):
    """A change under way; it reads what it has itself written."""

    def put(self, key: bytes, value: bytes) -> None:
        """Write a value, over the one that was there."""

    def delete(self, key: bytes) -> None:
        """Remove a key; nothing happens where there is none."""

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Put ``key`` on ``agenda`` at a time; twice the same is once."""

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Take ``key`` off ``agenda`` at that time; nothing happens where it is not on it."""


class Store(Protocol):
    """Keys of 1 to 400 bytes, values of any length. Safe to use from several threads, and (but for memory) processes.

    Every method raises `StoreError` when the store is gone, broken, full, or slower than its time-out.
    """

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Call ``ask`` with a snapshot and give what it gives; it may be called again, so it only reads."""

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Call ``change`` with a transaction and make it durable, as a whole, before coming back.

        One change at a time, over all processes. Whatever ``change`` raises undoes it. It may be called again.
        """

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Fill an empty store; ``records`` ascend by key. Not one transaction: the caller writes its own mark last."""

    def clear(self) -> None:
        """Remove all that the store holds (of its own namespace)."""

    def close(self) -> None:
        """Let go of files and connections; closing twice is fine."""


class StoreError(Exception):
    """A store could not answer. ``cause`` is one short word for metrics and for answers that fell back.

    Parameters
    ----------
    cause
        ``gone``, ``corrupt``, ``full``, ``slow``, ``locked`` or ``unreachable``.
    detail
        What was found, for the log; never a value from the store.
    """

    def __init__(self, cause: str, detail: str) -> None:
        self.cause, self.detail = cause, detail
        super().__init__(f"{cause}: {detail}")
