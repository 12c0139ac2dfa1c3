"""Pooled effects: for each kind of actions an index of dismissals, and which share of the stake each action avoids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from data.arrays import Floats
from data.errors import UserError
from training.decisions.learning import stored_parts
from training.decisions.learning.dismissals import DismissalIndex, both_known, learn_index
from training.decisions.learning.effects import UNLIKE
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.forest import Forest
from training.decisions.learning.history import History
from training.decisions.learning.params import Learner, LearningParams
from training.decisions.learning.pooled import RANKS, Basis, SharesAvoided, believed, learn_shares

STAKE: Final = "stake_{}"
"""The column of an action's stake in a frame for MLflow."""
SCALED: Final = (("centre", -np.inf), ("scale", 0.0))
"""By what the index is made a feature, with the least value of each."""


@dataclass(frozen=True)
class KindEffects:
    """What is known of the ``actions`` of one kind; ``index`` is None before anything of dismissals is known."""

    actions: tuple[str, ...]
    index: DismissalIndex | None
    shares: SharesAvoided

    def predict(self, x: Floats) -> dict[str, Floats]:
        """Give the share of the stake that each action avoids, with its standard deviation; shape (n, 2) each."""
        index = np.full(len(x), self.shares.basis.centre) if self.index is None else self.index.of_new(x)
        return {
            name: self.shares.predict(x, index, np.full(len(x), place, dtype=np.int64))
            for place, name in enumerate(self.actions)
        }


@dataclass(frozen=True)
class PooledEffects:
    """The effects of actions of several ``kinds``, by the covariates ``names`` of the customer.

    ``individual_spread``: standard deviation of the share that an action avoids, among customers who look alike.
    """

    names: tuple[str, ...]
    kinds: tuple[KindEffects, ...]
    individual_spread: float

    @property
    def learner(self) -> Learner:
        """How they were learned."""
        return Learner.POOLED

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that were learned, sorted."""
        return tuple(sorted(name for kind in self.kinds for name in kind.actions))

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> dict[str, np.ndarray]:
        """Give the profit that each action adds over nothing, in minor units.

        Parameters
        ----------
        covariates
            Shape (n, k); at least the columns ``names``, numeric, NaN where unknown.
        stakes
            What each action has at stake, minor units; shape (n, actions). NaN, or no column, where it does not fit.

        Returns
        -------
        dict
            By action: shape (n, 2), float64; the mean, and the standard deviation of what is not known of it for this
            customer. NaN where there is no stake.

        Raises
        ------
        UserError
            A covariate is missing.
        """
        spread = self.individual_spread
        alike = self.predict_mean(covariates, stakes)
        return {
            name: np.column_stack([found[:, 0], np.hypot(found[:, 1], spread * _of(stakes, name, len(covariates)))])
            for name, found in alike.items()
        }

    def predict_mean(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> dict[str, np.ndarray]:
        """`predict`, with the standard deviation of the mean over customers who look alike."""
        if lacking := [name for name in self.names if name not in covariates.columns]:
            raise UserError(
                expected=f"the covariates {', '.join(self.names)}", found=f"no {', '.join(lacking)}", fix=UNLIKE
            )
        found = self.shares(covariates[list(self.names)].to_numpy(np.float64))
        return {name: _of(stakes, name, len(covariates))[:, None] * each for name, each in found.items()}

    def shares(self, x: Floats) -> dict[str, Floats]:
        """Give the share that each action avoids among customers who look alike, and what is not known of that mean."""
        return {name: each for kind in self.kinds for name, each in kind.predict(x).items()}

    def content(self) -> dict[str, Any]:
        """All but the trees, as JSON has it."""
        return {
            "learner": self.learner.value,
            "covariates": list(self.names),
            "individual_spread": repr(self.individual_spread),
            "kinds": [_content(kind) for kind in self.kinds],
        }

    def texts(self) -> list[str]:
        """The trees of the indexes, in the order of the kinds that have one."""
        return [kind.index.forest.text for kind in self.kinds if kind.index is not None]

    def frame(self, known: pd.DataFrame) -> pd.DataFrame:
        """The columns of ``known`` that are needed to predict, for MLflow; NaN where a stake is not among them."""
        stakes = [STAKE.format(name) for name in self.actions]
        return known.reindex(columns=[*self.names, *stakes]).astype("float64")

    @classmethod
    def of(cls, content: Mapping[str, Any], texts: Sequence[str]) -> "PooledEffects":
        """Make them of `content` and `texts`; `KeyError`, `ValueError` where they do not fit."""
        names, stored = stored_parts.words(content["covariates"], "covariates"), content["kinds"]
        own = [name for each in stored for name in each["actions"]]
        stored_parts.words(own, "actions of all kinds")
        with_index = [each for each in stored if each["trees"] is not None]
        stored_parts.same_length(texts, "texts of trees, one for each kind that has some", len(with_index))
        waiting, kinds = iter(texts), []
        for each in stored:
            trees, covariates = each["trees"], len(names)
            index = None if trees is None else DismissalIndex(Forest.stored(next(waiting), trees, covariates))
            kinds.append(KindEffects(tuple(each["actions"]), index, _shares(each, covariates)))
        return cls(names, tuple(kinds), stored_parts.number(content["individual_spread"], "individual_spread", 0.0))


def learn_pooled(
    history: History, kinds: Sequence[Sequence[str]], beliefs: Mapping[str, float], params: LearningParams
) -> PooledEffects:
    """Learn the effects of the actions of each kind from ``history``.

    Parameters
    ----------
    kinds
        The actions of each kind.
    beliefs
        The share of its stake that each action is believed to avoid.
    """
    known = tuple(_learn_kind(history, tuple(own), beliefs, params) for own in kinds)
    return PooledEffects(tuple(map(str, history.customers.columns)), known, params.pooled.individual_spread)


def _learn_kind(
    history: History, actions: tuple[str, ...], beliefs: Mapping[str, float], params: LearningParams
) -> KindEffects:
    believes = [float(beliefs[name]) for name in actions]
    shown, x = history.shown(actions), history.x
    if len(shown) < params.least_shown or not both_known(shown, params.folds, params.seed):
        basis = Basis.of(x, np.zeros(len(x)), len(actions))
        prior = believed(basis, believes, params.pooled)
        return KindEffects(actions, None, learn_shares(history.compared(actions, np.zeros(len(x))), prior))
    learned = learn_index(shown, x, history.unit, params.folds, params.dismissals, params.seed)
    prior = believed(Basis.of(x, learned.of_logged, len(actions)), believes, params.pooled)
    return KindEffects(actions, learned.index, learn_shares(history.compared(actions, learned.of_logged), prior))


def enough(history: History, kinds: Sequence[Sequence[str]], least: int) -> list[list[str]]:
    """The kinds with those of their actions that were done at least ``least`` times, and left out as often."""
    settled = history.settled

    def often(name: str) -> bool:
        could = settled & (history.stake[name].to_numpy(np.float64) > 0)
        done, rested = could & (history.action == name), could & (history.action == NOTHING)
        return min(int(done.sum()), int(rested.sum())) >= least

    found = [[name for name in kind if name in history.stake.columns and often(name)] for kind in kinds]
    return [kind for kind in found if kind]


def _of(stakes: pd.DataFrame, name: str, rows: int) -> Floats:
    return stakes[name].to_numpy(np.float64) if name in stakes.columns else np.full(rows, np.nan)


def _content(kind: KindEffects) -> dict[str, Any]:
    shares, basis = kind.shares, kind.shares.basis
    return {
        "actions": list(kind.actions),
        "trees": None if kind.index is None else list(kind.index.forest.sizes),
        "centre": repr(basis.centre),
        "scale": repr(basis.scale),
        "knots": [list(map(repr, row.tolist())) for row in basis.knots],
        "mean": list(map(repr, shares.mean.tolist())),
        "covariance": [list(map(repr, row.tolist())) for row in shares.covariance],
    }


def _shares(content: Mapping[str, Any], covariates: int) -> SharesAvoided:
    actions = len(content["actions"])
    knots = stored_parts.numbers(content["knots"], "knots (covariates, quantiles)", (covariates, RANKS))
    centre, scale = (stored_parts.number(content[name], name, least) for name, least in SCALED)
    basis = Basis(centre, scale, knots, actions)
    mean = stored_parts.numbers(content["mean"], "mean (coefficients)", (basis.size,))
    return SharesAvoided(basis, mean, stored_parts.covariance(content["covariance"], "covariance", basis.size))
