"""The history of decisions from which pooled effects are learned: all visits, with what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from training.decisions.learning.dismissals import Shown
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.pooled import Compared


@dataclass(frozen=True, eq=False)
class History:
    """Decisions, one a row, of visits at which some action could have been done.

    Parameters
    ----------
    customers
        What was known of customers, their earlier reactions included; shape (n, k), float64, NaN where unknown.
    unit, action
        The customer, and what was done, `training.decisions.learning.exposures.NOTHING` for nothing; (n,), str.
    seen, dismissed
        Whether the action was shown, and closed: known at once; shape (n,).
    settled
        Whether the returns are known; shape (n,).
    stake
        What each action has at stake, minor units, NaN where it could not have been done; (n, actions).
    outcome
        What was earned beyond what was expected, where only the returns that the action is about count as they came;
        minor units, shape (n, actions). Only settled rows are read, where there is a stake.
    """

    customers: pd.DataFrame
    unit: np.ndarray
    action: np.ndarray
    seen: Bools
    dismissed: Bools
    settled: Bools
    stake: pd.DataFrame
    outcome: pd.DataFrame

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.action)

    @property
    def x(self) -> Floats:
        """``customers`` as an array."""
        return self.customers.to_numpy(np.float64)

    def take(self, chosen: Bools) -> "History":
        """Keep the rows ``chosen``."""
        frames = {
            name: getattr(self, name)[chosen].reset_index(drop=True) for name in ("customers", "stake", "outcome")
        }
        arrays = {name: getattr(self, name)[chosen] for name in ("unit", "action", "seen", "dismissed", "settled")}
        return History(**frames, **arrays)

    def shown(self, actions: Sequence[str]) -> Shown:
        """The decisions at which one of ``actions`` was shown."""
        own = self.seen & np.isin(self.action, list(actions))
        return Shown(self.x[own], self.unit[own], self.dismissed[own])

    def compared(self, actions: Sequence[str], index: Floats) -> Compared:
        """Compare each of ``actions``, which are of one kind, with nothing; ``index`` (n,): of dismissals.

        A decision at which nothing was done is compared with each action that could have been; then it counts by parts.
        """
        stake = self.stake[list(actions)].to_numpy(np.float64)
        could, x = stake > 0, self.x  # False where it is NaN
        several = np.maximum(could.sum(axis=1), 1)
        parts = []
        for place, name in enumerate(actions):
            done = self.action == name
            own = self.settled & could[:, place] & (done | (self.action == NOTHING))
            outcome = self.outcome[name].to_numpy(np.float64)
            parts.append((
                x[own], index[own], np.full(int(own.sum()), place, dtype=np.int64), done[own], outcome[own],
                stake[own, place], np.where(done, 1.0, 1.0 / several)[own], self.unit[own],
            ))  # fmt: skip
        return Compared(*(np.concatenate(each) for each in zip(*parts, strict=True)))
