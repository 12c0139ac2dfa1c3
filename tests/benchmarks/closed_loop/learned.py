"""The learned policy: it explores, learns once a month what each action adds, and acts where even a cautious mean is above 0.

It knows what a shop knows: its log, with the chance of each draw, and the covariates. At first it knows nothing and
draws by chance. Later it explores ever less, and only where an action may still turn out to add something: a customer
whom an action harms beyond doubt is not shown it for the sake of learning.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data.arrays import Floats
from tests.benchmarks.closed_loop.asked import Asked
from tests.benchmarks.closed_loop.counters import KNOWN_DAYS
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.policies import NONE, best
from tests.benchmarks.closed_loop.visits import MONTH
from tests.benchmarks.closed_loop.world import Truth
from training.decisions.learning.effects import LearnedEffects, learn, learnable
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.params import EffectTrees, Learner, LearningParams

LEARNING: Final = LearningParams(
    learners=(Learner.DR,),
    trees=EffectTrees(
        learning_rate=0.05,
        num_leaves=6,
        min_data_in_leaf=100,
        feature_fraction=0.5,
        lambda_l2=10.0,
        rounds=100,
        max_rounds=150,
    ),
    folds=3,
    replicates=6,
    max_weight=20.0,
    least_shown=200,
    seed=0,
)


@dataclass(frozen=True)
class Plan:
    """How the policy explores and how sure it has to be.

    ``shares``: of the visits of each month that are drawn by chance; the last one holds from then on. ``doubts``: an
    action acts where its mean less so many standard deviations lies above 0. ``hopes``: it is explored where its mean
    and so many of them do.
    """

    shares: tuple[float, ...] = (1.0, 0.8, 0.4, 0.2, 0.1, 0.05, 0.03)
    doubts: float = 1.0
    hopes: float = 1.0

    def share(self, month: int) -> float:
        """Give the share of ``month``, counted from 0."""
        return self.shares[min(month, len(self.shares) - 1)]


class Learned:
    """Learns from its own log at the beginning of each month."""

    name: str = "learned"
    holds_out: bool = True
    capped: bool = True

    def __init__(self, plan: Plan, params: LearningParams = LEARNING) -> None:
        self._plan, self._params = plan, params
        self._effects: dict[str, LearnedEffects] = {}
        self._names: tuple[str, ...] = ()
        self._share = 0.0

    def learn(self, log: Log, month: int) -> None:
        """Learn the effect of each action from the visits whose returns are known."""
        self._share, self._names = self._plan.share(month), log.names
        for action in log.names if log.day else ():
            known = exposures(log, action, month * MONTH - KNOWN_DAYS)
            if learnable(known, self._params.least_shown):
                self._effects[action] = learn(known, self._params.learners[0], self._params)

    def chances(self, asked: Asked, truth: Truth) -> Floats:
        """Explore with the share of the month, among what may add something, and nothing; else act where it is sure."""
        mean, deviation = self._predicted(asked)
        sure = asked.eligible & (mean - self._plan.doubts * deviation > 0)
        acted = best(np.where(sure, mean, -np.inf))
        hopeful = asked.eligible & (mean + self._plan.hopes * deviation > 0)
        explored = hopeful / (1 + hopeful.sum(axis=1, keepdims=True))
        return (1 - self._share) * acted + self._share * np.column_stack([explored, np.zeros(len(explored))])

    def _predicted(self, asked: Asked) -> tuple[Floats, Floats]:
        """Give mean and standard deviation of each action's effect, those of nothing learned 0 and infinite."""
        mean, deviation = np.zeros(asked.eligible.shape), np.full(asked.eligible.shape, np.inf)
        table = pd.DataFrame(asked.covariates)
        for action, effects in self._effects.items():
            place = self._names.index(action)
            own = asked.eligible[:, place]
            if own.any():
                stake = asked.covariates[f"{action}_stake"][own, None]
                mean[own, place], deviation[own, place] = (stake * effects.predict(table[own])[action]).T
        return mean, deviation


def exposures(log: Log, action: str, until: float) -> Exposures:
    """Give what the log has of ``action`` and of nothing where it was eligible, before the day ``until``.

    The profit is the focused one, as a share of what is at stake: an action moves a share of the returns that it is
    about. Given that it was the action or nothing, the chance of either is its share in the chances of both.
    """
    place = log.names.index(action)
    eligible, done = np.concatenate(log.eligible)[:, place], np.concatenate(log.action)
    own = (np.concatenate(log.day) < until) & eligible & np.isin(done, [place, NONE])
    chances = np.concatenate(log.chances)[own]
    done = done[own]
    chance = np.where(done == place, chances[:, place], chances[:, -1]) / (chances[:, place] + chances[:, -1])
    table = log.table()[own].reset_index(drop=True)
    return Exposures(
        covariates=table,
        action=np.where(done == place, action, NOTHING).astype(object),
        propensity=chance,
        profit=np.concatenate(log.focused)[own, place] / table[f"{action}_stake"].to_numpy(),
        unit=np.concatenate(log.customer)[own].astype(str).astype(object),
        eligible=pd.DataFrame({action: np.ones(len(done), dtype=np.bool_)}),
    )
