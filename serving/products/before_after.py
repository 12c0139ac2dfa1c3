"""Difference in differences: whether a product's return rate fell after its fault was fixed, beyond similar products.

The scale is log-odds, each rate relative to the expected rate of its customers and baskets. The effect is (after -
before) of the product minus (after - before) of similar products. The subtraction removes what moved all of them, such
as a season or a change of the returns policy.

A product gets an alert because its rate was high, in part by bad luck that ends by itself: regression to the mean
(Barnett, van der Pols and Dobson 2005, International Journal of Epidemiology 34). So each rate before is first shrunk
towards that of all products compared, the more the less evidence it has (empirical Bayes: Efron and Morris 1975, JASA
70), and the similar ones are those that are nearest after that. How far products drift apart by themselves is estimated
from them by the method of DerSimonian and Laird (1986, Controlled Clinical Trials 7). The interval is the prediction
interval for one more such product (Higgins, Thompson and Spiegelhalter 2009, JRSS A 172), as such drift is no effect.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.special import expit, logit, stdtrit

from data.arrays import Floats
from training.products.estimates.evidence import Evidence

MOST_SIMILAR: Final = 20
LEAST_SIMILAR: Final = 5
LEAST_LINES: Final = 30.0
"""The least evidence for a verdict, in lines, before as well as after."""


class Verdict(StrEnum):
    """Verdict on the change of the rate."""

    FELL = "fell"
    NO_CLEAR_CHANGE = "no_clear_change"
    ROSE = "rose"
    TOO_EARLY = "too_early"


@dataclass(frozen=True)
class Difference:
    """How a product's rate changed beyond that of similar ones, in log-odds, with its 95% interval.

    ``similar``: the number of products to compare with; ``similar_change``: the change of their rate.
    """

    change: float
    low95: float
    high95: float
    similar: int
    similar_change: float

    @property
    def verdict(self) -> Verdict:
        """The verdict: a rate fell or rose only where the whole interval lies on one side of 0."""
        if self.high95 < 0:
            return Verdict.FELL
        return Verdict.ROSE if self.low95 > 0 else Verdict.NO_CLEAR_CHANGE


def difference(before: Evidence, after: Evidence) -> Difference | None:
    """Compare a product with others.

    Parameters
    ----------
    before, after
        Evidence of n products, in arrays of shape (n,): first the product itself, then the candidates for
        similar products. Expected rates are above 0 and below 1.

    Returns
    -------
    Difference
        None where the product has less than `LEAST_LINES` before or after, or fewer than `LEAST_SIMILAR` others have
        that many.
    """
    enough = np.minimum(before.returned + before.kept, after.returned + after.kept) >= LEAST_LINES
    if not enough[0] or enough.sum() <= LEAST_SIMILAR:
        return None
    start, start_variance = _shrunk(*_excess(before.take(enough)))
    end, end_variance = _excess(after.take(enough))
    drift, variance = end - start, end_variance + start_variance
    nearest = 1 + np.argsort(np.abs(start[1:] - start[0]), kind="stable")[:MOST_SIMILAR]
    common, between = _pooled(drift[nearest], variance[nearest])
    common_variance = 1 / float(np.sum(1 / (variance[nearest] + between)))
    change = float(drift[0]) - common
    half = float(stdtrit(len(nearest) - 2, 0.975)) * float(np.sqrt(variance[0] + between + common_variance))
    return Difference(change, change - half, change + half, len(nearest), common)


def points(rate: float, change: float) -> float:
    """Convert a change of the log-odds that led to ``rate`` into a change of the rate: below 0 where it fell."""
    return float(rate - expit(logit(rate) - change))


def _excess(evidence: Evidence) -> tuple[Floats, Floats]:
    """Give each excess in log-odds and its variance (with Haldane's and Anscombe's correction of 1/2)."""
    returned, kept = evidence.returned + 0.5, evidence.kept + 0.5
    return np.log(returned / kept) - logit(evidence.expected), 1 / returned + 1 / kept


def _shrunk(excess: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Shrink each value towards the mean of all but the first value, by its variance against the variance between."""
    mean, between = _pooled(excess[1:], variance[1:])
    trust = between / (between + variance)
    return mean + trust * (excess - mean), trust * variance


def _pooled(values: Floats, variance: Floats) -> tuple[float, float]:
    """Give the mean of values of known variance, and the variance between them in excess of these."""
    weight = 1 / variance
    mean = float(weight @ values / weight.sum())
    spread = float(weight @ (values - mean) ** 2) - (len(values) - 1)
    between = max(0.0, spread / float(weight.sum() - (weight**2).sum() / weight.sum()))
    weight = 1 / (variance + between)
    return float(weight @ values / weight.sum()), between
