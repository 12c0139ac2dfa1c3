"""In which size each line of past baskets would come back least, as near as the online state can tell.

The state is as of the end of the tables, and knows these baskets already. So only the difference that another size
makes there, in log-odds, is taken, and added to the score that the line had on its day. A part of that difference is
hindsight: what the state learned of a size after the basket was placed.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from data.arrays import Floats
from features.online.features import OnlineFeatures
from features.online.what_if import LEAST_GAIN, Change, ChangedBasket, SoldSizes, what_ifs
from features.online_state.order import Order
from features.online_state.restore import restore
from features.online_state.seed_file import STATE
from features.stores.embedded import LmdbStore
from features.stores.store import Snapshot, Store
from training.evaluation.what_ifs import AT_ONCE, require_fitting
from training.model.bundle import Bundle

OF_A_LINE = 2
"""The next smaller size, and the next larger one."""
LEAST = 1e-9
"""No probability is closer to 0 or 1 where log-odds are taken."""
_SIZE = frozenset({Change.OTHER_SIZE})

Sizes = list[tuple[str, float] | None]
"""By line: the size in which it would come back least, with its probability then; None where there is no gain."""


def other_sizes(bundle: Bundle, online: OnlineFeatures, orders: Sequence[Order], probability: Floats) -> Sizes:
    """Find the better sizes of n lines by the state of the last run, as `sizes_in` does.

    Raises
    ------
    UserError
        There is no state, or it was built for other features than the model's.
    """
    with tempfile.TemporaryDirectory(prefix="return-risk-replay-") as folder:
        store = LmdbStore(Path(folder))
        try:
            at = require_fitting(restore(STATE, store), online.contents)
            return sizes_in(store, at, bundle, online, orders, probability)
        finally:
            store.close()


def sizes_in(
    store: Store, at: int, bundle: Bundle, online: OnlineFeatures, orders: Sequence[Order], probability: Floats
) -> Sizes:
    """Find the better sizes of n lines; a gain below `LEAST_GAIN` is none, as in the service.

    Parameters
    ----------
    store, at
        The state, and its time in microseconds since 1970, UTC.
    orders
        The baskets of the lines; their times count for nothing.
    probability
        P(returned) of each line on its day, shape (n,).
    """
    moved = [replace(order, ordered_at=at) for order in orders]
    found = [store.read(partial(_differences, bundle, online, batch, at)) for batch in _batches(moved)]
    by_line = [sizes for batch in found for sizes in batch]
    return [_best(sizes, now) for sizes, now in zip(by_line, probability.tolist(), strict=True)]


def _batches(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    for start in range(0, len(orders), AT_ONCE):
        yield orders[start : start + AT_ONCE]


def _differences(
    bundle: Bundle, online: OnlineFeatures, orders: Sequence[Order], clock: int, snapshot: Snapshot
) -> list[dict[str, float]]:
    """By line: what each other size that was sold before adds to its log-odds in the state."""
    sold, found, start = SoldSizes(online.contents), list[tuple[int, ChangedBasket]](), 0
    for order in orders:
        wanted = [(place, _SIZE) for place in range(len(order.lines))]
        changes = what_ifs(sold, snapshot, order, wanted, OF_A_LINE * len(wanted))
        found += [(start + change.line, change) for change in changes]
        start += len(wanted)
    by_line: list[dict[str, float]] = [{} for _ in range(start)]
    if not found:
        return by_line
    now = bundle.log_odds(online.ask(snapshot, orders, clock).features)
    asked = [(change.order, change.place) for _, change in found]
    then = bundle.log_odds(online.ask_lines(snapshot, asked, clock).features)
    for (line, change), log_odds in zip(found, then.tolist(), strict=True):
        if change.size is not None:
            by_line[line][change.size] = log_odds - float(now[line])
    return by_line


def _best(differences: dict[str, float], now: float) -> tuple[str, float] | None:
    if not differences:
        return None
    size, least = min(differences.items(), key=lambda each: each[1])
    then = float(expit(logit(np.clip(now, LEAST, 1 - LEAST)) + least))
    return (size, then) if then <= now - LEAST_GAIN else None
