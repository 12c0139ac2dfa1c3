"""Three ways to learn the effect of one action on profit, each given as weighted models that add up to the effect.

Two-model (T-learner) and X-learner: Künzel, Sekhon, Bickel and Yu (2019), "Metalearners for estimating heterogeneous
treatment effects using machine learning". DR-learner: Kennedy (2023), "Towards optimal doubly robust estimation of
heterogeneous causal effects", with the propensities of the log, which are known.

The spread of an effect comes from replicates: each draws a weight for every unit from the exponential distribution
(the Bayesian bootstrap of Rubin, 1981), the same for all rows of the unit. The number of trees is fixed and large: the
number that fits best by cross-validation leaves a bias beside which the replicates' spread is too small.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from data.arrays import Bools, Floats
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.forest import Sample, cross_fit, fit
from training.decisions.learning.outcomes import covariates_of, predict_outcomes
from training.decisions.learning.params import Learner, LearningParams

Term = tuple[float, lgb.Booster]
"""A model and the factor by which it counts."""
LARGEST_PRECISION: Final = 10.0
"""A row counts at most so many times as much, and at least one such part, as the median row, for its little noise."""


@dataclass(frozen=True)
class Rows:
    """The rows of one action, where it was eligible; shape (n,) each, ``x`` (n, k).

    ``target``: the profit, or the doubly robust pseudo-outcome. ``shown``, ``nothing``: whether the action was done, or
    nothing. ``weight``: of the replicate and of the row's precision.
    """

    x: Floats
    target: Floats
    shown: Bools
    nothing: Bools
    weight: Floats


class Learning:
    """Learns from ``exposures``, whose rows are in `Exposures.order`."""

    def __init__(self, exposures: Exposures, params: LearningParams) -> None:
        self._given, self._params = exposures, params
        self._x, self._fold = covariates_of(exposures), exposures.folds(params.folds, params.seed)
        units, self._place = np.unique(exposures.unit.astype(str), return_inverse=True)
        self._units = len(units)
        self._outcomes: Mapping[str, Floats] | None = None

    def replicates(self, action: str, learner: Learner) -> Iterator[list[Term]]:
        """Learn the effect of ``action``, replicate by replicate."""
        given, own = self._given, self._given.eligible[action].to_numpy(np.bool_)
        target = self._pseudo(action) if learner is Learner.DR else given.profit
        shown, nothing, x = (given.action == action)[own], (given.action == NOTHING)[own], self._x[own]
        precision = self._precision(Sample(x, target[own], self._fold[own]))
        for replicate in range(self._params.replicates):
            random = np.random.default_rng([self._params.seed, replicate])
            weight = random.exponential(size=self._units)[self._place[own]] * precision
            yield _WAYS[learner](Rows(x, target[own], shown, nothing, weight), self._fit)

    def _fit(self, rows: Rows, chosen: Bools, target: Floats) -> lgb.Booster:
        trees = self._params.trees
        return fit(rows.x[chosen], target, rows.weight[chosen], trees.rounds, trees, self._params.seed)

    def _pseudo(self, action: str) -> Floats:
        """The pseudo-outcome of Kennedy: its mean at each x is the effect, if propensities or outcomes are right."""
        if self._outcomes is None:
            self._outcomes = predict_outcomes(self._given, self._params)
        given, acted, rested = self._given, self._outcomes[action], self._outcomes[NOTHING]
        weight = np.minimum(1 / given.propensity, self._params.max_weight)
        shown, nothing = given.action == action, given.action == NOTHING
        corrected = shown * weight * (given.profit - acted) - nothing * weight * (given.profit - rested)
        return np.asarray(acted - rested + corrected, dtype=np.float64)

    def _precision(self, sample: Sample) -> Floats:
        """What a row counts by the noise at its covariates, 1 for the median row; shape (n,).

        Profits vary with the value of a basket, so large baskets would drown all others. Any weight that only the
        covariates decide leaves the effect at given covariates as it is. The noise is modelled by its logarithm, since
        squares of heavy tails have no stable mean.
        """
        params = self._params
        centre = cross_fit(sample, params.folds, params.trees, params.seed).predict(sample.x, sample.fold)
        squares = (sample.y - centre) ** 2
        logs = Sample(sample.x, np.log(squares + max(float(np.median(squares)) / 10, 1e-12)), sample.fold)
        noise = cross_fit(logs, params.folds, params.trees, params.seed).predict(sample.x, sample.fold)
        return np.exp(np.clip(np.median(noise) - noise, -np.log(LARGEST_PRECISION), np.log(LARGEST_PRECISION)))


Fit = Callable[[Rows, Bools, Floats], lgb.Booster]
"""Fits the rows that are chosen (n,) to a target (chosen,)."""


def _two_model(rows: Rows, fitted: Fit) -> list[Term]:
    """The model of what is earned with the action, minus that without it."""
    return [(sign, fitted(rows, own, rows.target[own])) for sign, own in ((1.0, rows.shown), (-1.0, rows.nothing))]


def _x(rows: Rows, fitted: Fit) -> list[Term]:
    """Impute each row's effect by the other arm's model, learn both, and weigh them by the share of the other arm."""
    share = float(rows.shown.sum() / (rows.shown.sum() + rows.nothing.sum()))
    terms = []
    for sign, own, other, factor in ((1, rows.shown, rows.nothing, 1 - share), (-1, rows.nothing, rows.shown, share)):
        imputed = np.asarray(fitted(rows, other, rows.target[other]).predict(rows.x[own], num_threads=1))
        terms.append((factor, fitted(rows, own, sign * (rows.target[own] - imputed))))
    return terms


def _dr(rows: Rows, fitted: Fit) -> list[Term]:
    """Learn the pseudo-outcome from all rows."""
    return [(1.0, fitted(rows, np.ones(len(rows.x), dtype=np.bool_), rows.target))]


_WAYS: dict[Learner, Callable[[Rows, Fit], list[Term]]] = {
    Learner.TWO_MODEL: _two_model,
    Learner.X: _x,
    Learner.DR: _dr,
}
