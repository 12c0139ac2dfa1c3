"""The draw of what is done about a basket, with its propensity: pure functions of the basket, its unit and the key.

The arm is drawn for the unit. Within an arm, the outcome is drawn for unit and basket. Both draws are keyed hashes, so
the same basket gets the same outcome again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from training.decisions.assignment import Arm, draw, uniform

Chances = Mapping[str, float]
"""The chance of each outcome: of actions by name, and of `training.decisions.exploration.NOTHING`."""
OUTCOME_KEY: Final = "|outcome"
"""What is put behind the key of the arms for the draw within an arm, so that the two are independent."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came out of a draw: ``in_arm``, its chance given the arm, and ``propensity``, that over the arms, too."""

    arm: Arm
    outcome: str
    in_arm: float
    propensity: float


def draw_outcome(
    draw_key: str, unit: str, basket: str, shares: Mapping[str, float], by_arm: Mapping[str, Chances]
) -> Drawn:
    """Draw the arm of ``unit``, and what is done there about ``basket``.

    Parameters
    ----------
    shares
        The share of units in each arm.
    by_arm
        The chances of the outcomes in each arm; those of an arm add up to 1.
    """
    arm = draw(draw_key, unit, shares)
    own = by_arm[arm.name]
    outcome = pick(own, uniform(draw_key + OUTCOME_KEY, f"{unit}|{basket}")) if len(own) > 1 else next(iter(own))
    return Drawn(arm, outcome, own[outcome], propensities(shares, by_arm)[outcome])


def propensities(shares: Mapping[str, float], by_arm: Mapping[str, Chances]) -> dict[str, float]:
    """Give the chance of each outcome over all draws; they add up to 1."""
    outcomes = dict.fromkeys(name for own in by_arm.values() for name in own)
    return {
        name: min(1.0, math.fsum(shares[arm] * own.get(name, 0.0) for arm, own in by_arm.items())) for name in outcomes
    }


def pick(chances: Chances, at: float) -> str:
    """Give the outcome at the place ``at``, in [0, 1), where the chances lie one after the other."""
    possible = [(name, chance) for name, chance in chances.items() if chance > 0]
    reached = 0.0
    for name, chance in possible:
        reached += chance
        if at < reached:
            return name
    return possible[-1][0]  # the chances add up to a little less than 1
