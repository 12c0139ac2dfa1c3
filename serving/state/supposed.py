"""The served state as it would be had other events come: applied as any event is, in memory, and written nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from features.online_state.changes.taking import take
from features.online_state.changes.work import Retention, Work
from features.online_state.contents import StateContents
from features.online_state.events import Event, Status
from features.online_state.records import BY_THE_CLOCK, Silence, StateAbout
from features.stores.pending import Pending
from features.stores.store import Readable, Snapshot

T = TypeVar("T")
NOTHING_FORGOTTEN: Final = Retention(remember=1 << 62, max_delay=1 << 62)
"""Nothing is too long ago to be supposed."""


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
    events
        They are as of the past.
    now
        The time of the clock, microseconds since 1970, UTC.
    silence
        As the writer of the state closes windows.
    """

    def __init__(
        self,
        served: Served,
        contents: StateContents,
        events: Sequence[Event],
        now: int,
        silence: Silence = BY_THE_CLOCK,
    ) -> None:
        self._served, self._contents, self._events, self._now = served, contents, events, now
        self._terms = replace(NOTHING_FORGOTTEN, silence=silence)

    @property
    def about(self) -> StateAbout | None:
        """What the state was built from."""
        return self._served.about

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Read as `features.stores.store.Store.read`; `ValueError` where an event would change nothing."""
        return self._served.read(lambda snapshot: ask(self._with_events(snapshot)))

    def _with_events(self, snapshot: Snapshot) -> Snapshot:
        pending = Pending(snapshot)
        work = Work(pending, self._contents, self._terms, self._now)
        for event in self._events:
            receipt = take(work, event)
            if receipt.status is not Status.APPLIED:
                raise ValueError(f"expected an event that counts, found one that is {receipt.status}: {receipt.detail}")
        work.finish()
        return pending
