r"""What a policy would earn a decision, from the log of another: off-policy evaluation.

Of row i, let :math:`w_i` be the chance that the target policy does what was done, over its propensity. With profit
:math:`y_i`, and :math:`\hat\mu(x, a)` the profit that is expected under action a, the estimators are

.. math:: \text{IPS} = \frac{1}{n} \sum_i w_i y_i \qquad
          \text{SNIPS} = \frac{\sum_i w_i y_i}{\sum_i w_i} \qquad
          \text{DR} = \frac{1}{n} \sum_i \hat\mu(x_i, \pi(x_i)) + w_i (y_i - \hat\mu(x_i, a_i))

IPS is the estimator of Horvitz and Thompson (1952), SNIPS that of Swaminathan and Joachims (2015, "The self-normalized
estimator for counterfactual learning"), DR that of Dudík, Langford and Li (2011, "Doubly robust policy evaluation and
learning"). Weights are clipped from above. Each is a mean of one value a row, and values of one unit are not
independent: standard errors are those of sums over units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from data.arrays import Bools, Floats
from training.decisions.learning.exposures import NOTHING, Exposures, could_be


@dataclass(frozen=True)
class Target:
    """A policy to be valued, seen from each row; shape (n,) each.

    ``weight``: the chance that it does what was done, over the propensity, clipped. ``modelled``: the profit that is
    expected under what it does. ``done``: that which is expected under what was done. Neither knows the row's profit.
    ``unclipped``: the weight before it was clipped.
    """

    weight: Floats
    modelled: Floats
    done: Floats
    unclipped: Floats

    def take(self, chosen: Bools) -> "Target":
        """Keep the rows ``chosen``."""
        return Target(self.weight[chosen], self.modelled[chosen], self.done[chosen], self.unclipped[chosen])


@dataclass(frozen=True)
class Estimate:
    """A mean, in minor units a decision, with its standard error over ``units`` units."""

    value: float
    error: float
    units: int

    def interval(self, level: float) -> tuple[float, float]:
        """The two-sided interval of this level."""
        half = NormalDist().inv_cdf((1 + level) / 2) * self.error
        return self.value - half, self.value + half

    def lower(self, level: float) -> float:
        """The bound above which the mean lies with this confidence."""
        return self.value - NormalDist().inv_cdf(level) * self.error


def of_actions(exposures: Exposures, target: np.ndarray, outcomes: Mapping[str, Floats], max_weight: float) -> Target:
    """See a policy that does the actions ``target`` (n,); where one was not eligible, it does nothing.

    ``outcomes``: the expected profit under `NOTHING` and each action, shape (n,) each, as
    `training.decisions.learning.outcomes.predict_outcomes` gives it.
    """
    doable = np.where(could_be(target, exposures.eligible), target, NOTHING)
    return _weighed((exposures.action == doable) / exposures.propensity, max_weight).of(
        _under(doable, outcomes), _under(exposures.action, outcomes)
    )


def of_arm(in_arm: Bools, share: Floats, expected: Floats, max_weight: float) -> Target:
    """See the policy of an arm: ``in_arm`` (n,), the rows in it, and ``share`` (n,), the chance of a row to be there.

    What it would have done in other arms need not be known. ``expected``: the profit of each row under anything that
    the draw did not decide.
    """
    return _weighed(in_arm / share, max_weight).of(expected, expected)


def ips(profit: Floats, unit: np.ndarray, target: Target) -> Estimate:
    """Value the target by inverse propensities alone."""
    return mean(target.weight * profit, unit)


def snips(profit: Floats, unit: np.ndarray, target: Target) -> Estimate:
    """Value the target by weights that are divided by their sum; the error is that of a ratio (delta method)."""
    total = float(target.weight.sum())
    if total == 0:
        return Estimate(float("nan"), float("inf"), len(np.unique(unit)))
    value = float(target.weight @ profit) / total
    error = mean(target.weight * (profit - value) * (len(profit) / total), unit).error
    return Estimate(value, error, len(np.unique(unit)))


def dr(profit: Floats, unit: np.ndarray, target: Target) -> Estimate:
    """Value the target by the outcome model, corrected by what the model missed."""
    return mean(dr_scores(profit, target), unit)


def gain(profit: Floats, unit: np.ndarray, target: Target, other: Target) -> Estimate:
    """The doubly robust value of the target above that of another policy, from the same rows."""
    return mean(dr_scores(profit, target) - dr_scores(profit, other), unit)


def dr_scores(profit: Floats, target: Target) -> Floats:
    """One doubly robust value a row, shape (n,); their mean is the estimate."""
    return np.asarray(target.modelled + target.weight * (profit - target.done), dtype=np.float64)


def mean(values: Floats, unit: np.ndarray) -> Estimate:
    """The mean of ``values`` (n,), with the error of a mean whose rows hang together by ``unit`` (n,)."""
    centre = float(values.mean())
    units, place = np.unique(unit.astype(str), return_inverse=True)
    sums = np.bincount(place, values - centre, len(units))
    count = len(units)
    spread = float(sums @ sums) * count / max(count - 1, 1)
    return Estimate(centre, float(np.sqrt(spread)) / len(values) if count > 1 else float("inf"), count)


@dataclass(frozen=True)
class Support:
    """Whether the log covers a policy. ``weights``: the mean weight, which is 1 in the mean where it does.

    ``effective``: as many rows of equal weight would tell as much (Kish, 1965). ``clipped``: the share of all weight
    that clipping took away.
    """

    weights: Estimate
    effective: float
    clipped: float

    def covers(self, level: float) -> bool:
        """Whether the mean weight agrees with 1.

        It falls short where the policy does what never was done, and is off where propensities are wrong.
        """
        low, high = self.weights.interval(level)
        return low <= 1.0 <= high


def support(unit: np.ndarray, target: Target) -> Support:
    """Look at the weights of a target."""
    total = float(target.unclipped.sum())
    squares = float(target.weight @ target.weight)
    return Support(
        mean(target.unclipped, unit),
        float(target.weight.sum()) ** 2 / squares if squares else 0.0,
        1 - float(target.weight.sum()) / total if total else 0.0,
    )


@dataclass(frozen=True)
class _Weights:
    clipped: Floats
    unclipped: Floats

    def of(self, modelled: Floats, done: Floats) -> Target:
        return Target(self.clipped, modelled, done, self.unclipped)


def _weighed(weight: Floats, most: float) -> _Weights:
    return _Weights(np.minimum(weight, most), weight)


def _under(action: np.ndarray, outcomes: Mapping[str, Floats]) -> Floats:
    found = np.zeros(len(action))
    for name, expected in outcomes.items():
        found = np.where(action == name, expected, found)
    return found
