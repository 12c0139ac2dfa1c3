"""The tilt of delays: whether lines with a high score look open for longer than others of the same outcome.

What sells out is delivered late, and comes back more or less often than the rest: then the lines that are known early
are no fair sample at any score, and a slope that is fitted to them is off. The log-odds of the chance to look open at
an age are taken as those of all lines of the outcome, plus a tilt for each unit of the score's log-odds. It is
estimated, month by month, from scored lines whose windows have closed. Months differ by a variance that is the mean of
what they show and of a prior's (`PRIOR_DEVIATION`, as much as `PRIOR_MONTHS` months), and the tilt of the present month
is as uncertain as that.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from data.arrays import Bools, Floats, Ints

PRIOR_DEVIATION = 0.2
"""Of log-odds for each unit of the score's: the four folds of BADS, whose parcels are often late, have -0.4 to 0.1."""
PRIOR_MONTHS = 2.0
QUANTILES = (0.25, 0.5, 0.75)
"""The ages at which the tilt is sought: when so many of the lines of an outcome are known."""
FEWEST = 30
"""Lines of each outcome; a month with fewer tells no tilt."""
ROUNDS = 8
RIDGE = 0.1
"""Keeps the regression finite where all lines of a month lie on one side."""


@dataclass(frozen=True)
class Tilt:
    """The tilts of lines that come back and of lines that are kept, around the log-odds ``middle`` of the score.

    ``deviations``: the standard deviations of the two.
    """

    returned: float = 0.0
    kept: float = 0.0
    middle: float = 0.0
    deviations: tuple[float, float] = (0.0, 0.0)

    def of(self, shares: tuple[Floats, Floats], margin: Floats) -> tuple[Floats, Floats]:
        """Tilt the ``shares`` that look open, of both outcomes, for lines with these log-odds; each of shape (n,)."""
        return tilted(shares, margin - self.middle, (self.returned, self.kept))


NO_TILT = Tilt()


def tilted(shares: tuple[Floats, Floats], beyond: Floats, tilts: tuple[float, float]) -> tuple[Floats, Floats]:
    """Tilt ``shares`` by ``tilts`` for each unit that the log-odds of a line lie ``beyond`` the middle."""
    returned, kept = (expit(logit(share) + tilt * beyond) for share, tilt in zip(shares, tilts, strict=True))
    return returned, kept


def find_tilt(days: Floats, returned: Bools, margin: Floats, month: Ints) -> Tilt:
    """Find the tilt from n closed lines with an outcome.

    Parameters
    ----------
    days
        From order to known outcome, shape (n,).
    returned, margin, month
        Whether each came back, the log-odds of its score, and the month of its order as a number; each of shape (n,).
    """
    if not len(days):
        return Tilt(deviations=(PRIOR_DEVIATION, PRIOR_DEVIATION))
    middle = float(margin.mean())
    parts = [_of_outcome(days[own], margin[own] - middle, month[own]) for own in (returned, ~returned)]
    (of_returned, one), (of_kept, other) = parts
    return Tilt(of_returned, of_kept, middle, (one, other))


def _of_outcome(days: Floats, beyond: Floats, month: Ints) -> tuple[float, float]:
    """The tilt to expect in the present month, and its standard deviation."""
    months = [month == number for number in np.unique(month)]
    found = [_of_month(days[own], beyond[own]) for own in months if own.sum() >= FEWEST]
    tilts, errors = (np.array([each[place] for each in found]) for place in (0, 1))
    # Around 0 and not around their mean: few months tell little of the mean.
    seen = np.maximum(tilts**2 - errors**2, 0.0).sum()
    between = (PRIOR_MONTHS * PRIOR_DEVIATION**2 + seen) / (PRIOR_MONTHS + len(found))
    weights = 1 / (between + errors**2)
    precision = weights.sum() + 1 / between
    return float((weights * tilts).sum() / precision), float(np.sqrt(between + 1 / precision))


def _of_month(days: Floats, beyond: Floats) -> tuple[float, float]:
    """The tilt of one month, the mean over the ages, and its standard error."""
    found = [_logistic((days > age).astype(np.float64), beyond) for age in np.unique(np.quantile(days, QUANTILES))]
    return float(np.mean([each[0] for each in found])), float(np.mean([each[1] for each in found]))


def _logistic(above: Floats, beyond: Floats) -> tuple[float, float]:
    """The slope of the log-odds that ``above`` is 1 in ``beyond``, and its standard error."""
    x = np.column_stack([np.ones(len(beyond)), beyond])
    theta, inverse = np.array([logit((above.sum() + 1) / (len(above) + 2)), 0.0]), np.eye(2)
    for _ in range(ROUNDS):
        p = expit(x @ theta)
        inverse = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(2))
        theta = theta + inverse @ (x.T @ (above - p) - RIDGE * theta)
    return float(theta[1]), float(inverse[1, 1]) ** 0.5
