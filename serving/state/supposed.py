"""The served state as it would be had other events come; nothing is written."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from features.online_state.contents import StateContents
from features.online_state.events import Event
from features.online_state.records import StateAbout
from features.online_state.supposed import suppose
from features.stores.store import Readable, Snapshot

T = TypeVar("T")


class Served(Readable, Protocol):
    """A state that can be read, as `serving.state.guarded_store.GuardedStore` is."""

    @property
    def about(self) -> StateAbout | None:
        """What the state was built from; None until it was read."""


class SupposedState:
    """The state ``served`` with ``events`` on top, each time it is read.

    Parameters
    ----------
    contents
        Of the state.
    now
        The time of the clock, microseconds since 1970, UTC.
    """

    def __init__(self, served: Served, contents: StateContents, events: Sequence[Event], now: int) -> None:
        self._served, self._contents, self._events, self._now = served, contents, events, now

    @property
    def about(self) -> StateAbout | None:
        """What the state was built from."""
        return self._served.about

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Read as `features.stores.store.Store.read`."""
        return self._served.read(lambda snapshot: ask(suppose(snapshot, self._contents, self._events, self._now)))
