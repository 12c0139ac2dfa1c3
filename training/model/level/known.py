"""What is known at a moment of the latest lines since the training lines: point in time, by the times of the matrix.

A line is settled, open, cancelled, or without a recorded outcome. The first two say something of the level. A line
whose outcome is never recorded looks open until its window closes, so the chance that a line is open has a part for
these, as large as their share among the training lines.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.arrays import Bools, Floats, Ints
from features.catalog import CANCELLED_AT
from training.model.split import DAY
from training.model.unsettled import RECENT, OpenLines, open_shares

MICROSECOND = pd.Timedelta(microseconds=1)
NEVER = np.iinfo(np.int64).max
"""A time (microseconds) that stands for none."""
DAY_US = int(DAY / MICROSECOND)


@dataclass(frozen=True)
class KnownLines:
    """The settled and the open ones among some lines.

    ``margin``: their log-odds without a level, float64, shape (n,). ``y``: 1 where the line is known to have come back,
    else 0; int8, shape (n,). ``open``: those of the n lines that are open.
    """

    margin: Floats
    y: npt.NDArray[np.int8]
    open: OpenLines

    @property
    def settled(self) -> int:
        """How many of the lines are settled."""
        return len(self.y) - len(self.open.places)


@dataclass(frozen=True)
class LinesSince:
    """Lines ordered since training, and training lines of the year before, whose delays they share; microseconds.

    ``ordered``, ``closes``, ``settled`` and ``cancelled``: int64, shape (m,), `NEVER` for none; ``returned``: what the
    outcome is once it is settled, bool, shape (m,). ``margin``: NaN for training lines. The first ``learned`` of the m
    lines are training lines.
    """

    ordered: Ints
    closes: Ints
    settled: Ints
    cancelled: Ints
    returned: Bools
    margin: Floats
    learned: int

    @classmethod
    def of(cls, times: pd.DataFrame, learned_until: pd.Timestamp, since: pd.Timestamp, margin: Floats) -> "LinesSince":
        """Take from ``times`` the lines ordered from ``since`` on, and those of the year before ``learned_until``.

        Parameters
        ----------
        times
            ``ordered_at``, ``closes_at``, ``settled_at`` and ``label`` of every line of the matrix, in its order, and
            ``cancelled_at`` where the source records cancellations.
        margin
            The log-odds of each line ordered from ``since`` on, without a level, in the same order.
        """
        ordered = times["ordered_at"]
        before = np.flatnonzero((ordered >= learned_until - RECENT) & (ordered < learned_until))
        chosen = times.iloc[np.concatenate([before, np.flatnonzero(ordered >= since)])]
        # A return within an open window is settled, and has no label yet: only a closed line is known to be kept.
        kept = (chosen["label"] == 0).to_numpy(dtype=bool, na_value=False)
        nothing = pd.Series(pd.NaT, index=chosen.index, dtype="datetime64[us]")
        return cls(
            ordered=_microseconds(chosen["ordered_at"]),
            closes=_microseconds(chosen["closes_at"]),
            settled=_microseconds(chosen["settled_at"]),
            cancelled=_microseconds(chosen.get(CANCELLED_AT, nothing)),
            returned=~kept,
            margin=np.concatenate([np.full(len(before), np.nan), margin]),
            learned=len(before),
        )

    def known_before(self, moment: pd.Timestamp, since: pd.Timestamp) -> KnownLines:
        """Find what was known before ``moment`` of the lines ordered from ``since`` on (UTC).

        Nothing that happened at or after the moment changes the answer.
        """
        now, first = _instant(moment) - 1, _instant(since)
        later = slice(self.learned, None)
        ordered, known = self.ordered[later], self.settled[later] <= now
        waits = ~known & (self.closes[later] > now) & (self.cancelled[later] > now)
        chosen = (ordered >= first) & (ordered <= now) & (known | waits)
        places = np.flatnonzero(waits[chosen])
        returned, kept = self._open_shares(now, (now - ordered[chosen][places]) / DAY_US)
        y = (known & self.returned[later])[chosen]
        return KnownLines(self.margin[later][chosen], y.astype(np.int8), OpenLines(places, returned, kept))

    def _open_shares(self, now: int, age: Floats) -> tuple[Floats, Floats]:
        """P(a line of each ``age`` in days looks open | it comes back), and the same given that it is kept."""
        before = slice(None, self.learned)
        closed = (self.closes[before] <= now) & (self.cancelled[before] > now)
        settled = closed & (self.settled[before] <= now)
        delays = (self.settled[before] - self.ordered[before]) / DAY_US
        unrecorded = 1 - settled.sum() / closed.sum() if closed.any() else 0.0
        returned, kept = (
            unrecorded + (1 - unrecorded) * open_shares(_of(delays, settled & (self.returned[before] == outcome)), age)
            for outcome in (True, False)
        )
        return returned, kept


def _of(delays: Floats, chosen: Bools) -> Floats:
    """The chosen delays, rising."""
    return np.sort(delays[chosen])


def _instant(time: pd.Timestamp) -> int:
    return int((time - pd.Timestamp(0)) / MICROSECOND)


def _microseconds(times: pd.Series) -> Ints:
    """Microseconds since 1970, `NEVER` for none."""
    found = times.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(found), NEVER, found.astype(np.int64))
