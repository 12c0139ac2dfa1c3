"""Rises of one outcome: how surprising it is that a product's lines came back as often as they did from some week on.

For each week of late, the time before it says what the product's rate was (the posterior of
`training.products.estimates.rates`). That rate is carried over in log-odds: logit(after) = logit(before) +
logit(e_after) - logit(e_before), where e is the expected rate of each span. As e knows the customers, the baskets, the
season and how the category moves, a product is held against its own past and its category at once. The p-value is the
predictive probability of as many returns as came, or more, with the rate before integrated out (Box 1980,
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
"""1970 began on a Thursday: so many days after its week did."""
_PAST_LINES = 20.0
"""A past of fewer lines says too little of what a product's own rate was."""
_NULL_RETURNS = 5.0
"""Expected returns (and kept lines) from which on a z-score is near enough to normal."""
_NULL_PRODUCTS = 50
"""Fewer products than that don't show how much more than by chance returns vary."""
_MIDDLE_HALF = 1.349
"""Width of the middle half of a standard normal distribution."""
_SURPRISE = 1.0
"""z-score below which a p-value is above any false discovery rate in use, and so is not worked out but set to 1."""
_NODES = np.linspace(-5.0, 5.0, 21)
"""Where a rate is integrated over, in standard deviations of its log-odds; finer ones change no p-value by 0.1%."""
_LEAST_WEIGHT = 1e-4
"""Parts of a posterior below this weight are left out."""
_CHUNK = 50_000


@dataclass(frozen=True)
class Weekly:
    """Sums over each product's lines, by week; float64 of shape (products, 1 + weeks).

    The first column is all the past before the weeks looked at. ``seen`` are lines by the probability that their return
    would be known by now, ``expected`` the expected returns among them. ``since_day``: the days since 1970 on which the
    weeks begin, shape (weeks,).
    """

    returned: Floats
    kept: Floats
    seen: Floats
    expected: Floats
    since_day: Floats


def week_start(day: Floats) -> Floats:
    """Go back to the Monday of each day (both in days since 1970), shape (n,)."""
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
        Lies in the last week.
    shape
        The number of products and of weeks looked at.
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
    """How many times as much as by chance returns vary, as a standard deviation, at least 1.

    Read from the middle half of all products' z-scores, where hardly any rise is: Efron's empirical null (2004,
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
    """Of each product, shape (products,): its least p-value, and ``best``, the row of ``trials`` that has it.

    Bonferroni's factor for the weeks is in the p-value. It is NaN, and the row -1, where no outcome could have been
    telling.
    """

    p_value: Floats
    best: Ints
    trials: _Trials
    prior: Prior

    def weeks(self, products: Ints) -> Ints:
        """Tell in which of the weeks the rise of each of ``products`` is likeliest to have begun."""
        return self.trials.week[self.best[products]]

    def rates(self, products: Ints) -> tuple[Floats, Floats]:
        """Tell their rates before and after, each shrunk: the one after towards what the one before lets expect."""
        trials = self.trials.take(self.best[products])
        predicted, _ = _outlook(trials, self.prior)
        after = Evidence(trials.after.returned, trials.after.kept, predicted)
        return posterior(trials.before, self.prior).mean, posterior(after, self.prior).mean


def rises(weekly: Weekly, prior: Prior, scale: float, level: float) -> Rises:
    """Try each week of each product.

    Parameters
    ----------
    prior
        How products' rates differ from the expected ones.
    scale
        How many times as much as by chance returns vary: all weights of evidence are divided by its square.
    level
        Products that could not reach this p-value whatever came back are left out (Tarone 1990, doi:10.2307/2531456;
        Gilbert 2005): that depends on their past and on how much was ordered, never on what came back.
    """
    trials = _trials(weekly).weakened(scale**2)
    best, p_value = _best_weeks(trials, _p_values(trials, prior, level), len(weekly.seen))
    return Rises(p_value, best, trials, prior)


def _trials(weekly: Weekly) -> _Trials:
    """Each week in which a product was ordered, and before which it has a past."""
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
    """What the log-odds of the expected rate move by, from before the week to after it."""
    return np.asarray(logit(trials.after.expected) - logit(trials.before.expected), dtype=np.float64)


def _outlook(trials: _Trials, prior: Prior) -> tuple[Floats, Floats]:
    """The predicted rate after the week, and the z-score of what came back then, to first order."""
    known = posterior(trials.before, prior)
    mean = np.clip(known.mean, EDGE, 1.0 - EDGE)
    rate = expit(logit(mean) + _shift(trials))
    spread = np.sqrt(known.variance) / (mean * (1.0 - mean)) * rate * (1.0 - rate)
    count = trials.after.returned + trials.after.kept
    deviation = np.sqrt(count * rate * (1.0 - rate) + (count * spread) ** 2)
    surplus = trials.after.returned - count * rate
    return rate, np.divide(surplus, deviation, out=np.zeros_like(rate), where=deviation > 0)


def _p_values(trials: _Trials, prior: Prior, level: float) -> Floats:
    """Of each trial, Bonferroni's factor included, shape (m,); NaN where no outcome could have been telling."""
    rate, z = _outlook(trials, prior)
    tries = np.bincount(trials.product)[trials.product] if len(trials.product) else np.ones(0)
    telling = rate**trials.seen * tries <= level
    p = np.where(telling, 1.0, np.nan)
    rows = np.flatnonzero(telling & (z > _SURPRISE))
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        p[some] = np.minimum(1.0, _tails(trials.take(some), prior) * tries[some])
    return p


def _tails(trials: _Trials, prior: Prior) -> Floats:
    """P(as many returns as came after the week, or more), the rate before integrated out, shape (m,).

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
    # The probability of at least x of n is I_rate(x, n - x + 1), for weights that are no whole numbers, too.
    returned, kept = trials.after.returned[row, None], trials.after.kept[row, None]
    tail = betainc(np.maximum(returned, 1e-9), kept + 1.0, rate)
    of_part = (density * tail).sum(axis=1) / density.sum(axis=1)
    weight = known.weights[row, part]
    sums = (np.bincount(row, weights=w, minlength=len(trials.product)) for w in (weight * of_part, weight))
    return np.asarray(np.divide(*sums), dtype=np.float64)


def _best_weeks(trials: _Trials, p: Floats, products: int) -> tuple[Ints, Floats]:
    """Each product's trial with the least p-value (the earliest of equals) and that p-value; NaN without a trial."""
    rows = np.flatnonzero(~np.isnan(p))
    rows = rows[np.lexsort((trials.week[rows], p[rows], trials.product[rows]))]
    _, first = np.unique(trials.product[rows], return_index=True)
    chosen = rows[first]
    best, p_value = np.full(products, -1, dtype=np.int64), np.full(products, np.nan)
    best[trials.product[chosen]], p_value[trials.product[chosen]] = chosen, p[chosen]
    return best, p_value
