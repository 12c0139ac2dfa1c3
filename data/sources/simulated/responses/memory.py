"""What customers remember: trust, which moves later visits, and how tired they are of being shown things."""

from typing import Final

import numpy as np

from data.arrays import Floats, Ints

TRUST_DAYS: Final = 120.0
"""Half-life of trust, and ``TIRED_DAYS`` that of tiredness."""
TIRED_DAYS: Final = 60.0
VISITS: Final = 0.8
"""Chance that a potential visit takes place where trust is 0."""


class Memory:
    """The memory of all customers under one policy; ``day`` is a time in days."""

    def __init__(self, customers: int) -> None:
        self._trust, self._tired = np.zeros(customers), np.zeros(customers)
        self._day = np.zeros(customers)

    def trust(self, customer: Ints, day: Floats) -> Floats:
        """Give what is added to the log of the rate of visits of each customer, float64 of shape (n,)."""
        return np.asarray(self._trust[customer] * 0.5 ** ((day - self._day[customer]) / TRUST_DAYS), dtype=np.float64)

    def tiredness(self, customer: Ints, day: Floats) -> Floats:
        """Give the decayed number of what each customer was shown, float64 of shape (n,)."""
        return np.asarray(self._tired[customer] * 0.5 ** ((day - self._day[customer]) / TIRED_DAYS), dtype=np.float64)

    def shown(self, customer: Ints, day: Floats, trust: Floats) -> None:
        """Remember that each customer, who occurs once at most, was shown something that added ``trust``."""
        kept, tired = self.trust(customer, day), self.tiredness(customer, day)
        self._trust[customer], self._tired[customer] = kept + trust, tired + 1.0
        self._day[customer] = day


def visit_chance(trust: Floats) -> Floats:
    """Give the chance that a potential visit takes place."""
    return np.minimum(1.0, VISITS * np.exp(trust))


def later_visits(customer: Ints, day: Floats, profit: Floats) -> Floats:
    """Give the profit of each customer's later visits that a unit of trust added at each visit moves, to first order.

    ``profit``: of each potential visit if it takes place; all arrays have the shape (n,), sorted by ``day``.
    """
    found = np.zeros(len(customer))
    latest: dict[int, tuple[float, float]] = {}
    for place in range(len(customer) - 1, -1, -1):
        who, now = int(customer[place]), float(day[place])
        later, then = latest.get(who, (0.0, now))
        found[place] = later * 0.5 ** ((then - now) / TRUST_DAYS)
        latest[who] = (found[place] + VISITS * float(profit[place]), now)
    return found
