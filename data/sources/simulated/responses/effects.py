"""The true effects of an action on one visit, from the customer's response and from what the customer was shown before.

The effect wears off: with each showing in the last months it shrinks by a fifth, for good and for ill.
"""

from typing import Final, NamedTuple

import numpy as np

from data.arrays import Floats
from data.sources.simulated import catalogue
from data.sources.simulated.responses.actions import TrueAction

WEAR: Final = 0.8
"""Factor of the effect for each showing before, which counts half after `memory.TIRED_DAYS`."""
TIRESOME: Final = 0.004
"""Fall of the log of the rate of later visits for each showing before, whatever the response."""
MOST_AVOIDED, MOST_ADDED = 0.8, 1.0
MOST_RETURNED: Final = 0.98
"""No action makes a return surer than this."""
_KEPT_OPEN_AT_0: Final = 0.4
"""Log-odds that a customer with the response 0 does not dismiss what is shown."""


class VisitEffects(NamedTuple):
    """One row a visit.

    ``returns``: relative change of P(returned) by reason, float64 of shape (visits, causes), in the order of
    `catalogue.CAUSES`. The others have the shape (visits,): relative changes of the chance that the lines are bought
    and that the basket is, and what is added to the log of the rate of later visits.
    """

    returns: Floats
    bought: Floats
    basket: Floats
    trust: Floats


def effects_of(action: TrueAction, response: Floats, tiredness: Floats) -> VisitEffects:
    """Give the effects of ``action`` on visits of customers with ``response``.

    ``tiredness``: the decayed number of showings before; both arrays have the shape (visits,).
    """
    strength = np.array([action.reasons.get(cause, 0.0) for cause in catalogue.CAUSES])
    moved = -np.clip(response * WEAR**tiredness, -MOST_ADDED / 0.35, MOST_AVOIDED / 0.35)
    harm = np.maximum(-response, 0.0)
    return VisitEffects(
        returns=np.clip(moved[:, None] * strength, -MOST_AVOIDED, MOST_ADDED),
        bought=np.full(len(response), action.bought),
        basket=-np.minimum(action.lost + action.lost_harmed * harm, 1.0),
        trust=action.warmth * np.maximum(response, 0.0) - action.chill * harm - TIRESOME * tiredness,
    )


def moved_returns(reasons: Floats, changes: Floats) -> Floats:
    """Apply relative ``changes`` to P(returned for the reason), both of shape (lines, causes); sums stay below 1."""
    moved = reasons * (1.0 + changes)
    total = moved.sum(axis=1, keepdims=True)
    return np.asarray(moved * np.minimum(1.0, MOST_RETURNED / np.maximum(total, MOST_RETURNED)), dtype=np.float64)


def dismissed_chance(response: Floats, slope: float) -> Floats:
    """Give the chance that a customer with ``response`` closes what is shown: those whom it harms do so more often.

    ``slope``: `responders.ResponseParams.dismissal_slope`.
    """
    return np.asarray(1.0 / (1.0 + np.exp(_KEPT_OPEN_AT_0 + slope * response)), dtype=np.float64)
