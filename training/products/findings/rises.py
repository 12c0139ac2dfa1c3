"""Rises of one outcome: p-values for a product's rate from some week on against its rate before.

For each recent week, the lines before the week give the product's rate (the posterior of
`training.products.estimates.rates`). This rate is carried over in log-odds: logit(after) = logit(before) +
logit(e_after) - logit(e_before), where e is the expected rate of each span. As e includes the customers, the baskets,
the season and the moves of the category, a product is compared with its own past and its category at once. The p-value
is the predictive probability of at least the returns observed, with the rate before integrated out (Box 1980,
doi:10.2307/2982063: the prior predictive check).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, digamma, expit, log_expit, logit, polygamma

from data.arrays import Bools, Floats, Ints
from training.products.estimates.evidence import Evidence, sums
from training.products.estimates.rates import EDGE, Prior, posterior

WEEK_DAYS = 7.0
_MONDAY = 3
"""1970 began on a Thursday, this many days after the Monday of its week."""
_PAST_LINES = 20.0
"""The fewest lines of a product's past that its own rate can be learned from."""
_NULL_RETURNS = 5.0
"""Expected returns (and kept lines) above which a z-score is close enough to normal."""
_NULL_PRODUCTS = 50
"""The fewest products that the overdispersion of returns can be estimated from."""
_MIDDLE_HALF = 1.349
"""Width of the middle half of a standard normal distribution."""
_SURPRISE = 1.0
"""Below this z-score a p-value is above any false discovery rate in use; it is set to 1 and not computed."""
_NODES = np.linspace(-5.0, 5.0, 21)
"""Grid of the integral over a rate, in standard deviations of its log-odds; a finer one changes no p-value by 0.1%."""
_LEAST_WEIGHT = 1e-4
"""Parts of a posterior below this weight are left out."""
_CHUNK = 50_000


@dataclass(frozen=True)
class Weekly:
    """Sums over each product's lines, by week; float64 of shape (products, 1 + weeks).

    The first column is the whole past before the weeks examined. ``seen``: lines, weighted by the probability that
    their return would be known by now. ``expected``: the expected returns among these. ``since_day``: the days since
    1970 on which the weeks begin, shape (weeks,).
    """

    returned: Floats
    kept: Floats
    seen: Floats
    expected: Floats
    since_day: Floats


def week_start(day: Floats) -> Floats:
    """Give the Monday of each day's week (both in days since 1970), shape (n,)."""
    return np.asarray(np.floor((day + _MONDAY) / WEEK_DAYS) * WEEK_DAYS - _MONDAY, dtype=np.float64)


def by_week(
    product: Ints, day: Floats, evidence: Evidence, visible: Floats, until_day: float, shape: tuple[int, int]
) -> Weekly:
    """Add up lines by product and week.

    Parameters
    ----------
    product, day, evidence, visible
        Of the lines, shape (n,): code of the product, days since 1970.
    until_day
        A day of the last week.
    shape
        The number of products and of weeks examined.
    """
    products, weeks = shape
    last = float(week_start(np.array([until_day]))[0])
    since = last - WEEK_DAYS * np.arange(weeks - 1, -1, -1.0)
    place = np.clip((week_start(day) - since[0]) / WEEK_DAYS + 1, 0, weeks).astype(np.int64)
    code = product * (weeks + 1) + place

    def total(weight: Floats) -> Floats:
        return sums(weight, code, products * (weeks + 1)).reshape(products, weeks + 1)

    expected = visible * evidence.expected
    return Weekly(total(evidence.returned), total(evidence.kept), total(visible), total(expected), since)


def null_scale(weekly: Weekly, prior: Prior) -> float:
    """Estimate the overdispersion: the standard deviation of z-scores, which is 1 under chance alone; at least 1.

    Read from the middle half of all products' z-scores, which holds hardly any rise: Efron's empirical null (2004,
    doi:10.1198/016214504000000089).
    """
    trials = _trials(weekly)
    rate, z = _outlook(trials, prior)
    count = trials.after.returned + trials.after.kept
    enough = count * np.minimum(rate, 1.0 - rate) >= _NULL_RETURNS
    if len(np.unique(trials.product[enough])) < _NULL_PRODUCTS:
        return 1.0
    quarter, three_quarters = np.quantile(z[enough], [0.25, 0.75])
    return max(1.0, float(three_quarters - quarter) / _MIDDLE_HALF)


@dataclass(frozen=True)
class _Trials:
    """Products and weeks to try, shape (m,): the evidence before the week, and from it on, and the lines seen since."""

    product: Ints
    week: Ints
    before: Evidence
    after: Evidence
    seen: Floats

    def take(self, chosen: Bools | Ints) -> "_Trials":
        before, after = self.before.take(chosen), self.after.take(chosen)
        return _Trials(self.product[chosen], self.week[chosen], before, after, self.seen[chosen])

    def weakened(self, by: float) -> "_Trials":
        before, after = (Evidence(e.returned / by, e.kept / by, e.expected) for e in (self.before, self.after))
        return _Trials(self.product, self.week, before, after, self.seen / by)


@dataclass(frozen=True)
class Rises:
    """The least p-value of each product, shape (products,), and ``best``, the row of ``trials`` with this p-value.

    The p-value includes Bonferroni's factor for the weeks. The p-value is NaN, and the row -1, where no outcome could
    have been significant.
    """

    p_value: Floats
    best: Ints
    trials: _Trials
    prior: Prior

    def weeks(self, products: Ints) -> Ints:
        """Give the week in which the rise of each of ``products`` most likely began."""
        return self.trials.week[self.best[products]]

    def rates(self, products: Ints) -> tuple[Floats, Floats]:
        """Give the shrunk rates before and after; the rate after is shrunk towards the one predicted from before."""
        trials = self.trials.take(self.best[products])
        predicted, _ = _outlook(trials, self.prior)
        after = Evidence(trials.after.returned, trials.after.kept, predicted)
        return posterior(trials.before, self.prior).mean, posterior(after, self.prior).mean


def rises(weekly: Weekly, prior: Prior, scale: float, level: float) -> Rises:
    """Test each week of each product.

    Parameters
    ----------
    prior
        How products' rates differ from the expected ones.
    scale
        The overdispersion of `null_scale`: all weights of evidence are divided by its square.
    level
        Products that could not reach this p-value with any number of returns are left out (Tarone 1990,
        doi:10.2307/2531456; Gilbert 2005): the choice depends on their past and on their orders, never on the returns
        tested.
    """
    trials = _trials(weekly).weakened(scale**2)
    best, p_value = _best_weeks(trials, _p_values(trials, prior, level), len(weekly.seen))
    return Rises(p_value, best, trials, prior)


def _trials(weekly: Weekly) -> _Trials:
    """Make a trial of each week in which a product was ordered and before which it has a past."""
    before = {
        name: np.cumsum(getattr(weekly, name), axis=1)[:, :-1] for name in ("returned", "kept", "seen", "expected")
    }
    after = {name: getattr(weekly, name).sum(axis=1, keepdims=True) - sums for name, sums in before.items()}
    product, week = np.nonzero((weekly.seen[:, 1:] > 0) & (before["seen"] >= _PAST_LINES))

    def evidence(sums: dict[str, Floats]) -> Evidence:
        of = {name: values[product, week] for name, values in sums.items()}
        rate = np.clip(of["expected"] / of["seen"], EDGE, 1.0 - EDGE)
        return Evidence(np.maximum(of["returned"], 0.0), np.maximum(of["kept"], 0.0), rate)

    return _Trials(product, week, evidence(before), evidence(after), after["seen"][product, week])


def _shift(trials: _Trials) -> Floats:
    """Give the change of the expected rate in log-odds, from before the week to after it."""
    return np.asarray(logit(trials.after.expected) - logit(trials.before.expected), dtype=np.float64)


def _outlook(trials: _Trials, prior: Prior) -> tuple[Floats, Floats]:
    """Give the predicted rate after the week, and the z-score of the returns since, to first order."""
    known = posterior(trials.before, prior)
    mean = np.clip(known.mean, EDGE, 1.0 - EDGE)
    rate = expit(logit(mean) + _shift(trials))
    spread = np.sqrt(known.variance) / (mean * (1.0 - mean)) * rate * (1.0 - rate)
    count = trials.after.returned + trials.after.kept
    deviation = np.sqrt(count * rate * (1.0 - rate) + (count * spread) ** 2)
    surplus = trials.after.returned - count * rate
    return rate, np.divide(surplus, deviation, out=np.zeros_like(rate), where=deviation > 0)


def _p_values(trials: _Trials, prior: Prior, level: float) -> Floats:
    """Give each trial's p-value with Bonferroni's factor, shape (m,); NaN where no outcome could be significant."""
    rate, z = _outlook(trials, prior)
    tries = np.bincount(trials.product)[trials.product] if len(trials.product) else np.ones(0)
    testable = rate**trials.seen * tries <= level
    p = np.where(testable, 1.0, np.nan)
    rows = np.flatnonzero(testable & (z > _SURPRISE))
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        p[some] = np.minimum(1.0, _tails(trials.take(some), prior) * tries[some])
    return p


def _tails(trials: _Trials, prior: Prior) -> Floats:
    """P(at least the returns observed after the week), with the rate before integrated out, shape (m,).

    The log-odds of a beta have the mean digamma(a) - digamma(b) and the variance trigamma(a) + trigamma(b): each part
    of the posterior is integrated over evenly spaced points around its own mean.
    """
    known = posterior(trials.before, prior)
    row, part = np.nonzero(known.weights > _LEAST_WEIGHT)
    alpha, beta = known.alpha[row, part][:, None], known.beta[row, part][:, None]
    points = digamma(alpha) - digamma(beta) + _NODES * np.sqrt(polygamma(1, alpha) + polygamma(1, beta))
    log_density = alpha * log_expit(points) + beta * log_expit(-points)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    rate = expit(points + _shift(trials)[row, None])
    # The probability of at least x of n is I_rate(x, n - x + 1), which also holds for weights that are not integers.
    returned, kept = trials.after.returned[row, None], trials.after.kept[row, None]
    tail = betainc(np.maximum(returned, 1e-9), kept + 1.0, rate)
    of_part = (density * tail).sum(axis=1) / density.sum(axis=1)
    weight = known.weights[row, part]
    sums = (np.bincount(row, weights=w, minlength=len(trials.product)) for w in (weight * of_part, weight))
    return np.asarray(np.divide(*sums), dtype=np.float64)


def _best_weeks(trials: _Trials, p: Floats, products: int) -> tuple[Ints, Floats]:
    """Give each product's trial of the least p-value (the earliest of equals) and the p-value; NaN without a trial."""
    rows = np.flatnonzero(~np.isnan(p))
    rows = rows[np.lexsort((trials.week[rows], p[rows], trials.product[rows]))]
    _, first = np.unique(trials.product[rows], return_index=True)
    chosen = rows[first]
    best, p_value = np.full(products, -1, dtype=np.int64), np.full(products, np.nan)
    best[trials.product[chosen]], p_value[trials.product[chosen]] = chosen, p[chosen]
    return best, p_value
