"""What drives the true probability of a line: how much each factor moves its log-odds away from the shop's average.

v(S) is the logit of the true probability when the factors in S are as they are on this line and all others are at the
shop's average. The contribution of factor f to a line is the mean of what it does last and what it does first::

    φ(f) = ½ · [v(all) - v(all without f)] + ½ · [v({f}) - v(∅)]

The Shapley value (Shapley 1953) averages v(S with f) - v(S) over the orders in which factors may come in; this takes
the two ends of that average alone, S of all others and S empty, and so approximates it. Unlike Shapley values, the
contributions need not sum to v(all) - v(∅) exactly.

A factor is at the shop's average when each of its terms is at its mean over the shop's lines: the mean of the log for
what is added to the log of a hazard, the mean of the hazard, of the factor of a hazard or of the probability for the
others. A line's average bracket is none at all, so that what stands alone is not driven by bracketing. The misses of a
size are averaged by how much fit matters, and a line whose category has no sizes is not driven by the size.
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

TOLD_DAYS = 120
"""The drivers are told of lines ordered in the last so many days before the shop's end: they cost some twenty times
what the probability does, and are asked of test lines only, which are the latest that are settled."""

_SIZED_FIT = 0.1
"""Categories with sizes have at least this level of fit."""
_BELOW_ONE = 1.0 - 2.0**-53


def average_of(samples: Iterable[Terms]) -> Terms:
    """Take the mean of each term over the lines of all samples, shape (1,) each; no bracket."""
    names = [term.name for term in fields(Terms)]
    sums, weights = np.zeros((len(names), 1)), np.zeros((len(names), 1))
    for sample in samples:
        for row, name in enumerate(names):
            weight = sample.fit if name in TERMS["size"] else np.ones(len(sample.fit))
            sums[row] += (weight * getattr(sample, name)).sum()
            weights[row] += weight.sum()
    means = dict(zip(names, sums / np.maximum(weights, np.finfo(np.float64).tiny), strict=True))
    return Terms(**{**means, "chosen_against": np.zeros(1)})


def told_drivers(shop: Shop, time: Ints, terms: Terms, average: Terms) -> Floats:
    """Give `drivers_of` the lines, shape (factors, n); NaN for those ordered more than `TOLD_DAYS` before the end.

    ``time``: when each line was ordered, never falling.
    """
    drivers = np.full((len(TERMS), len(time)), np.nan)
    first = int(np.searchsorted(time, shop.seasons.end - TOLD_DAYS * DAY))
    if first < len(time):
        drivers[:, first:] = drivers_of(terms[first:], average, shop.params)
    return drivers


def drivers_of(terms: Terms, average: Terms, params: SimulatorParams) -> Floats:
    """Contribution of each factor to each line in log-odds, shape (factors, n), in the order of `schema.DRIVERS`."""
    # One term of full shape makes every v(S) one sum a line, rounded alike: what moves nothing is then exactly 0.
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
    # In a shop where nothing gets lost, a line of great hazard comes back for sure, to the last digit of a double.
    probability = np.minimum(probability, _BELOW_ONE)
    return np.log(probability) - np.log1p(-probability)
