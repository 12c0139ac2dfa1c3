"""The choice by learned effects: what an arm does whose challenger has measured effects instead of beliefs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
import pandas as pd

from data.arrays import Floats
from training.decisions.choosing import Candidate, Choice
from training.decisions.policy import ActionKind
from training.decisions.profit import Profit

UNMEASURED: Final = "effect_not_learned"
"""Why an action is ruled out whose effect was never learned."""
RESTRICTION: Final = "restriction"
"""Why an action is ruled out where only a person may decide for it."""
UNAVAILABLE: Final = "learned_unavailable"
"""Why all actions are ruled out where the learned effects can't be had."""


class Learned(Protocol):
    """Effects that were learned from experiments."""

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> Mapping[str, Floats]:
        """Give mean and standard deviation of the profit that each action adds over nothing.

        Parameters
        ----------
        covariates
            The columns `training.decisions.covariates.NAMES`, float64, NaN where unknown; shape (n, k).
        stakes
            What each action has at stake, minor units, NaN where it does not fit; shape (n, actions), by name.

        Returns
        -------
        Mapping
            By action, shape (n, 2), in minor units.
        """
        ...

    def predict_mean(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> Mapping[str, Floats]:
        """Give the same with the standard deviation of the mean over customers who look alike."""
        ...


def choose(
    choice: Choice, covariates: Mapping[str, float], learned: Learned | None, z: float, *, of_mean: bool = False
) -> Choice:
    """Choose among the actions that fit by ``choice``: those with mean - ``z`` deviations above 0, highest mean first.

    Restrictions are never chosen. ``learned``: None where it can't be had; then nothing is chosen. ``of_mean``: the
    deviations are those of the mean over customers who look alike, which exploration can find out.
    """
    fitting, out = without_restrictions(choice)
    if learned is None:
        return Choice((), (), out | {each.action.name: UNAVAILABLE for each in fitting})
    stakes = {each.action.name: each.stake.minor for each in fitting}
    row = pd.DataFrame([covariates], dtype=np.float64), pd.DataFrame([stakes], dtype=np.float64)
    effects = (learned.predict_mean if of_mean else learned.predict)(*row) if fitting else {}
    found = [
        replace(each, profit=_profit(effects[each.action.name], z)) for each in fitting if each.action.name in effects
    ]
    out |= {each.action.name: UNMEASURED for each in fitting if each.action.name not in effects}
    safe = [each for each in found if each.profit.low > 0]
    ranked = sorted(safe, key=lambda candidate: -candidate.profit.expected)
    return Choice(tuple(ranked), tuple(each for each in found if not each.profit.low > 0), out)


def without_restrictions(choice: Choice) -> tuple[list[Candidate], dict[str, str]]:
    """Give the actions that fit, restrictions excepted, and for all others the word for why they are ruled out."""
    every = (*choice.ranked, *choice.doubtful)
    restrictions = {each.action.name: RESTRICTION for each in every if each.action.kind is ActionKind.RESTRICT}
    return [each for each in every if each.action.name not in restrictions], {**choice.ruled_out, **restrictions}


def _profit(effect: Floats, z: float) -> Profit:
    mean, deviation = (float(each) for each in effect[0])
    return Profit(mean, mean - z * deviation, mean + z * deviation)
