"""Learned effects: what each action adds to the profit of a basket over nothing, with its standard deviation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from data.arrays import Floats
from data.errors import UserError
from training.decisions.learning import stored_parts
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.forest import Forest
from training.decisions.learning.learners import Learning
from training.decisions.learning.params import Learner, LearningParams

LEAST_REPLICATES: Final = 2
"""Of so many, a spread can be taken."""
UNLIKE: Final = "give NaN where a covariate is unknown; or learn the effects again with the covariates of now"


@dataclass(frozen=True)
class Group:
    """One group of trees: what it predicts, times ``factor``, is a part of a replicate of an action's effect."""

    action: str
    replicate: int
    factor: float


@dataclass(frozen=True)
class LearnedEffects:
    """The effects of ``actions`` by the covariates ``names``; the trees of ``forest`` belong to ``groups``.

    An action that was done too seldom to learn from is not among ``actions``. ``learner``: how they were learned.
    """

    names: tuple[str, ...]
    actions: tuple[str, ...]
    learner: Learner
    groups: tuple[Group, ...]
    forest: Forest

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame | None = None) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Give the profit that each action adds over nothing, in minor units.

        Parameters
        ----------
        covariates
            Shape (n, k); at least the columns ``names``, numeric, NaN where unknown.
        stakes
            What `training.decisions.learning.pooled_effects` needs; here nothing hangs on it.

        Returns
        -------
        dict
            By action: shape (n, 2), float64; the mean, and the standard deviation of what is not known of it.

        Raises
        ------
        UserError
            A covariate is missing.
        """
        return self.predict_rows(self._rows(covariates))

    def predict_mean(self, covariates: pd.DataFrame, stakes: pd.DataFrame | None = None) -> dict[str, np.ndarray]:
        """As `predict`: these learners do not tell apart customers who look alike."""
        return self.predict(covariates, stakes)

    def predict_rows(self, x: Floats) -> dict[str, np.ndarray]:
        """`predict` for an array (n, k) with the columns ``names`` in their order."""
        sums = self.forest.sums(x)
        return {action: _moments(self._replicates(action, sums)) for action in self.actions}

    def frame(self, known: pd.DataFrame) -> pd.DataFrame:
        """The columns of ``known`` that are needed to predict, for MLflow."""
        return known[list(self.names)]

    def content(self) -> dict[str, Any]:
        """All but the trees, as JSON has it."""
        return {
            "learner": self.learner.value,
            "covariates": list(self.names),
            "actions": list(self.actions),
            "groups": [{**asdict(group), "factor": repr(group.factor)} for group in self.groups],
            "trees": list(self.forest.sizes),
        }

    def texts(self) -> list[str]:
        """The trees."""
        return [self.forest.text]

    @classmethod
    def of(cls, content: Mapping[str, Any], texts: Sequence[str]) -> "LearnedEffects":
        """Make them of `content` and `texts`; `KeyError`, `ValueError` where these do not fit."""
        names = stored_parts.words(content["covariates"], "covariates")
        actions = stored_parts.words(content["actions"], "actions")
        groups = tuple(map(_group, content["groups"]))
        stored_parts.same_length(texts, "texts of trees", 1)
        forest = Forest.stored(texts[0], content["trees"], len(names))
        stored_parts.same_length(groups, "groups, one for each of those of the trees", len(forest.sizes))
        _check_replicates(groups, actions)
        return cls(names, actions, Learner(content["learner"]), groups, forest)

    def _rows(self, covariates: pd.DataFrame) -> Floats:
        if lacking := [name for name in self.names if name not in covariates.columns]:
            raise UserError(
                expected=f"the covariates {', '.join(self.names)}",
                found=f"no {', '.join(lacking)}",
                fix=UNLIKE,
            )
        return covariates[list(self.names)].to_numpy(np.float64)

    def _replicates(self, action: str, sums: Floats) -> Floats:
        """The replicates of an action's effect; shape (n, replicates)."""
        own = [(place, group) for place, group in enumerate(self.groups) if group.action == action]
        found = np.zeros((len(sums), 1 + max(group.replicate for _, group in own)))
        for place, group in own:
            found[:, group.replicate] += group.factor * sums[:, place]
        return found


def learn(exposures: Exposures, learner: Learner, params: LearningParams) -> LearnedEffects:
    """Learn the effect of each action that was done at least ``params.least_shown`` times, and as often not.

    Raises
    ------
    UserError
        No action was done so often.
    """
    enough = learnable(exposures, params.least_shown)
    if not enough:
        done = {name: int((exposures.action == name).sum()) for name in exposures.actions}
        raise UserError(
            expected=f"an action with {params.least_shown} exposures (learning.least_shown)",
            found=", ".join(f"{name} {count}" for name, count in done.items()) or "no action",
            fix="wait for more decisions, or let a share of them explore (exploration of the policy)",
        )
    learning = Learning(exposures.take(exposures.order()), params)
    groups, models = [], []
    for action in enough:
        for replicate, terms in enumerate(learning.replicates(action, learner)):
            groups += [Group(action, replicate, factor) for factor, _ in terms]
            models += [model for _, model in terms]
    names = tuple(map(str, exposures.covariates.columns))
    return LearnedEffects(names, enough, learner, tuple(groups), Forest.of(models))


def learnable(exposures: Exposures, least: int) -> tuple[str, ...]:
    """The actions that were done, and left out where they were eligible, at least ``least`` times; sorted."""
    nothing = exposures.action == NOTHING

    def enough(name: str) -> bool:
        rested = nothing & exposures.eligible[name].to_numpy(np.bool_)
        return min(int((exposures.action == name).sum()), int(rested.sum())) >= least

    return tuple(sorted(name for name in exposures.actions if enough(name)))


def choose(effects: Mapping[str, Floats], eligible: pd.DataFrame, doubts: float) -> np.ndarray:
    """Choose the action of the highest mean among those with mean - ``doubts`` * deviation above 0, else `NOTHING`.

    Parameters
    ----------
    effects
        As `LearnedEffects.predict` gives them.
    eligible
        Shape (n, actions), bool.

    Returns
    -------
    numpy.ndarray
        Shape (n,), str; of two actions with the same mean, the first by name.
    """
    names = sorted(effects)
    best, found = np.zeros(len(eligible)), np.full(len(eligible), NOTHING, dtype=object)
    for name in names:
        mean, deviation = effects[name][:, 0], effects[name][:, 1]
        better = (mean - doubts * deviation > 0) & (mean > best) & eligible[name].to_numpy(np.bool_)
        best, found = np.where(better, mean, best), np.where(better, name, found)
    return found


def _group(stored: Mapping[str, Any]) -> Group:
    return Group(stored["action"], stored["replicate"], stored_parts.number(stored["factor"], "a factor"))


def _check_replicates(groups: Sequence[Group], actions: Sequence[str]) -> None:
    """Refuse groups of other actions, and an action without replicates 0, 1 and so on, of which a spread is taken."""
    found: dict[str, set[int]] = {}
    for group in groups:
        found.setdefault(group.action, set()).add(group.replicate)
    if set(found) != set(actions):
        raise stored_parts.UnfitError(f"groups of the actions {', '.join(actions)}", ", ".join(map(str, found)))
    for action, replicates in found.items():
        if len(replicates) < LEAST_REPLICATES or replicates != set(range(len(replicates))):
            expected = f"at least {LEAST_REPLICATES} replicates of {action}, counted from 0"
            raise stored_parts.UnfitError(expected, ", ".join(map(str, replicates)))


def _moments(replicates: Floats) -> np.ndarray:
    return np.column_stack([replicates.mean(axis=1), replicates.std(axis=1, ddof=1)])
