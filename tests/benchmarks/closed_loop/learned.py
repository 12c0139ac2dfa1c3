"""The learned policy: it explores, learns each month what each action adds, and acts where it is sure enough of that.

It knows what a shop knows: its log, with the chance of each draw, and the covariates. At first it knows nothing and
draws by chance. Later it explores ever less, and only where an action may still turn out to add something: a customer
whom an action harms beyond doubt is not shown it for the sake of learning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data.arrays import Floats
from tests.benchmarks.closed_loop.asked import Asked
from tests.benchmarks.closed_loop.counters import KNOWN_DAYS
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.policies import NONE, best
from tests.benchmarks.closed_loop.reactions import DismissalOdds, learn_odds
from tests.benchmarks.closed_loop.visits import MONTH
from training.decisions.learning.effects import LearnedEffects, learn, learnable
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.params import EffectTrees, Learner, LearningParams
from training.decisions.policy import ActionKind

INDEX: Final = "dismissal_log_odds"
LEARNING: Final = LearningParams(
    learners=(Learner.X,),
    trees=EffectTrees(
        learning_rate=0.05,
        num_leaves=2,
        min_data_in_leaf=600,
        feature_fraction=1.0,
        lambda_l2=10.0,
        rounds=100,
        max_rounds=150,
    ),
    folds=3,
    replicates=16,
    max_weight=20.0,
    least_shown=200,
    seed=0,
)


@dataclass(frozen=True)
class Plan:
    """How the policy explores and how sure it has to be.

    ``shares``: of the visits of each month that are drawn by chance; the last one holds from then on. An action acts
    where its mean less ``doubts`` standard deviations avoids at least the share ``margin`` of what is at stake: beside
    the mean for customers who look alike, some of them are harmed. It is explored where its mean and ``hopes``
    standard deviations reach that.
    """

    shares: tuple[float, ...] = (1.0, 0.8, 0.3, 0.15, 0.1, 0.05, 0.03)
    doubts: float = 1.0
    hopes: float = 1.0
    margin: float = 0.06

    def share(self, month: int) -> float:
        """Give the share of ``month``, counted from 0."""
        return self.shares[min(month, len(self.shares) - 1)]


@dataclass(frozen=True)
class _Known:
    """What is known of one action: who dismisses what is of its kind, and its effects by that."""

    odds: DismissalOdds
    effects: LearnedEffects


class Learned:
    """Learns from its own log at the beginning of each month; ``kinds``: of the policy's actions, in their order."""

    name: str = "learned"
    holds_out: bool = True
    capped: bool = True

    def __init__(self, kinds: Sequence[ActionKind], plan: Plan, params: LearningParams = LEARNING) -> None:
        self._kinds, self._plan, self._params = np.array(kinds), plan, params
        self._known: dict[str, _Known] = {}
        self._names: tuple[str, ...] = ()
        self._share = 0.0

    def learn(self, log: Log, month: int) -> None:
        """Learn the effect of each action from the visits whose returns are known."""
        self._share, self._names = self._plan.share(month), log.names
        if not log.day:
            return
        table, until = log.table(), month * MONTH - KNOWN_DAYS
        for kind in dict.fromkeys(self._kinds):
            odds = self._learn_odds(log, table, kind)
            if odds is None:
                continue
            index = pd.DataFrame({INDEX: odds.of_logged(_about_customers(table), np.concatenate(log.customer))})
            for action in np.array(log.names)[self._kinds == kind]:
                known = exposures(log, table, index, action, until)
                if learnable(known, self._params.least_shown):
                    self._known[action] = _Known(odds, learn(known, self._params.learners[0], self._params))

    def _learn_odds(self, log: Log, table: pd.DataFrame, kind: ActionKind) -> DismissalOdds | None:
        done = np.concatenate(log.action)
        shown = np.isin(done, np.flatnonzero(self._kinds == kind))
        if shown.sum() < self._params.least_shown:
            return None
        x, customer = _about_customers(table), np.concatenate(log.customer)
        return learn_odds(x[shown], customer[shown], np.concatenate(log.dismissed)[shown])

    def chances(self, asked: Asked) -> Floats:
        """Explore with the share of the month, among what may add something, and nothing; else act where it is sure."""
        mean, deviation, stake = self._predicted(asked)
        least = self._plan.margin * stake
        sure = asked.eligible & (mean - self._plan.doubts * deviation > least)
        acted = best(np.where(sure, mean, -np.inf))
        hopeful = asked.eligible & (mean + self._plan.hopes * deviation > least)
        explored = hopeful / (1 + hopeful.sum(axis=1, keepdims=True))
        return (1 - self._share) * acted + self._share * np.column_stack([explored, np.zeros(len(explored))])

    def _predicted(self, asked: Asked) -> tuple[Floats, Floats, Floats]:
        """Give mean and deviation of each action's effect, and its stake; before it is learned, 0 and infinity."""
        mean, deviation = np.zeros(asked.eligible.shape), np.full(asked.eligible.shape, np.inf)
        stake = np.column_stack([asked.covariates[f"{name}_stake"] for name in self._names])
        x = _about_customers(pd.DataFrame(asked.covariates))
        for action, known in self._known.items():
            place = self._names.index(action)
            found = known.effects.predict(pd.DataFrame({INDEX: known.odds.of_new(x)}))[action]
            mean[:, place], deviation[:, place] = (stake[:, place, None] * found).T
        return mean, deviation, stake


def exposures(log: Log, table: pd.DataFrame, index: pd.DataFrame, action: str, until: float) -> Exposures:
    """Give what the log has of ``action`` and of nothing where it was eligible, before the day ``until``.

    The profit is the focused one, as a share of what is at stake: an action moves a share of the returns that it is
    about. Given that it was the action or nothing, the chance of either is its share in the chances of both.
    ``table`` has the covariates of the log, ``index`` those by which the effect is learned.
    """
    place = log.names.index(action)
    eligible, done = np.concatenate(log.eligible)[:, place], np.concatenate(log.action)
    own = (np.concatenate(log.day) < until) & eligible & np.isin(done, [place, NONE])
    chances, done = np.concatenate(log.chances)[own], done[own]
    chance = np.where(done == place, chances[:, place], chances[:, -1]) / (chances[:, place] + chances[:, -1])
    return Exposures(
        covariates=index[own].reset_index(drop=True),
        action=np.where(done == place, action, NOTHING).astype(object),
        propensity=chance,
        profit=np.concatenate(log.focused)[own, place] / table[f"{action}_stake"].to_numpy()[own],
        unit=np.concatenate(log.customer)[own].astype(str).astype(object),
        eligible=pd.DataFrame({action: np.ones(len(done), dtype=np.bool_)}),
    )


def _about_customers(table: pd.DataFrame) -> Floats:
    names = [name for name in table.columns if name.startswith("customer_")]
    return table[names].to_numpy(np.float64)
