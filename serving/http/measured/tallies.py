"""Figures of requests, added up in this process and passed on to the metrics once a second.

A counter that workers share takes some microseconds at each change, as it is a file in memory. A basket changes about
thirty.
"""

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from prometheus_client import Counter, Histogram


class ManyValues(Histogram):
    """A histogram that takes many values at once."""

    def add(self, counts: Sequence[int], total: float) -> None:
        """Add values by their number in each bucket, from the lowest bound to infinity, and their sum."""
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)
        self._sum.inc(total)


class Values:
    """Values to pass on to a histogram; ``bounds``: the upper ones of its buckets, without infinity."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts, self._total = [0] * (len(bounds) + 1), 0.0

    def note(self, value: float) -> None:
        """Add a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def pass_on(self, histogram: ManyValues) -> int:
        """Pass the values on, and give their number."""
        counts, total = self._counts, self._total
        self._counts, self._total = [0] * len(counts), 0.0
        number = sum(counts)
        if number:
            histogram.add(counts, total)
        return number


def pass_on(tally: Tally[str], metric: Counter, of: Iterable[str]) -> None:
    """Pass the counts by name on to ``metric``, whose labels are ``of`` and the name."""
    for name, count in tally.items():
        metric.labels(*of, name).inc(count)
    tally.clear()
