"""Whether a state holds every order that was acknowledged, once: held against a state in memory that was told them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter

from data.times import now_us
from features.online.features import OnlineFeatures
from features.online_state import records, restore
from features.online_state.events import OrderPlaced
from features.online_state.live import LiveState
from features.online_state.seed_file import STATE
from features.stores.memory import MemoryStore
from features.stores.pending import Pending
from features.stores.store import Snapshot, Store, Transaction
from serving.http.wire.convert.events import read_event
from serving.http.wire.requests.events import Event
from serving.ports import AsGiven
from serving.state.home import live_state
from tests.features.states import MAX_DELAY_DAYS, reader_of

T = TypeVar("T")
READER: TypeAdapter[Any] = TypeAdapter(Event)
CLOSE_ENOUGH = 1e-9
"""Relative: sums that decay differ in their last digits by the order in which they were added."""


@dataclass(frozen=True)
class Held:
    """Of ``orders``: how many the state lacks, and how many lines have other features than they should.

    ``noticed``: a state that was told one of them twice differs, so that this one would have.
    """

    orders: int
    lost: int
    differing: int
    noticed: bool

    @property
    def well(self) -> bool:
        """Every order is there, once."""
        return self.orders > 0 and not self.lost and not self.differing and self.noticed

    def __str__(self) -> str:
        twice = "" if self.noticed else ", and telling one twice went unnoticed"
        return f"{self.orders} orders acknowledged: {self.lost} lost, {self.differing} lines counted otherwise{twice}"


class Twin:
    """A state in memory, from the seed, that is told every acknowledged order once."""

    def __init__(self, seed: Path = STATE) -> None:
        self._store = MemoryStore()
        about = restore.restore(seed, self._store)
        self._live = live_state(self._store, about, MAX_DELAY_DAYS)
        self._online = reader_of(self._live)
        self._told: set[str] = set()
        self._catch_up()

    def compare(self, store: Store, acknowledged: Sequence[dict[str, Any]]) -> Held:
        """Hold ``store`` against this, once it was told what it was not told before."""
        placed = [self._read(event) for event in acknowledged]
        self._live.apply([one for one in placed if one.event_id not in self._told], now_us())
        self._told |= {one.event_id for one in placed}
        self._catch_up()
        keys = [records.event_key(one.event_id) for one in placed]
        lost = sum(value is None for value in store.read(lambda snapshot: snapshot.get(keys)))
        at = now_us()
        differing = self._differing(store, placed, at)
        return Held(len(placed), lost, differing, noticed=self._notices(placed, at))

    def _differing(self, store: Store, placed: Sequence[OrderPlaced], at: int) -> int:
        """Ask both about every order once more, as if it were placed now."""
        mine, other = (_features(self._online, one, placed, at) for one in (self._store, store))
        same = np.isclose(mine, other, rtol=CLOSE_ENOUGH, atol=0, equal_nan=True)
        return int((~same.all(axis=1)).sum())

    def _notices(self, placed: Sequence[OrderPlaced], at: int) -> bool:
        """Tell one order a second time under other ids, of which nothing is kept, and see whether that shows."""
        first = placed[0]
        line_ids = tuple(f"again-{name}" for name in first.line_ids)
        once_more = replace(first, event_id="again", order_id="again", line_ids=line_ids)
        before = _features(self._online, self._store, [first], at)
        tried = _Tried(self._store.read(Pending))
        LiveState(tried, self._live.contents, 1, MAX_DELAY_DAYS).apply([once_more], now_us())
        return not np.array_equal(before, _features(self._online, tried, [first], at), equal_nan=True)

    def _catch_up(self) -> None:
        while self._live.advance(now_us()):
            pass

    @staticmethod
    def _read(event: dict[str, Any]) -> OrderPlaced:
        read = read_event(READER.validate_json(json.dumps(event)), AsGiven())
        if not isinstance(read, OrderPlaced):
            raise TypeError(type(read))
        return read


class _Tried(MemoryStore):
    """A change that is never taken in."""

    def __init__(self, pending: Pending) -> None:
        super().__init__()
        self._pending = pending

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        return ask(self._pending)

    def write(self, change: Callable[[Transaction], T]) -> T:
        return change(self._pending)


def _features(online: OnlineFeatures, store: Store, placed: Sequence[OrderPlaced], at: int) -> Any:
    def ask(snapshot: Snapshot) -> Any:
        return [online.ask(snapshot, [replace(one.order, ordered_at=at)]).features for one in placed]

    return np.concatenate(store.read(ask))
