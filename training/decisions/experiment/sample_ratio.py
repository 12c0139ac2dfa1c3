"""The sample-ratio check: units are in the arms in the shares in which the arms were drawn.

A mismatch means that units were lost, or counted twice, in one arm more than in the other, and then no figure of the
experiment is a comparison. The sequential test is that of Lindon and Malek (2022), *Anytime-valid inference for
multinomial count data*: the Bayes factor of a Dirichlet prior around the drawn shares against the drawn shares. It may
be looked at every day.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from scipy.stats import chi2

from data.arrays import Floats, Ints

PRIOR_UNITS = 1000.0
"""Weight of the prior: it is most sensitive to mismatches of some percent of an arm."""
LEAST_P = 1e-3
"""Below this p-value, the figures of the experiment are not to be used."""


@dataclass(frozen=True)
class SampleRatio:
    """Units of an arm (``units``) and of the one it is compared with (``units_against``), and the latter's drawn share.

    ``p``: always valid, over all looks so far. ``p_chi_square``: Pearson's test of this look alone.
    """

    units: int
    units_against: int
    drawn_share: float
    p: float
    p_chi_square: float

    @property
    def mismatch(self) -> bool:
        """Whether the arms are not what was drawn."""
        return self.p < LEAST_P


@dataclass(frozen=True)
class ArmsRatio:
    """Units in each of all arms, and the shares with which they were drawn; p-values as of `SampleRatio`."""

    units: Mapping[str, int]
    drawn_shares: Mapping[str, float]
    p: float
    p_chi_square: float

    @property
    def mismatch(self) -> bool:
        """Whether the arms are not what was drawn."""
        return self.p < LEAST_P


def check(own: Ints, against: Ints, drawn_share: float) -> SampleRatio:
    """Check the numbers of units in each arm, cumulative, at each look; shape (looks,), at least one look.

    ``drawn_share``: the chance with which a unit of both was drawn into ``against``; above 0, below 1.
    """
    counts, shares = np.stack([against, own], axis=1), np.array([drawn_share, 1.0 - drawn_share])
    return SampleRatio(
        units=int(own[-1]),
        units_against=int(against[-1]),
        drawn_share=drawn_share,
        p=_always_valid(counts, shares),
        p_chi_square=_chi_square(counts[-1], shares),
    )


def check_arms(counts: Ints, drawn_shares: Mapping[str, float]) -> ArmsRatio:
    """Check the numbers of units in all arms together, cumulative, at each look; shape (looks, arms).

    ``drawn_shares``: above 0 each, in the order of the columns.
    """
    shares = np.array(list(drawn_shares.values()), dtype=np.float64)
    return ArmsRatio(
        units=dict(zip(drawn_shares, counts[-1].tolist(), strict=True)),
        drawn_shares=drawn_shares,
        p=_always_valid(counts, shares),
        p_chi_square=_chi_square(counts[-1], shares),
    )


def _always_valid(counts: Ints, shares: Floats) -> float:
    """The p-value over all looks: the inverse of the largest Bayes factor, of a Dirichlet prior around the shares."""
    prior, found = PRIOR_UNITS * shares, counts.astype(np.float64)
    units = found.sum(axis=1)
    mixed = gammaln(prior + found).sum(axis=1) - gammaln(PRIOR_UNITS + units)
    mixed -= gammaln(prior).sum() - gammaln(PRIOR_UNITS)
    log_factor = mixed - found @ np.log(shares)
    return float(np.exp(-max(0.0, float(log_factor.max()))))


def _chi_square(counts: Ints, shares: Floats) -> float:
    units = int(counts.sum())
    if not units:
        return 1.0
    squared = float(((counts - units * shares) ** 2 / (units * shares)).sum())
    return float(chi2.sf(squared, df=len(shares) - 1))
