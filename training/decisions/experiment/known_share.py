"""Reporting delay: what share of the returns of an order is known at some age of the order.

Young orders are right-truncated: of their returns, only the quick ones can be seen. The estimate of Kalbfleisch and
Lawless (1989) uses them all the same. Where g(t) is the share of returns known on day t among the returns known by day
t of orders that are at least t days old, the share known by day t is the product of 1 - g(s) over all s > t.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints

RECENT_DAYS = 365.0
"""Delays change with carriers and windows: they are learned from orders of the last year."""


@dataclass(frozen=True)
class KnownShare:
    """P(return known within t days of the order | it comes back); ``share[t]`` at the whole day t, rising to 1."""

    share: Floats

    def at(self, age_days: Floats) -> Floats:
        """Give the share for each age, linear between whole days, 0 below age 0; same shape as ``age_days``."""
        found = np.interp(age_days, np.arange(len(self.share)), self.share)
        return np.where(age_days < 0, 0.0, found)

    def mean_until(self, days: float) -> float:
        """The mean share over orders that are evenly 0 to ``days`` old (trapezoidal rule, 1,000 steps)."""
        ages = np.linspace(0.0, days, 1001)
        return float(np.trapezoid(self.at(ages), ages) / days)


def learn(ordered: Floats, returned: Floats, as_of: float) -> KnownShare:
    """Learn the shares from known returns; without any, all is taken to be known at once.

    Parameters
    ----------
    ordered, returned
        Days of order and of return, in any common origin; shape (returns,) each.
    as_of
        The day up to which returns are known.
    """
    recent = (ordered >= as_of - RECENT_DAYS) & (returned <= as_of)
    delay = np.ceil(np.maximum(returned[recent] - ordered[recent], 0.0)).astype(np.int64)
    oldest = np.floor(as_of - ordered[recent]).astype(np.int64)
    whole = delay <= oldest  # a return of the last, unfinished day of its age is not at risk yet
    return KnownShare(_shares(delay[whole], oldest[whole]))


def _shares(delay: Ints, oldest: Ints) -> Floats:
    if not len(delay):
        return np.ones(1)
    days = int(delay.max()) + 1
    on_day = np.bincount(delay, minlength=days)
    too_young = np.cumsum(np.bincount(np.minimum(oldest, days), minlength=days + 1))[:days]
    at_risk = np.cumsum(on_day) - np.concatenate([[0], too_young[:-1]])
    stays = 1.0 - on_day[1:] / np.maximum(at_risk[1:], 1)
    return np.append(np.cumprod(stays[::-1])[::-1], 1.0)
