"""Evidence that scores are off in level or slope: an e-detector, which may be looked at every day.

Each day brings the likelihood ratio of what became known in it: had the log-odds a ``shift`` beyond the ``tolerance``,
against the tolerance itself. What a line had told before is in the ratio of the days before. Under every shift within
the tolerance its mean is at most 1, as the likelihood ratio is monotone. The Shiryaev-Roberts sum over the days,
M(n) = (M(n-1) + 1)·L(n), is an e-detector (Shin, Ramdas and Rinaldo, 2024): while nothing is wrong, it takes as many
days in the mean as the bound, at least, until it passes the bound.

Two such sums are averaged, as a change may be of two kinds. L(n) is of all open lines, for a change of what becomes
known from a day on, such as returns that are lost. And what became known by n is summed over the days from which on
lines were *ordered*: a faulty product or a new price changes orders of now, and for weeks most returns are of orders
of before, which speak against any change. Sums of several shifts are averaged, too. Where lines of an order come back
together, ratios are tempered by as much as these vary more than lines alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from data.arrays import Bools, Floats, Ints
from features.catalog import CANCELLED_AT
from training.monitoring.delays import Delays, days_of
from training.monitoring.recalibration import Recalibration

SHIFTS = (0.1, 0.2, 0.4, 0.8)
"""Of the log-odds beyond the tolerance: from two points to fifteen, at a rate of 30%."""
UP, DOWN = 1, -1
TOO_SURE, NOT_SURE_ENOUGH = 2, -2
SLOPES = {TOO_SURE: (0.9, (0.7, 0.4, 0.0)), NOT_SURE_ENOUGH: (1.1, (1.4, 2.0))}
"""By direction, the slope of the log-odds that is tolerated, and those that are held against it; 0: no tie at all."""
LEVEL_DAYS = 42
LEVEL_DEVIATION = 0.3
"""Of the normal prior of the level that is followed, around that of the scores; log-odds."""
NEWTON = 8


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

    ``since``: the day from which on what became known, or what was
    ordered, tells it. ``direction``: `UP` where more comes back than the scores say, `DOWN`
    where less does; `TOO_SURE` where outcomes follow the scores less than these say, `NOT_SURE_ENOUGH` where more.
    ``other``: the level and slope of the log-odds that explain best what became known since.
    """

    day: int
    since: int
    direction: int
    other: Recalibration


@dataclass(frozen=True)
class Pair:
    """What is tolerated, ``null``, and what is held against it, ``other``, of one direction."""

    direction: int
    null: Recalibration
    other: Recalibration


def alarms(lines: LineCourse, delays: Sequence[Delays], tolerance: float, bound: float) -> Iterator[Alarm]:
    """Yield the alarms of the level on the days that ``delays`` has, one each, as it was known by then.

    ``bound``: the days that pass in the mean, at least, until one alarm is false. After an alarm evidence begins anew.
    """
    pairs = [
        Pair(direction, Recalibration(direction * tolerance), Recalibration(direction * (tolerance + shift)))
        for direction in (UP, DOWN)
        for shift in SHIFTS
    ]
    yield from _detect(lines, delays, lambda _day, _delays: pairs, bound)


def slope_alarms(lines: LineCourse, delays: Sequence[Delays], bound: float) -> Iterator[Alarm]:
    """Yield the alarms of the slope: against the same scores at the level that follows what is known, day by day.

    Each slope has the level at which as many lines come back as at the followed one, so that a drift of the rate is no
    evidence. The rest is as `alarms` says.
    """

    def pairs(day: int, known: Delays) -> list[Pair]:
        margin = lines.margin[_recent(lines, day)]
        level = _level(lines, day, known)
        rate = float(expit(level + margin).mean()) if len(margin) else 0.5

        def at(slope: float) -> Recalibration:
            return Recalibration(_level_of_rate(slope * margin, rate), slope)

        return [
            Pair(direction, at(null), at(slope)) for direction, (null, slopes) in SLOPES.items() for slope in slopes
        ]

    yield from _detect(lines, delays, pairs, bound)


def _detect(
    lines: LineCourse, delays: Sequence[Delays], pairs_of: Callable[[int, Delays], Sequence[Pair]], bound: float
) -> Iterator[Alarm]:
    """Add up the evidence of each pair, day by day. All days have the same directions in the same order."""
    together = _Together(lines)
    evidence: _Evidence | None = None
    for day, known in enumerate(delays):
        pairs = pairs_of(day, known)
        evidence = evidence or _Evidence(len(pairs), day)
        evidence.add(day, _log_ratios(lines, day, known, pairs, evidence.first) / together.by(day))
        total, directions = evidence.total(), np.array([each.direction for each in pairs])
        for direction in np.unique(directions)[::-1]:
            own = directions == direction
            if np.logaddexp.reduce(total[own]) - np.log(own.sum()) >= np.log(2 * bound):
                best, since = evidence.best(np.flatnonzero(own))
                yield Alarm(day, since, int(direction), pairs[best].other)
                evidence = None
                break


class _Evidence:
    """The evidence of each of ``pairs`` pairs since the day ``first``: of what became known, and of orders."""

    def __init__(self, pairs: int, first: int) -> None:
        self.first = first
        self._known, self._grown = np.full(pairs, -np.inf), np.zeros(pairs)
        self._since = np.full(pairs, first)
        self._by_order = np.empty((pairs, 0))

    def add(self, day: int, ratios: Floats) -> None:
        """Add the log-ratios of a ``day``, by pair and by day of the order: shape (pairs, days from the first on)."""
        whole = ratios.sum(axis=1)
        self._known = np.logaddexp(self._known, 0.0) + whole
        self._since[self._grown <= 0] = day
        self._grown = np.maximum(self._grown, 0.0) + whole
        self._by_order = np.hstack([self._by_order, np.zeros((len(whole), 1))]) + ratios

    def total(self) -> Floats:
        """The logarithm of both kinds' mean; shape (pairs,)."""
        of_orders = np.logaddexp.reduce(self._from_orders(), axis=1)
        return np.asarray(np.logaddexp(self._known, of_orders) - np.log(2), dtype=np.float64)

    def best(self, places: Ints) -> tuple[int, int]:
        """Which of the pairs at ``places`` has grown most, and since which day."""
        from_orders = self._from_orders()[places]
        grown = np.maximum(self._grown[places], from_orders.max(axis=1))
        row = int(np.argmax(grown))
        pair = int(places[row])
        if self._grown[pair] >= grown[row]:
            return pair, int(self._since[pair])
        return pair, self.first + int(np.argmax(from_orders[row]))

    def _from_orders(self) -> Floats:
        """The log-ratio of all orders from each day on; shape (pairs, days from the first on)."""
        return np.asarray(np.cumsum(self._by_order[:, ::-1], axis=1)[:, ::-1], dtype=np.float64)


def _log_ratios(lines: LineCourse, day: int, delays: Delays, pairs: Sequence[Pair], first: int) -> Floats:
    """The log-ratios of what became known on the ``day``, by pair and by day of the order.

    Shape (pairs, days from the ``first`` to ``day``); what was ordered before the first counts as ordered on it.
    """
    end = day + 1.0
    waiting = (lines.ordered < end) & (lines.known >= day)
    margin, known, outcome = lines.margin[waiting], lines.known[waiting], lines.outcome[waiting]
    before = delays.open(np.maximum(day - lines.ordered[waiting], 0.0))
    after = delays.open(end - lines.ordered[waiting])
    lost = (known < end) & np.isnan(outcome)
    told = (known < end) & ~lost
    on = np.maximum(lines.ordered[waiting].astype(np.int64), first) - first
    found = np.empty((len(pairs), day + 1 - first))
    for place, pair in enumerate(pairs):
        p, q = pair.null.chance(margin), pair.other.chance(margin)
        settled = np.where(outcome == 1, np.log(q / p), np.log((1 - q) / (1 - p)))
        then, now = (np.log(_open(q, *each) / _open(p, *each)) for each in (before, after))
        each_line = np.where(told, settled - then, np.where(lost, 0.0, now - then))
        found[place] = np.bincount(on, each_line, minlength=found.shape[1])
    return found


def _recent(lines: LineCourse, day: int) -> Bools:
    """The lines of the days before the ``day`` from which the level is followed, but those that nothing came of."""
    ended = (lines.known < day) & np.isnan(lines.outcome)
    return np.asarray((lines.ordered < day) & (lines.ordered >= day - LEVEL_DAYS) & ~ended, dtype=np.bool_)


def _level(lines: LineCourse, day: int, delays: Delays) -> float:
    """The level of the recent lines' log-odds that fits best what was known of them before the ``day``."""
    recent = _recent(lines, day)
    margin = lines.margin[recent]
    known = lines.known[recent] < day
    returned, kept = delays.open(day - lines.ordered[recent])
    level = 0.0
    for _ in range(NEWTON):
        p = expit(level + margin)
        outcome = np.where(known, lines.outcome[recent], p * returned / _open(p, returned, kept))
        slope = (outcome - p).sum() - level / LEVEL_DEVIATION**2
        level += float(np.clip(slope / ((p * (1 - p)).sum() + LEVEL_DEVIATION**-2), -1, 1))
    return level


def _level_of_rate(log_odds: Floats, rate: float) -> float:
    """The level at which lines with these log-odds have the mean chance ``rate``."""
    level = float(logit(rate))
    for _ in range(NEWTON):
        p = expit(level + log_odds)
        level += float(np.clip((rate - p).sum() / max((p * (1 - p)).sum(), 1e-12), -1, 1)) if len(p) else 0.0
    return level


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
