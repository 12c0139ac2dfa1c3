"""The posteriors at the start of a day, and how the outcomes of a day move them.

The log-odds of a line are the sum of the levels that it belongs to, and of slopes times its covariates; the first
covariate is constant and carries the level of the shop. A level has a normal posterior of its own and begins at 0: at
what the wider levels of its lines say. The slopes have one normal posterior together.

The outcomes that became known on a day move all posteriors at once, to their joint mode (Laplace approximation), and
every posterior is then taken for normal again (assumed-density filtering; Opper, 1998; Graepel et al., 2010). So the
order of the outcomes within a day does not matter.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from data.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.posteriors.log_odds import quadratic

NO_LEVEL = -1
"""Stands for the level of a kind that a line has none of."""
SWEEPS = 3
"""How often a day goes through all kinds of levels in turn; ten sweeps move real log-odds by 0.0002 more, root mean
square."""


@dataclass
class Posteriors:
    """The posteriors of all levels and slopes.

    ``mean`` (log-odds) and ``variance`` (squared log-odds): of the levels, float64, shape (levels,). ``slope``: means
    of the slopes, shape (covariates,); ``covariance``: theirs, shape (covariates, covariates). ``moved``: whether an
    outcome has moved a level, shape (levels,).
    """

    mean: Floats
    variance: Floats
    slope: Floats
    covariance: Floats
    moved: Bools
    number: Ints = field(init=False, repr=False, compare=False)
    """The place of a level among those that the outcomes of a day touch, as long as it is that day."""

    def __post_init__(self) -> None:
        """Make room for the numbers of the touched levels."""
        self.number = np.zeros(len(self.mean), dtype=np.int64)

    @classmethod
    def prior(cls, variance: Floats, of_slopes: Floats) -> "Posteriors":
        """Before any outcome: all means 0; ``variance`` of each level, and ``of_slopes``, of each covariate."""
        levels, slopes = np.zeros(len(variance)), np.zeros(len(of_slopes))
        return cls(levels, variance.copy(), slopes, np.diag(of_slopes), np.zeros(len(variance), dtype=np.bool_))

    def drift(self, variance: float, days: int) -> None:
        """Let the level of the shop wander by ``variance`` (squared log-odds) a day."""
        self.covariance[0, 0] += variance * days

    def of_levels(self, levels: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of the levels of some lines, 0 for one that a line lacks; shape (n, kinds) each.

        ``levels``: the place of each line's level of each kind, or `NO_LEVEL`; shape (n, kinds).
        """
        known = levels != NO_LEVEL
        return np.where(known, self.mean[levels], 0.0), np.where(known, self.variance[levels], 0.0)

    def moved_of(self, levels: Ints) -> Bools:
        """Whether an outcome has moved the ``levels`` of some lines, which `of_levels` takes; shape (n, kinds)."""
        return np.asarray((levels != NO_LEVEL) & self.moved[levels], dtype=np.bool_)

    def learn(self, levels: Ints, covariates: Floats, returned: Floats) -> None:
        """Move the posteriors by the outcomes of one day.

        Parameters
        ----------
        levels
            As `of_levels` takes them; no two kinds share a place.
        covariates
            Shape (n, covariates).
        returned
            1 for a line that came back, 0 for one that was kept; shape (n,).
        """
        if not len(returned):
            return
        day = _Day.of(self, levels, covariates, returned)
        for _ in range(SWEEPS):
            day.move_slopes()
            for kind in range(levels.shape[1]):
                day.move_levels(kind)
        self.mean[day.places], self.slope = day.mean, day.slope
        self.variance[day.places], self.covariance = day.narrowed()
        self.moved[day.places] = True


@dataclass
class _Day:
    """The outcomes of a day, and the levels that they touch: ``places``, ascending, shape (m,).

    ``line``: the touched level of each line and kind, shape (n, kinds); lines without a level of a kind have m, whose
    mean and variance are 0. ``start`` and ``variance``: the levels as the day begins, shape (m + 1,). ``level`` and
    ``slope`` move towards the mode, and ``margin``, the log-odds of the lines, with them.
    """

    places: Ints
    line: npt.NDArray[np.intp]
    start: Floats
    variance: Floats
    slope_start: Floats
    covariance: Floats
    covariates: Floats
    returned: Floats
    level: Floats
    slope: Floats
    margin: Floats = field(init=False)
    precision: Floats = field(init=False)

    @classmethod
    def of(cls, now: Posteriors, levels: Ints, covariates: Floats, returned: Floats) -> "_Day":
        every = np.sort(levels[levels != NO_LEVEL])
        places = every[np.flatnonzero(np.diff(every, prepend=NO_LEVEL))]
        now.number[places] = np.arange(len(places))
        line = np.where(levels == NO_LEVEL, len(places), now.number[levels])
        start = np.append(now.mean[places], 0.0)
        variance = np.append(now.variance[places], 0.0)
        slope = now.slope
        return cls(
            places, line, start, variance, slope, now.covariance, covariates, returned, start.copy(), slope.copy()
        )

    def __post_init__(self) -> None:
        self.margin = self.level[self.line].sum(axis=1) + self.covariates @ self.slope
        self.precision = _inverse(self.covariance)

    @property
    def mean(self) -> Floats:
        """The touched levels where they are now; shape (m,)."""
        return self.level[:-1]

    def move_slopes(self) -> None:
        """One step of Newton's method on all slopes together."""
        p = expit(self.margin)
        slope = self.covariates.T @ (self.returned - p) - self.precision @ (self.slope - self.slope_start)
        step = np.linalg.solve(self.precision + _weighted(self.covariates, p * (1 - p)), slope)
        self.slope = self.slope + step
        self.margin = self.margin + self.covariates @ step

    def move_levels(self, kind: int) -> None:
        """One step of Newton's method on each level of a kind by itself."""
        p, of_line = expit(self.margin), self.line[:, kind]
        pull, weight = self._summed(of_line, self.returned - p), self._summed(of_line, p * (1 - p))
        step = (self.variance * pull - (self.level - self.start)) / (1 + self.variance * weight)
        step[weight == 0] = 0.0  # levels of other kinds
        self.level += step
        self.margin = self.margin + step[of_line]

    def narrowed(self) -> tuple[Floats, Floats]:
        """The variances of the touched levels, shape (m,), and the covariance of the slopes, after the day.

        A line tells less of a level, the less is known of what else it belongs to.
        """
        p = expit(self.margin)
        noise = 1 / np.maximum(p * (1 - p), np.finfo(np.float64).tiny)
        of_levels, of_slopes = self.variance[self.line], quadratic(self.covariates, self.covariance)
        told = np.zeros(len(self.variance))
        for kind in range(self.line.shape[1]):
            others = of_slopes + np.delete(of_levels, kind, axis=1).sum(axis=1)
            told += self._summed(self.line[:, kind], 1 / (noise + others))
        precision = self.precision + _weighted(self.covariates, 1 / (noise + of_levels.sum(axis=1)))
        return (self.variance / (1 + self.variance * told))[:-1], _inverse(precision)

    def _summed(self, of_line: npt.NDArray[np.intp], values: Floats) -> Floats:
        return np.bincount(of_line, values, minlength=len(self.variance)).astype(np.float64)


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


@compiled
def _weighted(covariates: Floats, weights: Floats) -> Floats:
    """The sum of the products of covariates of each line, times its weight; shape (covariates, covariates).

    Days are small: the threads of a linear algebra library would wait for each other longer than they compute.
    """
    count = covariates.shape[1]
    found = np.zeros((count, count))
    for line in range(len(weights)):
        for one in range(count):
            value = covariates[line, one] * weights[line]
            for other in range(one + 1):
                found[one, other] += value * covariates[line, other]
    for one in range(count):
        for other in range(one):
            found[other, one] = found[one, other]
    return found
