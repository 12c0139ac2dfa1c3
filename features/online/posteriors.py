"""What the posteriors say of the lines of baskets, from the levels that the online state was given.

They hold as of the day after the last fact of the tables that the state was built from. The level of the shop has
wandered since, and so its variance is that of the day of the question; all else moves with the next state.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.times import MICROSECONDS_PER_DAY
from features.compiled import compiled
from features.language.nodes import ASKED_AT
from features.online_state.basket_nodes import Row
from features.online_state.contents import StateContents
from features.online_state.records import POSTERIORS, level_key
from features.posteriors.covariates import Scales, covariates_at
from features.posteriors.design import PosteriorDesign
from features.posteriors.learned import Learned, write_level
from features.posteriors.log_odds import log_odds, of_known_products

Found = Mapping[bytes, bytes | None]
"""The records of some keys; None for an absent one."""
_LACKING = write_level(0.0, 0.0)


class OnlinePosteriors:
    """Computes the features that posteriors add to the score.

    Parameters
    ----------
    names
        The names of the score's features that come from counters, in the order of their columns.
    """

    def __init__(self, contents: StateContents, design: PosteriorDesign, names: Sequence[str]) -> None:
        self._levels, self._design = contents.levels, design
        counted = {layout.key: place for place, layout in enumerate(contents.layouts)}
        self._layouts, self._places = len(contents.layouts), [counted[kind.key] for kind in design.kinds]
        self._columns = [names.index(feature.name) for feature in design.covariates]
        self._prior = [write_level(0.0, kind.variance) for kind in design.kinds]
        self._read: tuple[bytes, Learned] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features."""
        return self._design.names

    def keys(self, rows: Sequence[Row]) -> list[bytes | None]:
        """The store's keys of each line's levels, by line and kind; None where a column of a key is missing."""
        return [level.key(row) for row in rows for level in self._levels]

    def keys_beside(self, counters: Sequence[bytes | None]) -> list[bytes | None]:
        """As `keys`, from the keys of each line's ``counters``, by line and layout, which makes them sooner."""
        firsts = range(0, len(counters), self._layouts)
        own = [counters[first + place] for first in firsts for place in self._places]
        return [None if key is None else level_key(key) for key in own]

    def parts(self, found: Found, keys: Sequence[bytes | None], rows: Sequence[Row], features: Floats) -> Floats:
        """Compute the log-odds of each line in parts by factor, shape (lines, factors).

        They are NaN for lines of products of which no outcome is known, and where the state has no posteriors.

        Parameters
        ----------
        found
            The record at `POSTERIORS`, and those at ``keys``.
        features
            Those of the lines, shape (lines, features), beginning with those that the constructor named.
        """
        learned = self._learned(found)
        if learned is None:
            return self.nothing(len(rows))
        levels, moved = self._of_levels(found, keys, len(rows))
        covariates = covariates_at(features[:, self._columns], self._design.shares, learned.scales)
        times = np.array([row[ASKED_AT.name] for row in rows], dtype=np.int64)
        mean, variance = read_levels(levels, times, learned.day, self._design.priors.shop_drift)
        parts = log_odds(mean, variance, covariates, (learned.slope, learned.covariance), self._design.members)
        return of_known_products(parts, moved, self._design.about_product)

    def untaught(self) -> bytes:
        """Give the record of posteriors that have learned from no outcome."""
        count = len(self._columns)
        scales, covariance = Scales(np.zeros(count), np.ones(count)), np.zeros((1 + count, 1 + count))
        return Learned(0, scales, np.zeros(1 + count), covariance).as_bytes()

    def nothing(self, lines: int) -> Floats:
        """What they say before any outcome: NaN, shape (lines, factors)."""
        return np.full((lines, len(self.names)), np.nan)

    def _of_levels(self, found: Found, keys: Sequence[bytes | None], lines: int) -> tuple[Floats, Bools]:
        """Mean and variance of each level, shape (lines, kinds, 2); and whether an outcome has moved it."""
        records = [None if key is None else found[key] for key in keys]
        numbers = [record or other for record, other in zip(records, self._unmoved(keys), strict=True)]
        moved = np.array([record is not None for record in records], dtype=np.bool_)
        shape = (lines, len(self._prior))
        return np.frombuffer(b"".join(numbers)).reshape(*shape, 2), moved.reshape(shape)

    def _unmoved(self, keys: Sequence[bytes | None]) -> Iterator[bytes]:
        """What stands for the level at each of ``keys`` before any outcome; one that the line lacks says nothing."""
        return (_LACKING if key is None else prior for key, prior in zip(keys, cycle(self._prior), strict=False))

    def _learned(self, found: Found) -> Learned | None:
        """Read slopes and scales; a state keeps them as they are, so they are seldom read anew."""
        written = found[POSTERIORS]
        if written is None:
            return None
        if self._read is None or self._read[0] != written:
            self._read = written, Learned.from_bytes(written)
        return self._read[1]


@compiled
def read_levels(levels: Floats, times: Ints, day: int, drift: float) -> tuple[Floats, Floats]:
    """Give the mean of each level, shape (lines, kinds), and the variances of a line's levels together, (lines,).

    ``drift``: what the level of the shop gains in variance for each day from ``day`` to that of the line's time.
    """
    lines, kinds = levels.shape[0], levels.shape[1]
    mean, variance = np.empty((lines, kinds)), np.empty(lines)
    for line in range(lines):
        variance[line] = drift * max(times[line] // MICROSECONDS_PER_DAY - day, 0)
        for kind in range(kinds):
            mean[line, kind] = levels[line, kind, 0]
            variance[line] += levels[line, kind, 1]
    return mean, variance
