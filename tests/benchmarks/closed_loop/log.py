"""The log of one policy: what a shop would have written down about the visits that took place, and nothing else."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints


@dataclass
class Log:
    """By day: covariates, and arrays of one row a visit; ``names``: of the policy's actions.

    ``action``: what was shown, -1 for nothing; ``dismissed``: whether that was closed. ``chances``: of each action, of
    the warning and of nothing, over all draws, that of the arm, too; float64 of shape (visits, actions + 2).
    ``profit``: what the visit earned; ``focused``: the same as `money.VisitMoney.focused` gives it for each action,
    float64 of shape (visits, actions). ``eligible``: bool of shape (visits, actions).
    """

    names: tuple[str, ...]
    day: list[Floats] = field(default_factory=list)
    covariates: list[dict[str, Floats]] = field(default_factory=list)
    customer: list[Ints] = field(default_factory=list)
    action: list[Ints] = field(default_factory=list)
    chances: list[Floats] = field(default_factory=list)
    profit: list[Floats] = field(default_factory=list)
    dismissed: list[Bools] = field(default_factory=list)
    focused: list[Floats] = field(default_factory=list)
    eligible: list[Bools] = field(default_factory=list)

    def table(self) -> pd.DataFrame:
        """Give the covariates of all visits."""
        names = list(self.covariates[0])
        return pd.DataFrame({name: np.concatenate([each[name] for each in self.covariates]) for name in names})
