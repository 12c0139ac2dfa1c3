"""The policies that run in closed loop, but the learned one."""

from typing import Final, Protocol

import numpy as np

from data.arrays import Floats
from tests.benchmarks.closed_loop.asked import Asked
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.world import Truth


class Acting(Protocol):
    """A policy in the loop.

    ``holds_out``: whether the customers of the holdout are shown nothing. ``capped``: whether caps are observed.
    """

    name: str
    holds_out: bool
    capped: bool

    def chances(self, asked: Asked) -> Floats:
        """Give the chance with which each action is drawn for each visit, float64 of shape (visits, actions + 1).

        The last action is the naive warning. The rest to 1 is the chance of nothing.
        """
        ...

    def learn(self, log: Log, day: int) -> None:
        """Learn from all that was known before ``day``, counted from 0."""
        ...


class _Fixed:
    """A policy that learns nothing."""

    name, holds_out, capped = "", False, False

    def learn(self, log: Log, day: int) -> None:
        """Learn nothing."""


class Nothing(_Fixed):
    """Shows nothing."""

    name: str = "nothing"

    def chances(self, asked: Asked) -> Floats:
        """See `Acting`."""
        return np.zeros((len(asked.warned), asked.eligible.shape[1] + 1))


class WarnAboveHalf(_Fixed):
    """The naive checkout: warns of each line that is scored above one half, however often."""

    name: str = "warn at 0.5"

    def chances(self, asked: Asked) -> Floats:
        """See `Acting`."""
        found = np.zeros((len(asked.warned), asked.eligible.shape[1] + 1))
        found[:, -1] = asked.warned
        return found


class Rules(_Fixed):
    """The policy as the service runs it: the action that should add most, where the lower end adds something."""

    name: str = "rules"
    holds_out: bool = True
    capped: bool = True

    def chances(self, asked: Asked) -> Floats:
        """See `Acting`."""
        valued = asked.valued()
        return best(np.where(asked.eligible & (valued.low > 0), valued.expected, -np.inf))


class Oracle(_Fixed):
    """Shows what truly adds most, with what it does to later visits.

    It knows each customer's response, tiredness and potential visits to come. It does not plan: that an action now uses
    up a cap, and wears off the next one, is left out. With ``seen``, it knows all but the hidden part of the responses:
    what unlimited data could teach.
    """

    capped: bool = True

    def __init__(self, *, seen: bool = False) -> None:
        self.name = "best of what is seen" if seen else "oracle"
        self._seen = seen
        self._truth: Truth | None = None

    def know(self, truth: Truth) -> None:
        """Take the truth about the visits that `chances` will be asked for."""
        self._truth = truth

    def chances(self, asked: Asked) -> Floats:
        """See `Acting`; `know` comes first."""
        assert self._truth is not None
        worth = self._truth.worth(seen=self._seen)
        return best(np.where(asked.eligible & (worth > 0), worth, -np.inf))


NONE: Final = -1


def best(worth: Floats) -> Floats:
    """Choose the action that is worth most, the first of two; none where all are minus infinity.

    ``worth``: float64 of shape (visits, actions). Gives chances of 0 and 1, of shape (visits, actions + 1).
    """
    found = np.zeros((len(worth), worth.shape[1] + 1))
    rows = np.flatnonzero(np.isfinite(worth).any(axis=1))
    found[rows, worth[rows].argmax(axis=1)] = 1.0
    return found
