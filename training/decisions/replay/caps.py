"""Caps in a replay: how often customers got actions, counted as the service counts them in its store."""

from collections import defaultdict
from typing import Final

from data.times import MICROSECONDS_PER_DAY
from training.decisions.policy import Action, Policy

PER_DAY, PER_CUSTOMER, PER_CUSTOMER_OF_ALL = "per_day", "per_customer", "per_customer_of_all"
"""Why an action is not chosen: the words of the service."""
HOUR: Final = MICROSECONDS_PER_DAY // 24
HOURS: Final = 24


class ReplayedCaps:
    """What was chosen so far. It begins with nothing, and has to be asked in the order of time.

    ``stands_for``: how many baskets of the shop each replayed one stands for, as a cap of all customers counts these.
    """

    def __init__(self, stands_for: float = 1.0) -> None:
        self._stands_for = stands_for
        self._of_unit: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._of_hour: dict[tuple[str, int], int] = defaultdict(int)

    def take(self, policy: Policy, unit: int, action: Action, at: int, *, guest: bool) -> str | None:
        """Count ``action`` for ``unit`` at a time (microseconds), unless a cap is reached: then give its word."""
        why = self.reached(policy, unit, action, at, guest=guest)
        if why is None:
            self.count(unit, action, at)
        return why

    def count(self, unit: int, action: Action, at: int) -> None:
        """Count ``action`` for ``unit`` at a time."""
        self._of_unit[unit].append((at, action.name))
        self._of_hour[action.name, at // HOUR] += 1

    def times_of(self, unit: int) -> list[int]:
        """Give the times at which actions were chosen for ``unit``."""
        return [at for at, _ in self._of_unit.get(unit, [])]

    def reached(self, policy: Policy, unit: int, action: Action, at: int, *, guest: bool) -> str | None:
        """Give the word for the first cap of ``policy`` that ``action`` has reached; None where it is free."""
        hour = at // HOUR
        today = sum(self._of_hour.get((action.name, hour - back), 0) for back in range(HOURS + 1))
        if action.per_day is not None and today * self._stands_for >= action.per_day:
            return PER_DAY
        if guest:  # who is not known again, and gets one action a basket
            return None
        own, every = action.per_customer, policy.per_customer
        before = self._of_unit.get(unit, [])
        if (
            sum(name == action.name and then > at - own.days * MICROSECONDS_PER_DAY for then, name in before)
            >= own.most
        ):
            return PER_CUSTOMER
        if sum(then > at - every.days * MICROSECONDS_PER_DAY for then, _ in before) >= every.most:
            return PER_CUSTOMER_OF_ALL
        return None
