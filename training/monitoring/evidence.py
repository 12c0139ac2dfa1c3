"""Evidence that more or fewer lines come back than the scores say: an e-detector, which may be looked at every day.

Each day brings the likelihood ratio of what became known in it: had the log-odds a ``shift`` beyond the ``tolerance``,
against the tolerance itself. What a line had told before is in the ratio of the days before. Under every shift within
the tolerance its mean is at most 1, as the likelihood ratio is monotone. The Shiryaev-Roberts sum over the days,
M(n) = (M(n-1) + 1)·L(n), is an e-detector (Shin, Ramdas and Rinaldo, 2024): while nothing is wrong, it takes as many
days in the mean as the bound, at least, until it passes the bound. Sums of several shifts are averaged. Where lines of
an order come back together, ratios are tempered by as much as these vary more than lines alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from data.arrays import Bools, Floats, Ints
from features.catalog import CANCELLED_AT
from training.monitoring.delays import Delays, days_of

SHIFTS = (0.1, 0.2, 0.4, 0.8)
"""Of the log-odds beyond the tolerance: from two points to fifteen, at a rate of 30%."""
UP, DOWN = 1, -1


@dataclass(frozen=True)
class LineCourse:
    """n scored lines and what becomes known of them, in days since the same start.

    ``margin``: their log-odds. ``ordered``: the time of the order. ``known``: the time at which the outcome became
    known, or at which nothing more was to come of it; infinite while it is open. ``outcome``: 1 returned, 0 kept, NaN
    for none. ``cluster``: the order of each line, from 0. All of shape (n,).
    """

    margin: Floats
    ordered: Floats
    known: Floats
    outcome: Floats
    cluster: Ints

    @classmethod
    def of(cls, scored: pd.DataFrame, start: pd.Timestamp) -> "LineCourse":
        """Read it from the columns that `training.monitoring.known.known_at` takes."""
        ordered, settled = (days_of(scored[name] - start) for name in ("ordered_at", "settled_at"))
        ended = days_of(scored["closes_at"] - start)
        if CANCELLED_AT in scored.columns:
            ended = np.fmin(ended, days_of(scored[CANCELLED_AT] - start))
        recorded = ~np.isnan(settled)
        kept = (scored["label"] == 0).to_numpy(dtype=bool, na_value=False)
        return cls(
            margin=logit(scored["probability"].to_numpy(dtype=np.float64)),
            ordered=ordered,
            known=np.where(recorded, settled, ended),
            outcome=np.where(recorded, (~kept).astype(np.float64), np.nan),
            cluster=pd.factorize(scored["order_id"])[0].astype(np.int64),
        )

    def only(self, chosen: Bools) -> "LineCourse":
        """The ``chosen`` lines, a mask of shape (n,)."""
        return LineCourse(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Alarm:
    """Evidence that passed the bound on a ``day``.

    ``since``: the day from which on it had grown; ``direction``: `UP` where more comes back than the scores say;
    ``shift``: of the log-odds, the one that explains best what became known since.
    """

    day: int
    since: int
    direction: int
    shift: float


def alarms(lines: LineCourse, delays: Sequence[Delays], tolerance: float, bound: float) -> Iterator[Alarm]:
    """Yield the alarms of the days that ``delays`` has, one each, as it was known by then.

    ``bound``: the days that pass in the mean, at least, until one alarm is false. After an alarm evidence begins anew.
    """
    shifts = np.array([direction * shift for direction in (UP, DOWN) for shift in SHIFTS])
    null = np.sign(shifts) * tolerance
    together = _Together(lines)
    sums = np.full(len(shifts), -np.inf)
    since, summed = np.zeros(len(shifts), dtype=np.int64), np.zeros(len(shifts))
    for day, known in enumerate(delays):
        ratios = _log_ratios(lines, day, known, null, null + shifts) / together.by(day)
        sums = np.logaddexp(sums, 0.0) + ratios
        fresh = summed <= 0
        since[fresh], summed = day, np.maximum(summed, 0.0) + ratios
        for direction in (UP, DOWN):
            own = np.sign(shifts) == direction
            if np.logaddexp.reduce(sums[own]) - np.log(own.sum()) >= np.log(2 * bound):
                best = np.flatnonzero(own)[np.argmax(summed[own])]
                yield Alarm(day, int(since[best]), direction, float(null[best] + shifts[best]))
                sums[:], summed[:] = -np.inf, 0.0


def _log_ratios(lines: LineCourse, day: int, delays: Delays, null: Floats, other: Floats) -> Floats:
    """The log-ratio of each pair of shifts, of what became known on the ``day``; shape (shifts,)."""
    end = day + 1.0
    waiting = (lines.ordered < end) & (lines.known >= day)
    margin, known, outcome = lines.margin[waiting], lines.known[waiting], lines.outcome[waiting]
    before = delays.open(np.maximum(day - lines.ordered[waiting], 0.0))
    after = delays.open(end - lines.ordered[waiting])
    lost = (known < end) & np.isnan(outcome)
    told = (known < end) & ~lost
    found = np.empty(len(null))
    for place, (low, high) in enumerate(zip(null, other, strict=True)):
        p, q = expit(margin + low), expit(margin + high)
        settled = np.where(outcome == 1, np.log(q / p), np.log((1 - q) / (1 - p)))
        then, now = (np.log(_open(q, *each) / _open(p, *each)) for each in (before, after))
        found[place] = np.where(told, settled - then, np.where(lost, 0.0, now - then)).sum()
    return found


def _open(p: Floats, returned: Floats, kept: Floats) -> Floats:
    return p * returned + (1 - p) * kept


class _Together:
    """How many times as much the lines of an order that are known by a day vary together as alone; at least 1."""

    def __init__(self, lines: LineCourse) -> None:
        told = ~np.isnan(lines.outcome)
        self._known, self._cluster = lines.known[told], lines.cluster[told]
        self._off = lines.outcome[told] - expit(lines.margin[told])

    def by(self, day: int) -> float:
        by_now = self._known < day
        if not by_now.any():
            return 1.0
        off = self._off[by_now]
        whole = np.bincount(self._cluster[by_now], off)
        return max(1.0, float((whole**2).sum() / (off**2).sum()))
