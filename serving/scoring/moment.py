"""The moment as of which a basket is scored: never before the latest fact that the state knows.

The state keeps no earlier counters. A basket of a moment ago would else be scored by facts of its own future, with ages
below zero. `serving.http.past` refuses baskets of longer ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.times import SLIGHTLY_AHEAD
from features.online.features import FeatureAnswer, OnlineFeatures
from features.online_state.order import Order
from features.online_state.records import LATEST, Latest, read_latest
from features.stores.store import Snapshot
from serving.scoring.known import Known, look


@dataclass(frozen=True)
class AsOf:
    """``orders`` as they were scored, the ``answer`` of the state on them, and what the state knows of them."""

    orders: Sequence[Order]
    answer: FeatureAnswer
    known: Known


def ask(online: OnlineFeatures, snapshot: Snapshot, orders: Sequence[Order], now: int, *, reasons: bool) -> AsOf:
    """Compute the features of ``orders``.

    An order from before the latest fact is taken to be of the time of this fact, for its what-ifs, too; but never
    further ahead of ``now`` than clocks differ.
    """
    known = look(online.contents.layouts, snapshot, orders)
    moved = _not_before(known.latest, orders, now)
    return AsOf(moved, online.ask(snapshot, moved, now, reasons=reasons), known)


def latest_of(snapshot: Snapshot) -> Latest:
    """Read the times of the latest facts."""
    return read_latest(snapshot.get([LATEST])[0])


def _not_before(latest: Latest, orders: Sequence[Order], now: int) -> Sequence[Order]:
    known = latest.of_all
    at = None if known is None else min(known, now + SLIGHTLY_AHEAD)
    if at is None or all(order.ordered_at >= at for order in orders):
        return orders
    return [order if order.ordered_at >= at else replace(order, ordered_at=at) for order in orders]
