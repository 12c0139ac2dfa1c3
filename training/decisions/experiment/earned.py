"""What a policy earned a month, in money, from a look at the profit of a unit."""

import math
from dataclasses import dataclass

from training.decisions.experiment import power, sequence
from training.decisions.experiment.known_share import KnownShare
from training.decisions.experiment.looks import Look
from training.decisions.experiment.params import ExperimentParams

DAYS_A_MONTH = 30.0
FOUND = 0.8
"""The chance with which the smallest effect is found."""


@dataclass(frozen=True)
class Earned:
    """Money a month of 30 days, in minor units, that the units of an arm brought in more than without it.

    Without it, they would be in the arm that it is compared with: the holdout, or the policy. The money is the
    difference of a unit's profit times the units of the arm. A part of the visits' returns is not known yet: all visits
    are taken to bring as much as the part that is known.
    """

    a_month_minor: float
    low_minor: float
    high_minor: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low_minor > 0 or self.high_minor < 0


def earned(look: Look, since: float) -> Earned:
    """Give the money by a look at the profit; ``since``: the day from which the units' profit counts."""
    factor = _to_month(look, since)
    return Earned(factor * look.difference, factor * look.low, factor * look.high)


def smallest_found(look: Look, known: KnownShare, params: ExperimentParams, alpha: float, since: float) -> float:
    """Give the smallest sum a month, in minor units, that is found by the planned day with a chance of 80%.

    The variance of what is known grows with what is known, which visits at the rate up to now let expect.
    """
    planned, days = float(params.planned_days), look.day - since
    grown = max(1.0, planned * known.mean_until(planned) / (days * known.mean_until(days)))
    variance = look.variance * grown
    half = float(sequence.boundary(variance, sequence.tuned(variance, alpha), alpha))
    found = half + power.quantile(FOUND) * math.sqrt(variance)
    # The total of `grown` times as much that is known is spread over `grown` times as much.
    return found / grown / look.weight * _to_month(look, since)


def _to_month(look: Look, since: float) -> float:
    return look.units_arm * (look.visits / look.clock) * DAYS_A_MONTH / (look.day - since)
