"""What a state would hold had other events come: applied as any event is, over a snapshot, and written nowhere."""

from collections.abc import Sequence
from typing import Final

from features.online_state.changes.taking import take
from features.online_state.changes.work import Retention, Work
from features.online_state.contents import StateContents
from features.online_state.events import Event, Status
from features.stores.pending import Pending
from features.stores.store import Snapshot

EVER: Final = Retention(remember=1 << 62, max_delay=1 << 62)
"""Nothing is too long ago to be supposed."""


def suppose(snapshot: Snapshot, contents: StateContents, events: Sequence[Event], now: int) -> Snapshot:
    """Give the ``snapshot`` as it would be with ``events``, which are as of the past.

    ``contents``: of the state. ``now``: the time of the clock, microseconds since 1970, UTC.

    Raises
    ------
    ValueError
        An event would change nothing.
    """
    pending = Pending(snapshot)
    work = Work(pending, contents, EVER, now)
    for event in events:
        receipt = take(work, event)
        if receipt.status is not Status.APPLIED:
            raise ValueError(f"expected an event that counts, found one that is {receipt.status}: {receipt.detail}")
    work.finish()
    return pending
