"""The difference between the arms of an experiment, by intention to treat, adjusted for what was known before the draw.

A figure of an arm is a ratio of sums over its units (a mean where each unit weighs 1). Units are the clusters that arms
were drawn for, so sums over units are what varies. Covariates take the part out of the noise that was known before the
draw (CUPED, Deng, Xu, Kohavi and Walker, 2013), by one regression in each arm (Lin, 2013), which never makes the
difference less precise in large samples. With the influence values of both regressions this is the doubly robust
estimator that the confidence sequence of `training.decisions.experiment.sequence` is proven for.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Bools, Floats

ROUNDING: Final = 1e-8
"""What varies less than this, beside its size, is rounding: a regression on it would take chance for an effect."""


@dataclass(frozen=True)
class Contrast:
    """A figure of both arms and their ``difference``, the first minus the second.

    ``weight``: the denominator summed over both arms. The *total* is the difference times it: it grows by sums over
    units as more gets known, which the difference itself does not. ``influence``: of each unit on the total, mean about
    0; shape (n,). ``plain_variance``: the variance of the total without covariates.
    """

    figure: float
    figure_against: float
    difference: float
    weight: float
    influence: Floats
    plain_variance: float

    @property
    def variance(self) -> float:
        """The variance of the total."""
        return float(self.influence @ self.influence)


@dataclass(frozen=True)
class _Arm:
    """An arm's figure at the covariates' mean, its slopes (k,), and the adjusted and plain residuals of its units."""

    figure: float
    slopes: Floats
    residual: Floats
    plain: Floats


def contrast(treated: Bools, over: Floats, under: Floats, covariates: Floats) -> Contrast:
    """Compare the ratio of the sum of ``over`` to that of ``under`` between the arms.

    Parameters
    ----------
    treated
        Whether the unit is in the arm that is compared with the other; shape (n,).
    over, under
        Numerator and denominator of each unit; shape (n,). The sum of ``under`` is above 0 in both arms.
    covariates
        Known before the draw; shape (n, k). More units are in each arm than there are covariates.
    """
    x = _standard(covariates)
    own, other = (_arm(over, under, x, chosen) for chosen in (treated, ~treated))
    weight = float(under.sum())
    influence = x @ (own.slopes - other.slopes) * (weight / len(treated))
    influence[treated] += own.residual * (weight / treated.sum())
    influence[~treated] -= other.residual * (weight / (~treated).sum())
    plain = sum(float(arm.plain @ arm.plain) * (weight / len(arm.plain)) ** 2 for arm in (own, other))
    return Contrast(own.figure, other.figure, own.figure - other.figure, weight, influence, plain)


def _arm(over: Floats, under: Floats, x: Floats, chosen: Bools) -> _Arm:
    """Linearise the ratio (delta method), and regress it on the covariates, which have mean 0 over both arms."""
    of, per, own = over[chosen], under[chosen], x[chosen]
    ratio = float(of.sum() / per.sum())
    plain = (of - ratio * per) / per.mean()
    centre = own.mean(axis=0)
    slopes = np.linalg.lstsq(own - centre, plain, rcond=ROUNDING)[0]
    lost = len(plain) / max(len(plain) - own.shape[1] - 1, 1)  # degrees of freedom of the regression
    residual = (plain - (own - centre) @ slopes) * np.sqrt(lost)
    return _Arm(ratio - float(centre @ slopes), slopes, residual, plain)


def _standard(covariates: Floats) -> Floats:
    """Bring each column to mean 0 and spread 1; one that varies by no more than its rounding to 0."""
    centred = covariates - covariates.mean(axis=0)
    spread = centred.std(axis=0)
    varies = spread > ROUNDING * np.abs(covariates).max(axis=0, initial=0.0)
    return np.asarray(np.where(varies, centred, 0.0) / np.where(varies, spread, 1.0), dtype=np.float64)
