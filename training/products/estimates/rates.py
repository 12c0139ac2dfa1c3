"""Empirical Bayes: return rates of many items, each shrunk towards its expected rate; thin evidence is shrunk more.

An item's rate p is drawn from a mixture of beta distributions around its expected rate e,
p ~ sum over k of w_k Beta(s_k e, s_k (1 - e)). A large strength s_k holds the rate close to e (most items), a small one
leaves the rate free (the few faulty items). The weights are learned from all items by expectation-maximisation, so the
data determine how much items differ: Robbins (1956), Efron, "Large-Scale Inference" (2010). The mixture over fixed
scales is the adaptive shrinkage of Stephens (2017, doi:10.1093/biostatistics/kxw041), with betas in place of normals.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betainc, betaincinv, betaln, logsumexp

from data.arrays import Floats, Ints
from features.compiled import compiled
from training.products.estimates.evidence import Evidence

STRENGTHS = np.array([2.0, 5.0, 12.0, 30.0, 75.0, 200.0, 600.0, 3000.0])
"""Strengths of the mixture, in lines: from "any rate" to "as expected"."""
EDGE = 1e-4
"""Expected rates are clipped to this distance from 0 and 1, where a beta has no density."""
ENOUGH_ITEMS = 50_000
"""Most items that the prior is learned from; of more items, a random sample."""
_MAX_ROUNDS: Final = 500
_TOLERANCE: Final = 1e-7


@dataclass(frozen=True)
class Prior:
    """How far items' rates lie from the expected ones: ``strengths`` in lines, ``weights`` sum to 1; shape (K,)."""

    strengths: Floats
    weights: Floats


@dataclass(frozen=True)
class Posterior:
    """What is known of the rates of n items: mixtures of beta distributions, each array of shape (n, K)."""

    alpha: Floats
    beta: Floats
    weights: Floats

    @property
    def mean(self) -> Floats:
        """The shrunk rate, shape (n,)."""
        return np.asarray((self.weights * self._means).sum(axis=1), dtype=np.float64)

    @property
    def variance(self) -> Floats:
        """The variance of the rate, shape (n,)."""
        means = self._means
        within = means * (1.0 - means) / (self.alpha + self.beta + 1.0)
        second = (self.weights * (within + means**2)).sum(axis=1)
        return np.asarray(np.maximum(second - self.mean**2, 0.0), dtype=np.float64)

    def above(self, rate: Floats) -> Floats:
        """P(the rate is above ``rate``), both of shape (n,)."""
        return 1.0 - self.below(rate)

    def take(self, chosen: Ints) -> "Posterior":
        """Keep the items ``chosen``."""
        return Posterior(self.alpha[chosen], self.beta[chosen], self.weights[chosen])

    def quantile(self, q: float) -> Floats:
        """The rate below which the true one lies with probability ``q``, shape (n,): to 1e-7 in rate or probability.

        Newton's method from `rough_quantile`, with a step of bisection where Newton's step does not come nearer.
        """
        x = np.clip(self.rough_quantile(q), EDGE, 1.0 - EDGE)
        low, high, last = np.zeros(len(x)), np.ones(len(x)), np.ones(len(x))
        at, left = np.arange(len(x)), self
        while len(at):
            gap = left.below(x[at]) - q
            low[at], high[at] = np.where(gap < 0, x[at], low[at]), np.where(gap < 0, high[at], x[at])
            going = (np.abs(gap) > _TOLERANCE) & (high[at] - low[at] > _TOLERANCE)
            at, left, gap = at[going], left.take(np.flatnonzero(going)), gap[going]
            step = x[at] - gap / np.maximum(left.density(x[at]), 1e-300)
            bad = (np.abs(gap) > last[at] / 2.0) | ~((step > low[at]) & (step < high[at]))
            x[at], last[at] = np.where(bad, (low[at] + high[at]) / 2.0, step), np.abs(gap)
        return x

    def rough_quantile(self, q: float) -> Floats:
        """Give `quantile` of the one beta distribution with the same mean and variance: for millions of items."""
        mean = np.clip(self.mean, EDGE, 1.0 - EDGE)
        strength = np.maximum(mean * (1.0 - mean) / np.maximum(self.variance, 1e-12) - 1.0, 1e-3)
        return np.asarray(betaincinv(mean * strength, (1.0 - mean) * strength, q), dtype=np.float64)

    def below(self, rate: Floats) -> Floats:
        """P(the rate is at most ``rate``), both of shape (n,)."""
        inside = betainc(self.alpha, self.beta, np.clip(rate, 0.0, 1.0)[:, None])
        return np.asarray((self.weights * inside).sum(axis=1), dtype=np.float64)

    def density(self, rate: Floats) -> Floats:
        """The density at ``rate``, both of shape (n,)."""
        x = np.clip(rate, _TOLERANCE, 1.0 - _TOLERANCE)[:, None]
        logs = (self.alpha - 1.0) * np.log(x) + (self.beta - 1.0) * np.log1p(-x) - betaln(self.alpha, self.beta)
        return np.asarray((self.weights * np.exp(logs)).sum(axis=1), dtype=np.float64)

    @property
    def _means(self) -> Floats:
        return self.alpha / (self.alpha + self.beta)


def fit_prior(evidence: Evidence) -> Prior:
    """Learn how much items differ from their expected rates.

    Left out are items without evidence, and those without an expected rate: all of their lines came back so early that
    none of them counts as seen yet.
    Without any item, all weights are equal.
    """
    seen = (evidence.returned + evidence.kept > 0) & ~np.isnan(evidence.expected)
    start = np.full(len(STRENGTHS), 1.0 / len(STRENGTHS))
    if not seen.any():
        return Prior(STRENGTHS, start)
    places = np.flatnonzero(seen)
    if len(places) > ENOUGH_ITEMS:
        # A random sample, not every k-th item: sizes and weeks recur from item to item.
        places = np.sort(np.random.default_rng(0).choice(places, ENOUGH_ITEMS, replace=False))
    likelihood = _log_likelihood(evidence.take(places), STRENGTHS)
    likelihood = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    return Prior(STRENGTHS, _maximised(likelihood, start))


@compiled
def _maximised(likelihood: Floats, start: Floats) -> Floats:
    """The weights of the strengths, shape (K,), by expectation-maximisation; ``likelihood``: shape (items, K)."""
    weights, sums = start.copy(), np.empty(len(start))
    for _ in range(_MAX_ROUNDS):
        # One item's worth of equal weights keeps every strength possible.
        sums[:] = start
        for item in range(len(likelihood)):
            total = 0.0
            for place in range(len(weights)):
                total += likelihood[item, place] * weights[place]
            for place in range(len(weights)):
                sums[place] += likelihood[item, place] * weights[place] / total
        moved = 0.0
        for place in range(len(weights)):
            new = sums[place] / (len(likelihood) + 1)
            moved = max(moved, abs(new - weights[place]))
            weights[place] = new
        if moved < _TOLERANCE:
            break
    return weights


def posterior(evidence: Evidence, prior: Prior) -> Posterior:
    """Update the prior with the evidence of n items; an item without evidence keeps the prior around its expected rate.

    Raises
    ------
    ValueError
        An item has no expected rate (NaN).
    """
    if np.isnan(evidence.expected).any():
        raise ValueError("an item without an expected rate has no posterior: leave it out")
    log_weights = _log_likelihood(evidence, prior.strengths) + np.log(prior.weights)
    weights = np.exp(log_weights - logsumexp(log_weights, axis=1, keepdims=True))
    expected = _expected(evidence)
    return Posterior(
        alpha=prior.strengths * expected + evidence.returned[:, None],
        beta=prior.strengths * (1.0 - expected) + evidence.kept[:, None],
        weights=weights,
    )


def predictive_interval(mean: Floats, variance: Floats, count: Floats, level: float) -> tuple[Floats, Floats]:
    """Bound the number of returns among ``count`` lines whose outcome is open, shape (n,) each.

    Parameters
    ----------
    mean, variance
        Of that number: the sum of the lines' probabilities; their binomial variance plus that of the uncertain rate.
    level
        Level of the interval, such as 0.8.

    Returns
    -------
    tuple
        Its bounds, whole numbers between 0 and ``count``: the quantiles, with the correction for continuity, of the
        beta on [0, count] of that mean and variance. For few lines the interval covers more than its level, as counts
        are whole.
    """
    some = (mean > 0) & (mean < count) & (variance > 0)
    share = np.divide(mean, count, out=np.full(len(mean), 0.5), where=some)
    spread = np.divide(variance, count**2, out=np.full(len(mean), 0.05), where=some)
    # A beta on [0, 1] can't vary more than share (1 - share).
    strength = np.maximum(share * (1.0 - share) / spread - 1.0, 1e-3)
    tail = (1.0 - level) / 2.0
    low = betaincinv(share * strength, (1.0 - share) * strength, tail) * count
    high = betaincinv(share * strength, (1.0 - share) * strength, 1.0 - tail) * count
    return np.where(some, np.round(low), np.round(mean)), np.where(some, np.round(high), np.round(mean))


def _expected(evidence: Evidence) -> Floats:
    return np.clip(evidence.expected, EDGE, 1.0 - EDGE)[:, None]


def _log_likelihood(evidence: Evidence, strengths: Floats) -> Floats:
    """Beta-binomial log-likelihood of each item under each strength, without its constant, shape (n, K)."""
    expected = _expected(evidence)
    alpha, beta = strengths * expected, strengths * (1.0 - expected)
    returned, kept = evidence.returned[:, None], evidence.kept[:, None]
    return np.asarray(betaln(alpha + returned, beta + kept) - betaln(alpha, beta), dtype=np.float64)
