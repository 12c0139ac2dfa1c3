"""The sample-ratio check: units are in the arms in the shares in which the arms were drawn.

A mismatch means that units were lost, or counted twice, in one arm more than in the other, and then no figure of the
experiment is a comparison. The sequential test is that of Lindon and Malek (2022), *Anytime-valid inference for
multinomial count data*: the Bayes factor of a beta prior around the drawn share against the drawn share itself. It may
be looked at every day.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln
from scipy.stats import chi2

from data.arrays import Floats, Ints

PRIOR_UNITS = 1000.0
"""Weight of the prior: it is most sensitive to mismatches of some percent of an arm."""
LEAST_P = 1e-3
"""Below this p-value, the figures of the experiment are not to be used."""


@dataclass(frozen=True)
class SampleRatio:
    """Units by arm, and the holdout's share as drawn and as found.

    ``p``: always valid, over all looks so far. ``p_chi_square``: Pearson's test of this look alone.
    """

    policy: int
    holdout: int
    drawn_share: float
    p: float
    p_chi_square: float

    @property
    def mismatch(self) -> bool:
        """Whether the arms are not what was drawn."""
        return self.p < LEAST_P


def check(policy: Ints, holdout: Ints, drawn_share: float) -> SampleRatio:
    """Check the numbers of units in each arm, cumulative, at each look; shape (looks,), at least one look.

    ``drawn_share``: the chance with which a unit was drawn into the holdout; above 0, below 1.
    """
    log_factor = _log_bayes_factor(holdout.astype(np.float64), policy.astype(np.float64), drawn_share)
    last, other = int(holdout[-1]), int(policy[-1])
    return SampleRatio(
        policy=other,
        holdout=last,
        drawn_share=drawn_share,
        p=float(np.exp(-max(0.0, float(log_factor.max())))),
        p_chi_square=_chi_square(last, other, drawn_share),
    )


def _log_bayes_factor(inside: Floats, outside: Floats, share: float) -> Floats:
    a, b = PRIOR_UNITS * share, PRIOR_UNITS * (1.0 - share)
    mixed = betaln(a + inside, b + outside) - betaln(a, b)
    return np.asarray(mixed - inside * np.log(share) - outside * np.log1p(-share), dtype=np.float64)


def _chi_square(inside: int, outside: int, share: float) -> float:
    units = inside + outside
    if not units:
        return 1.0
    squared = (inside - units * share) ** 2 / (units * share * (1.0 - share))
    return float(chi2.sf(squared, df=1))
