"""True drivers: the contribution of each factor to a line's log-odds of a return, against the shop's average.

v(S) is the logit of the true probability when the factors in S have their values on this line and all others are at the
shop's average. The contribution of factor f is the mean of its effect as the last and as the first factor::

    φ(f) = ½ · [v(all) - v(all without f)] + ½ · [v({f}) - v(∅)]

The Shapley value (Shapley 1953) averages v(S with f) - v(S) over all orders of the factors. The formula above takes
only the two ends of this average, S of all others and S empty: it approximates the Shapley value. Unlike Shapley
values, the contributions need not sum to v(all) - v(∅) exactly.

A factor is at the shop's average when each of its terms is at its mean over the shop's lines. A term that is added to
the log of a hazard is averaged on the log scale; other terms (hazards, factors of hazards, probabilities) are averaged
as they are. The average of bracketing is no bracket, so a line outside a bracket has no contribution of bracketing. The
misfits of sizes are averaged with the term ``fit`` as weight, and a line whose category has no sizes has no
contribution of size.
"""

from collections.abc import Iterable
from dataclasses import fields, replace

import numpy as np

from data.arrays import Floats, Ints
from data.schema import DRIVERS
from data.sources.simulated.causes import causes_of, probability_of
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.seasons import DAY
from data.sources.simulated.shop import Shop
from data.sources.simulated.terms import TERMS, Terms

DRIVER_DAYS = 120
"""Only lines ordered in the last so many days before the shop's end have drivers. Drivers take about twenty times as
long as the probability, and only the test lines need them, which are the latest settled lines."""

_SIZED_FIT = 0.1
"""Categories with sizes have at least this level of fit."""
_BELOW_ONE = 1.0 - 2.0**-53


def average_of(samples: Iterable[Terms]) -> Terms:
    """Compute the mean of each term over the lines of all samples, shape (1,) each; without brackets."""
    names = [term.name for term in fields(Terms)]
    sums, weights = np.zeros((len(names), 1)), np.zeros((len(names), 1))
    for sample in samples:
        for row, name in enumerate(names):
            weight = sample.fit if name in TERMS["size"] else np.ones(len(sample.fit))
            sums[row] += (weight * getattr(sample, name)).sum()
            weights[row] += weight.sum()
    means = dict(zip(names, sums / np.maximum(weights, np.finfo(np.float64).tiny), strict=True))
    return Terms(**{**means, "chosen_against": np.zeros(1)})


def recent_drivers(shop: Shop, time: Ints, terms: Terms, average: Terms) -> Floats:
    """`drivers_of` for recent lines, shape (factors, n); NaN for lines ordered more than `DRIVER_DAYS` before the end.

    ``time``: when each line was ordered, in ascending order.
    """
    drivers = np.full((len(TERMS), len(time)), np.nan)
    first = int(np.searchsorted(time, shop.seasons.end - DRIVER_DAYS * DAY))
    if first < len(time):
        drivers[:, first:] = drivers_of(terms[first:], average, shop.params)
    return drivers


def drivers_of(terms: Terms, average: Terms, params: SimulatorParams) -> Floats:
    """Contribution of each factor to each line in log-odds, shape (factors, n), in the order of `schema.DRIVERS`."""
    # One term of full shape makes every v(S) one sum a line with equal rounding: no effect is then exactly 0.
    average = replace(average, late=np.broadcast_to(average.late, terms.late.shape))
    everything, nothing = _log_odds(terms, params), _log_odds(average, params)
    contributions = np.empty((len(TERMS), len(everything)))
    for row, names in enumerate(TERMS.values()):
        last = everything - _log_odds(_with(terms, average, names), params)
        first = _log_odds(_with(average, terms, names), params) - nothing
        contributions[row] = 0.5 * last + 0.5 * first
    contributions[DRIVERS.index("size"), terms.fit < _SIZED_FIT] = 0.0
    return contributions


def _with(terms: Terms, others: Terms, names: tuple[str, ...]) -> Terms:
    """The terms, with those of the given names taken from ``others``."""
    return replace(terms, **{name: getattr(others, name) for name in names})


def _log_odds(terms: Terms, params: SimulatorParams) -> Floats:
    probability = probability_of(causes_of(terms, params.return_level), params.undelivered_share)
    # Without lost orders, a large hazard can round the probability to exactly 1.
    probability = np.minimum(probability, _BELOW_ONE)
    return np.log(probability) - np.log1p(-probability)
