"""What the scores of some lines should have been, as far as is known: their log-odds on another level and slope.

Where p is a score, the true chance is taken as 1 / (1 + exp(-(a + b·logit p))), as Cox (Biometrika 45, 1958) tests
forecasts. Its two numbers are fitted to what is known: lines with an outcome, and open ones by the likelihood of
`training.model.unsettled`. Log-loss and rate need no more: both are linear in the outcome, with the weights logit p and
1, and at the mode the expected outcomes, so weighed, add up to those of the fitted chances. The prior is normal.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from data.arrays import Bools, Floats, Ints
from training.model.unsettled import OpenLines
from training.monitoring.delays import Delays
from training.monitoring.tilt import NO_TILT, Tilt, tilted

ROUNDS, TOLERANCE = 50, 1e-10
LONGEST_STEP = 1.0
"""Of level and slope in one of Newton's steps: the likelihood of open lines is not concave."""
LEAST_CURVATURE = 0.05
"""Share of a settled line's curvature that an open one has at least, for the same reason."""


@dataclass(frozen=True)
class WatchedLines:
    """n scored lines, as known at a moment.

    ``margin``: the log-odds that were given, shape (n,); ``y``: 1 where the line is known to have come back, else 0;
    ``open``: those that are open; ``age``: days since the order, shape (n,); ``cluster``: the order of each line, as a
    number from 0, shape (n,). ``tilt``: that of their delays, which ``open`` has.
    """

    margin: Floats
    y: Floats
    open: OpenLines
    age: Floats
    cluster: Ints
    tilt: Tilt = NO_TILT

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.y)

    @property
    def probability(self) -> Floats:
        """The probabilities that were given, shape (n,)."""
        return np.asarray(expit(self.margin), dtype=np.float64)

    def only(self, chosen: Bools) -> "WatchedLines":
        """The ``chosen`` ones, a mask of shape (n,)."""
        kept = chosen[self.open.places]
        places = (np.cumsum(chosen) - 1)[self.open.places[kept]]
        some = OpenLines(places.astype(np.int64), self.open.returned[kept], self.open.kept[kept])
        return WatchedLines(
            self.margin[chosen], self.y[chosen], some, self.age[chosen], self.cluster[chosen], self.tilt
        )

    def with_delays(self, delays: Delays) -> "WatchedLines":
        """The same lines, where outcomes become known with other ``delays``."""
        places = self.open.places
        shares = self.tilt.of(delays.open(self.age[places]), self.margin[places])
        return replace(self, open=OpenLines(places, *shares))

    def with_tilts(self, returned: float, kept: float) -> "WatchedLines":
        """The same lines, where the tilt of the delays is larger by so much."""
        places, shares = self.open.places, (self.open.returned, self.open.kept)
        beyond = self.margin[places] - self.tilt.middle
        return replace(self, open=OpenLines(places, *tilted(shares, beyond, (returned, kept))))


@dataclass(frozen=True)
class Recalibration:
    """The ``level`` a and the ``slope`` b of the log-odds; 0 and 1 leave them as they are."""

    level: float = 0.0
    slope: float = 1.0

    def chance(self, margin: Floats) -> Floats:
        """The chance of lines with these log-odds, shape (n,)."""
        return np.asarray(expit(self.level + self.slope * margin), dtype=np.float64)

    def outcome(self, lines: WatchedLines) -> Floats:
        """The outcome where it is known, and its chance where the line is open; shape (n,)."""
        found = lines.y.copy()
        places = lines.open.places
        found[places] = lines.open.chance(self.chance(lines.margin[places]))
        return found


@dataclass(frozen=True)
class Prior:
    """Normal around level and slope of the ``parent``, with the standard ``deviations`` of the two."""

    parent: Recalibration
    deviations: tuple[float, float]


@dataclass(frozen=True)
class Fitted:
    """The ``mode``, the ``covariance`` of its two numbers (2, 2), and the expected ``outcome`` of each line (n,)."""

    mode: Recalibration
    covariance: Floats
    outcome: Floats


def fit(lines: WatchedLines, prior: Prior, start: Recalibration | None = None, rounds: int = ROUNDS) -> Fitted:
    """Find the level and the slope of greatest posterior density, by Newton's steps from ``start``.

    The covariance is that of clusters (Liang and Zeger, Biometrika 73, 1986), as lines of an order come back together.
    """
    x = np.column_stack([np.ones(len(lines)), lines.margin])
    middle, precision = _numbers(prior.parent), np.diag(np.array(prior.deviations) ** -2.0)
    theta = middle if start is None else _numbers(start)
    for _ in range(rounds):
        gradient, curvature = _derivatives(lines, Recalibration(*theta))
        step = np.linalg.solve(_squares(x, curvature) + precision, x.T @ gradient - precision @ (theta - middle))
        theta = theta + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max() < TOLERANCE:
            break
    mode = Recalibration(float(theta[0]), float(theta[1]))
    gradient, curvature = _derivatives(lines, mode)
    inverse = np.linalg.inv(_squares(x, curvature) + precision)
    between = cluster_sums(x * gradient[:, None], lines.cluster)
    return Fitted(mode, inverse @ (between.T @ between + precision) @ inverse, mode.outcome(lines))


def cluster_sums(values: Floats, cluster: Ints) -> Floats:
    """The sums of the columns of ``values`` (n, k) over the lines of each cluster, shape (clusters, k)."""
    return np.column_stack([np.bincount(cluster, column) for column in values.T])


def _numbers(of: Recalibration) -> Floats:
    return np.array([of.level, of.slope])


def _squares(x: Floats, curvature: Floats) -> Floats:
    return np.asarray((x * curvature[:, None]).T @ x, dtype=np.float64)


def _derivatives(lines: WatchedLines, at: Recalibration) -> tuple[Floats, Floats]:
    """The slope of each line's log-likelihood in its log-odds, and minus its curvature, bounded from below."""
    p, outcome = at.chance(lines.margin), at.outcome(lines)
    curvature, places = p * (1 - p), lines.open.places
    chance, settled = outcome[places], curvature[places]
    curvature[places] = np.maximum(settled - chance * (1 - chance), LEAST_CURVATURE * settled)
    return outcome - p, curvature
