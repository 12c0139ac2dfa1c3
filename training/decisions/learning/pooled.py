r"""Learns which share of what is at stake an action avoids, pooled over the actions of a kind.

Of a decision, let s be what an action has at stake: what the returns that it is about are expected to cost. Let y be
what was earned beyond what was expected, where only these returns count as they came, and d be 1 where the action was
done, 0 where nothing was. With features f of the customer and the action, the first of which is 1,

.. math:: y = s \, (f^\top \gamma + d \, f^\top \beta) + \varepsilon, \qquad
          \mathrm{Var}(\varepsilon) = a + b s + c s^2, \qquad \beta \sim N(m, \mathrm{diag}(v^2))

:math:`f^\top \beta` is the share that the action avoids. The features are the index of dismissals
(`training.decisions.learning.dismissals`), the ranks of the customer's covariates, and a mark of each action: so all
actions of a kind respond alike to the same customer, unless the log says otherwise, and each has a level of its own.
Before the log says anything, the level is what the policy believes, and customers differ as far as the prior says. This
is a hierarchical (ridge) regression with known prior (Gelman and Hill, 2007, "Data Analysis Using Regression and
Multilevel/Hierarchical Models", chapter 16). The noise is fitted to the squared residuals. The covariance of the
coefficients allows for units whose decisions hang together (the sandwich of Liang and Zeger, 1986).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy.optimize import nnls

from data.arrays import Bools, Floats, Ints
from training.decisions.learning.params import PooledParams

RANKS: Final = 101
"""So many quantiles of a covariate are kept to give the rank of a value."""
FARTHEST: Final = 3.0
"""The index counts at most so many standard deviations from its mean."""
ROUNDS: Final = 3
"""So often noise and coefficients are fitted in turn."""
SELDOM: Final = 1e-3
"""A row's variance is at least this share of the mean one."""


@dataclass(frozen=True)
class Compared:
    """Decisions at which an action was done or nothing was, where the action could have been; shape (n,) each.

    ``x`` (n, k): covariates of the customer, NaN where unknown. ``index``: of dismissals, cross-fitted. ``action``: the
    place of the action among those of its kind. ``done``: whether it was done. ``outcome`` and ``stake``: in minor
    units. ``counts``: as how much of a row it counts; a decision at which nothing was done is compared with several
    actions, and counts once in all. ``unit``: str.
    """

    x: Floats
    index: Floats
    action: Ints
    done: Bools
    outcome: Floats
    stake: Floats
    counts: Floats
    unit: np.ndarray

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.done)


@dataclass(frozen=True)
class Basis:
    """How features are made: the index less ``centre``, over ``scale``; ranks by ``knots`` (k, RANKS), ascending."""

    centre: float
    scale: float
    knots: Floats
    actions: int

    @classmethod
    def of(cls, x: Floats, index: Floats, actions: int) -> "Basis":
        """Take the ranks from the rows ``x`` (n, k), and mean and spread of ``index`` (n,)."""
        knots = [
            np.quantile(known, np.linspace(0, 1, RANKS)) if len(known := column[~np.isnan(column)]) else np.zeros(RANKS)
            for column in x.T
        ]
        spread = float(index.std()) if len(index) else 0.0
        return cls(float(index.mean()) if len(index) else 0.0, spread, np.reshape(knots, (-1, RANKS)), actions)

    @cached_property
    def _distinct(self) -> list[tuple[Floats, Floats]]:
        return [_distinct(knots) for knots in self.knots]

    @property
    def size(self) -> int:
        """The number of features p: 1, the index, a rank of each covariate, and a mark of each action."""
        return 2 + len(self.knots) + self.actions

    def features(self, x: Floats, index: Floats, action: Ints) -> Floats:
        """Give 1, the index, the ranks (0 where unknown, variance 1 about it) and a mark of each action; (n, p)."""
        standard = (index - self.centre) / self.scale if self.scale > 0 else np.zeros(len(index))
        ranks = [_rank(own, *distinct) for own, distinct in zip(x.T, self._distinct, strict=True)]
        marks = action[:, None] == np.arange(self.actions)
        parts = [np.ones(len(index)), np.clip(standard, -FARTHEST, FARTHEST), *ranks]
        return np.column_stack([*parts, marks.astype(np.float64)])


@dataclass(frozen=True)
class SharesAvoided:
    """What is known of the coefficients beta: ``mean`` (p,) and ``covariance`` (p, p), by the features of ``basis``."""

    basis: Basis
    mean: Floats
    covariance: Floats

    def predict(self, x: Floats, index: Floats, action: Ints) -> Floats:
        """Give the share of the stake that the action avoids, with its standard deviation; shape (n, 2)."""
        features = self.basis.features(x, index, action)
        variance = np.einsum("ij,jk,ik->i", features, self.covariance, features)
        return np.column_stack([features @ self.mean, np.sqrt(np.maximum(variance, 0.0))])


def believed(basis: Basis, beliefs: Sequence[float], params: PooledParams) -> SharesAvoided:
    """What is known before the log says anything; ``beliefs``: the share that each action of the kind avoids."""
    level = float(np.mean(beliefs))
    covariates = len(basis.knots)
    mean = np.concatenate([[level, -params.index_mean], np.zeros(covariates), np.asarray(beliefs) - level])
    spread = np.concatenate([
        [params.level_spread, params.index_spread],
        np.full(covariates, params.covariates_spread / np.sqrt(max(covariates, 1))),
        np.full(basis.actions, params.action_spread),
    ])  # fmt: skip
    return SharesAvoided(basis, mean, np.diag(spread**2))


def learn_shares(rows: Compared, prior: SharesAvoided) -> SharesAvoided:
    """Learn the coefficients from ``rows``, starting from ``prior``, whose basis is kept."""
    if not len(rows):
        return prior
    features = prior.basis.features(rows.x, rows.index, rows.action)
    design = rows.stake[:, None] * np.hstack([features, rows.done[:, None] * features])
    size = features.shape[1]
    precision = np.zeros((2 * size, 2 * size))
    precision[:size, :size] = np.eye(size)  # the score is calibrated in the mean: what it misses is a small share
    precision[size:, size:] = np.linalg.inv(prior.covariance)
    start = np.concatenate([np.zeros(size), prior.mean])
    mean, variance = start, np.full(len(rows), float(np.mean((rows.outcome - design @ start) ** 2)) + 1e-12)
    for _ in range(ROUNDS):
        weighed = design * (rows.counts / variance)[:, None]
        inverse = np.linalg.inv(precision + weighed.T @ design)
        mean = start + inverse @ (weighed.T @ (rows.outcome - design @ start))
        residual = rows.outcome - design @ mean
        variance = _noise(residual**2, rows.stake)
    scores = design * (rows.counts / variance * residual)[:, None]
    covariance = inverse @ (precision + _by_unit(scores, rows.unit)) @ inverse
    return SharesAvoided(prior.basis, mean[size:], covariance[size:, size:])


def _noise(squares: Floats, stake: Floats) -> Floats:
    """The variance of each row by its stake, fitted to the squared residuals; shape (n,)."""
    unit = float(stake.mean()) or 1.0
    columns = np.column_stack([np.ones(len(stake)), stake / unit, (stake / unit) ** 2])
    # Squares are as large as their variance: without weights, the largest stakes alone would decide.
    weight = 1.0 / (1.0 + (stake / unit) ** 2)
    found, _ = nnls(columns * weight[:, None], squares * weight)
    least = SELDOM * float(squares.mean()) + 1e-12
    return np.asarray(np.maximum(columns @ found, least), dtype=np.float64)


def _by_unit(scores: Floats, unit: np.ndarray) -> Floats:
    """The sum over units of the outer product of their summed scores; (p, p)."""
    place = np.unique(unit, return_inverse=True)[1]
    order = np.argsort(place, kind="stable")
    begins = np.flatnonzero(np.diff(place[order], prepend=-1))
    sums = np.add.reduceat(scores[order], begins, axis=0)
    return np.asarray(sums.T @ sums, dtype=np.float64)


def _rank(values: Floats, quantiles: Floats, shares: Floats) -> Floats:
    """The place of values among the quantiles, from -sqrt(3) to sqrt(3); ties in the middle, 0 where unknown."""
    share = np.interp(values, quantiles, shares) if len(quantiles) > 1 else np.full(len(values), 0.5)
    return np.where(np.isnan(values), 0.0, (2 * share - 1) * np.sqrt(3.0))


def _distinct(knots: Floats) -> tuple[Floats, Floats]:
    """The distinct quantiles with their shares, the mean share where several are the same."""
    values, place = np.unique(knots, return_inverse=True)
    shares = np.bincount(place, np.linspace(0, 1, len(knots))) / np.bincount(place)
    return values, shares
