"""States in memory, and readers of their features."""

from collections.abc import Sequence
from functools import cache

from data.arrays import Floats
from features.online.features import OnlineFeatures
from features.online_state.contents import StateContents
from features.online_state.live import LiveState
from features.online_state.order import Order
from features.online_state.records import BY_THE_CLOCK, Silence
from features.stores.memory import MemoryStore
from features.stores.store import Store

REMEMBER_DAYS = 120
MAX_DELAY_DAYS = 730


def state_of(
    online: OnlineFeatures,
    remember_days: int = REMEMBER_DAYS,
    store: Store | None = None,
    silence: Silence = BY_THE_CLOCK,
) -> LiveState:
    """A state that ``online`` can read; without a store, an empty state in memory."""
    return LiveState(store or MemoryStore(), online.contents, remember_days, MAX_DELAY_DAYS, silence)


def without_history(online: OnlineFeatures, orders: Sequence[Order], *, reasons: bool = False) -> Floats:
    """The features of all lines of ``orders`` where nothing has happened before; shape (lines, features)."""
    return online.empty_state().read(lambda snapshot: online.ask(snapshot, orders, reasons=reasons)).features


def reader_of(live: LiveState) -> OnlineFeatures:
    """The features that can be read from the state."""
    return _reader(live.contents)


@cache
def _reader(contents: StateContents) -> OnlineFeatures:
    return OnlineFeatures(contents.recipe)
