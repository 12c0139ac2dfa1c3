"""Caps in the loop: how often a customer, and the shop, may get actions; counted as `serving.decisions.caps` counts.

What counts is that an action was chosen, in the holdout, too.
"""

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.decisions.policy import Cap, Policy


class _Times:
    """The days of the last ``cap.most`` choices of each customer, the oldest first."""

    def __init__(self, customers: int, cap: Cap) -> None:
        self._days, self._at = cap.days, np.full((customers, cap.most), -np.inf)

    def free(self, customer: Ints, day: Floats) -> Bools:
        return np.asarray(self._at[customer, 0] <= day - self._days, dtype=np.bool_)

    def take(self, customer: Ints, day: Floats) -> None:
        self._at[customer] = np.column_stack([self._at[customer, 1:], day])


class Caps:
    """The caps of ``policy`` for ``customers`` customers."""

    def __init__(self, policy: Policy, customers: int) -> None:
        self._actions = policy.actions
        self._all = _Times(customers, policy.per_customer)
        self._each = [_Times(customers, action.per_customer) for action in policy.actions]

    def free(self, customer: Ints, day: Floats) -> Bools:
        """Say which action each customer may get, bool of shape (visits, actions)."""
        return self._all.free(customer, day)[:, None] & np.column_stack(
            [each.free(customer, day) for each in self._each]
        )

    def within_quota(self, chosen: Ints) -> Ints:
        """Replace what is beyond an action's quota of the day by -1; ``chosen``: by time, -1 for nothing."""
        kept = chosen.copy()
        for place, action in enumerate(self._actions):
            if action.per_day is not None:
                own = chosen == place
                kept[own & (np.cumsum(own) > action.per_day)] = -1
        return kept

    def take(self, customer: Ints, day: Floats, chosen: Ints) -> None:
        """Count what was chosen, -1 for nothing; a customer occurs once at most."""
        own = chosen >= 0
        self._all.take(customer[own], day[own])
        for place, times in enumerate(self._each):
            own = chosen == place
            times.take(customer[own], day[own])
