"""Power: the smallest effect that an experiment finds by a day, with some chance, while it is looked at every day.

The total of `training.decisions.experiment.contrast` is Gaussian around its mean, and an effect is found at the latest
when the total lies beyond the boundary at that day. The looks before can only add to the chance, so the figures here
err on the side of caution.
"""

import math

from scipy.special import ndtri

from training.decisions.experiment import sequence
from training.decisions.experiment.known_share import KnownShare


def standard_errors(chance: float, alpha: float) -> float:
    """Give the smallest effect in standard errors, where the interval was tuned to the day; 3.9 for 80% and 0.05."""
    return float(sequence.boundary(1.0, sequence.tuned(1.0, alpha), alpha)) + quantile(chance)


def quantile(chance: float) -> float:
    """Give the quantile of the standard normal distribution."""
    return float(ndtri(chance))


def smallest_difference(
    visits_a_day: float,
    days: float,
    deviation: float,
    holdout_share: float,
    known: KnownShare | None = None,
    *,
    chance: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Give the smallest difference between the arms, a visit, that is found by ``days`` with the ``chance``.

    Parameters
    ----------
    deviation
        Standard deviation of the outcome between visits, after covariates. Where units come several times, it is the
        square root of the variance of a unit's sum a visit.
    known
        Shares of returns known by age, for an outcome that waits for returns; a visit counts by its share.
    """
    visits = visits_a_day * days * (1.0 if known is None else known.mean_until(days))
    error = deviation / math.sqrt(visits * holdout_share * (1.0 - holdout_share))
    return standard_errors(chance, alpha) * error
