"""What a customer could change in a basket to make a line less likely to come back, as the model itself sees it."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
from scipy.special import expit, logit

from data.arrays import Floats
from features.catalog import POSTERIOR
from features.definitions import line
from features.language.nodes import Feature, walk
from features.online.features import OnlineFeatures
from features.online.what_if import LEAST_GAIN, Change, ChangedBasket, SoldSizes, what_ifs
from features.online_state.order import Order
from features.stores.store import Snapshot
from serving.scores import WhatIfScore
from serving.scoring.moment import AsOf
from training.model.bundle import Bundle

MOST = 3
"""Most changes of one basket that are scored, those of its likeliest returns first. It bounds the time."""
OF_SIZE = POSTERIOR + "size"
"""The part of the posteriors that is due to the size."""
_LEAVE_OUT = frozenset({Change.WITHOUT_OTHER_SIZES, Change.WITHOUT_OTHER_COLORS})
_SIZE = frozenset({Change.OTHER_SIZE})
_EVERY = _LEAVE_OUT | {Change.OTHER_SIZE}


class Alternatives:
    """Finds changes for the scores of one model."""

    def __init__(self, bundle: Bundle, online: OnlineFeatures) -> None:
        self._bundle, self._online, self._sold_sizes = bundle, online, SoldSizes(online.contents)
        of_size = {OF_SIZE, *(each.name for each in online.features if _reads_size(each))}
        self._of_size = np.array([float(name in of_size) for name in online.score_names])

    def find(
        self,
        snapshot: Snapshot,
        orders: Sequence[Order],
        probability: Floats,
        contributions: Floats,
        clock: int,
        shift: float = 0.0,
    ) -> list[tuple[WhatIfScore, ...]]:
        """Find for each line of ``orders`` the changes that lower its probability, the best first.

        Another size is tried only where the probability without the contribution of size is lower by `LEAST_GAIN`.
        The state does not change.

        Parameters
        ----------
        probability, contributions
            P(returned) of each line, shape (lines,), and what each feature of the score contributed to its log-odds,
            shape (lines, features).
        clock
            Now, in microseconds since 1970.
        shift
            The level with which the lines were scored, and the changed ones are.
        """
        without = expit(logit(probability) - contributions @ self._of_size)
        raised = (without <= probability - LEAST_GAIN).tolist()
        current = probability.tolist()
        starts = accumulate((len(order.lines) for order in orders), initial=0)
        found = [
            (start + change.line, change)
            for order, start in zip(orders, starts, strict=False)
            for change in self._changes(snapshot, order, current[start:], raised[start:])
        ]
        better: list[list[WhatIfScore]] = [[] for _ in current]
        for (number, change), then in zip(found, self._scored(snapshot, found, clock, shift), strict=True):
            if then <= current[number] - LEAST_GAIN:
                better[number].append(_as_what_if(change, then, current[number]))
        return [tuple(sorted(each, key=lambda what_if: what_if.probability)) for each in better]

    def other_sizes(
        self, snapshot: Snapshot, asked: AsOf, current: Mapping[int, float], shift: float
    ) -> dict[int, tuple[str, float]]:
        """Find the size in which a line would come back least, with its probability then, by the line's place.

        ``asked``: the only basket, as it was scored. ``current``: the probability of each line that is looked at, by
        its place; of these the likeliest to come back are tried in a next size, `MOST` in all. ``shift``: as in `find`.
        Lines without a gain of `LEAST_GAIN` are left out. The state does not change.
        """
        (order,), worked = asked.orders, asked.answer.worked
        ranked = sorted((place for place in current if current[place] >= LEAST_GAIN), key=lambda place: -current[place])
        changes = what_ifs(self._sold_sizes, snapshot, order, [(place, _SIZE) for place in ranked], MOST)
        sizes = [(each.line, each.size) for each in changes if each.size is not None]
        if not sizes:
            return {}
        if worked is None:
            scored = self._scored(snapshot, [(0, each) for each in changes], asked.closing_time, shift)
        else:
            scored = self._probabilities(self._online.ask_in_sizes(snapshot, worked, sizes), shift)
        best: dict[int, tuple[str, float]] = {}
        for (place, size), then in zip(sizes, scored, strict=True):
            least = best[place][1] if place in best else current[place] - LEAST_GAIN
            if then <= least:
                best[place] = size, then
        return best

    def _changes(
        self, snapshot: Snapshot, order: Order, current: list[float], raised: list[bool]
    ) -> list[ChangedBasket]:
        ranked = sorted(range(len(order.lines)), key=lambda place: -current[place])
        wanted = [(place, _EVERY if raised[place] else _LEAVE_OUT) for place in ranked]
        return what_ifs(self._sold_sizes, snapshot, order, wanted, MOST)

    def _scored(
        self, snapshot: Snapshot, found: list[tuple[int, ChangedBasket]], clock: int, shift: float
    ) -> list[float]:
        if not found:
            return []
        answer = self._online.ask_lines(snapshot, [(change.order, change.place) for _, change in found], clock)
        return self._probabilities(answer.features, shift)

    def _probabilities(self, features: Floats, shift: float) -> list[float]:
        found: list[float] = self._bundle.probabilities(features, threads=1, shift=shift).tolist()
        return found


def _reads_size(feature: Feature) -> bool:
    """Whether the feature depends on the size of the line."""
    return any(node in (line.SIZE, line.SIZE_VALUE) for node in walk(feature))


def _as_what_if(change: ChangedBasket, then: float, now: float) -> WhatIfScore:
    match change.change:
        case Change.OTHER_SIZE:
            what = f"in size {change.size}"
        case Change.WITHOUT_OTHER_SIZES:
            what = _without(len(change.removed), "size")
        case Change.WITHOUT_OTHER_COLORS:
            what = _without(len(change.removed), "color")
    sentence = f"{what}: {then:.0%} instead of {now:.0%}"
    return WhatIfScore(change.change, change.size, change.removed, then, sentence)


def _without(lines: int, kind: str) -> str:
    if lines == 1:
        return f"without 1 line of this product in another {kind}"
    return f"without {lines} lines of this product in other {kind}s"
