"""What the posteriors say of the lines of baskets, from the levels that the online state was given.

They hold as of the day after the last fact of the tables that the state was built from. The level of the shop has
wandered since, and so its variance is that of the day of the question; all else moves with the next state. So levels
are read once and remembered for as long as the state has the same slopes; but for those of customers, which a customer
can have erased.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from data.arrays import Floats, Ints
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
from features.stores.store import Snapshot

Found = Mapping[bytes, bytes | None]
"""The records of some keys; None for an absent one."""
_UNMOVED, _MOVED = struct.pack("<d", 0.0), struct.pack("<d", 1.0)
"""Behind a level in memory: no outcome has moved it; one has."""
_LACKING = write_level(0.0, 0.0) + _UNMOVED
"""The level of a line that lacks it says nothing."""
REMEMBERED = 50_000
"""Levels that are remembered at most, in about 10 MB; then all are forgotten, as those of note are soon read again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The levels of lines, by line and kind.

    ``owners``: the keys of the counters of whom they are, None where a column of the key is missing. ``remembered``:
    the levels, None for those that must be read.
    """

    owners: Sequence[bytes | None]
    remembered: Sequence[bytes | None]

    def unread(self) -> list[bytes]:
        """Give the store's keys of those that must be read."""
        pairs = zip(self.owners, self.remembered, strict=True)
        return [level_key(owner) for owner, level in pairs if level is None and owner is not None]


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
        self._priors = [write_level(0.0, kind.variance) + _UNMOVED for kind in design.kinds]
        self._lasting = [not kind.of_customer for kind in design.kinds]
        self._read: tuple[bytes, Learned] | None = None
        self._remembered: dict[bytes | None, bytes] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features."""
        return self._design.names

    def asked(self, rows: Sequence[Row]) -> Asked:
        """Look up the levels of each line."""
        return self._asked([level.layout.address(row) for row in rows for level in self._levels])

    def asked_beside(self, counters: Sequence[bytes | None]) -> Asked:
        """As `asked`, from the keys of each line's ``counters``, by line and layout, which finds them sooner."""
        firsts = range(0, len(counters), self._layouts)
        return self._asked([counters[first + place] for first in firsts for place in self._places])

    def _asked(self, owners: Sequence[bytes | None]) -> Asked:
        if len(self._remembered) > REMEMBERED:
            self._remembered = {}
        return Asked(owners, list(map(self._remembered.get, owners)))

    def parts(self, snapshot: Snapshot, found: Found, asked: Asked, rows: Sequence[Row], features: Floats) -> Floats:
        """Compute the log-odds of each line in parts by factor, shape (lines, factors).

        They are NaN for lines of products of which no outcome is known, and where the state has no posteriors.

        Parameters
        ----------
        found
            What ``snapshot`` has at `POSTERIORS`, and at the keys `Asked.unread`.
        features
            Those of the lines, shape (lines, features), beginning with those that the constructor named.
        """
        before = self._read
        learned = self._learned(found)
        if learned is None:
            return self.nothing(len(rows))
        if before is not None and self._read is not before:  # the state was renewed, and what was remembered is void
            asked = self._asked(asked.owners)
            found = {**found, **dict(zip(asked.unread(), snapshot.get(asked.unread()), strict=True))}
        levels = self._of(asked, found).reshape(len(rows), len(self._priors), 3)
        covariates = covariates_at(features[:, self._columns], self._design.shares, learned.scales)
        times = np.array([row[ASKED_AT.name] for row in rows], dtype=np.int64)
        mean, variance = read_levels(levels, times, learned.day, self._design.priors.shop_drift)
        parts = log_odds(mean, variance, covariates, (learned.slope, learned.covariance), self._design.members)
        return of_known_products(parts, levels[:, :, 2] > 0, self._design.about_product)

    def untaught(self) -> bytes:
        """Give the record of posteriors that have learned from no outcome."""
        count = len(self._columns)
        scales, covariance = Scales(np.zeros(count), np.ones(count)), np.zeros((1 + count, 1 + count))
        return Learned(0, scales, np.zeros(1 + count), covariance).as_bytes()

    def nothing(self, lines: int) -> Floats:
        """What they say before any outcome: NaN, shape (lines, factors)."""
        return np.full((lines, len(self.names)), np.nan)

    def _of(self, asked: Asked, found: Found) -> Floats:
        """Mean and variance of each level, and whether an outcome has moved it; by line and kind."""
        places = zip(asked.owners, asked.remembered, cycle(range(len(self._priors))), strict=False)
        return np.frombuffer(b"".join([level or self._read_level(owner, kind, found) for owner, level, kind in places]))

    def _read_level(self, owner: bytes | None, kind: int, found: Found) -> bytes:
        """The level of an owner, of whom none is remembered."""
        if owner is None:
            return _LACKING
        record = found[level_key(owner)]
        level = self._priors[kind] if record is None else record + _MOVED
        if self._lasting[kind]:
            self._remembered[owner] = level
        return level

    def _learned(self, found: Found) -> Learned | None:
        """Read slopes and scales; a state keeps them as they are, so they are seldom read anew. With others, forget."""
        written = found[POSTERIORS]
        if written is None:
            return None
        if self._read is None or self._read[0] != written:
            self._read, self._remembered = (written, Learned.from_bytes(written)), {}
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
