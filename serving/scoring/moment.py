"""The moment as of which a basket is scored: never before the latest fact and close that the state has counted.

The state keeps no earlier counters. A basket of a moment ago would else be scored by facts of its own future, with ages
below zero. `serving.http.past` refuses baskets of before the latest fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.times import SLIGHTLY_AHEAD
from features.online.features import FeatureAnswer, OnlineFeatures
from features.online_state.order import Order
from features.online_state.records import LATEST, Latest, read_latest
from features.stores.store import Snapshot
from serving.scoring.freshness import ANY_AGE, MaxAge
from serving.scoring.known import Known, look


@dataclass(frozen=True)
class AsOf:
    """``orders`` as they were scored, the ``answer`` of the state on them, and how far its facts go.

    ``closing_time``: windows that ended before it count as closed, where no scoring time is earlier.
    """

    orders: Sequence[Order]
    answer: FeatureAnswer
    known: Known
    closing_time: int


def ask(
    online: OnlineFeatures,
    snapshot: Snapshot,
    orders: Sequence[Order],
    now: int,
    max_age: MaxAge = ANY_AGE,
    *,
    reasons: bool,
) -> AsOf:
    """Compute the features of ``orders``.

    An order from before the latest fact or close is taken to be of its time, for its what-ifs, too; but never further
    ahead of ``now`` than clocks differ.
    """
    known = look(snapshot)
    moved = _not_before(known.counted_until, orders, now)
    closing_time = max_age.closing_time(known.latest, now)
    return AsOf(moved, online.ask(snapshot, moved, closing_time, reasons=reasons), known, closing_time)


def latest_of(snapshot: Snapshot) -> Latest:
    """Read the times of the latest facts."""
    return read_latest(snapshot.get([LATEST])[0])


def _not_before(known: int | None, orders: Sequence[Order], now: int) -> Sequence[Order]:
    at = None if known is None else min(known, now + SLIGHTLY_AHEAD)
    if at is None or all(order.ordered_at >= at for order in orders):
        return orders
    return [order if order.ordered_at >= at else replace(order, ordered_at=at) for order in orders]
