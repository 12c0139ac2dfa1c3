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

from data.arrays import Bools, Floats, Ints
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
DONE: Final = "done"
"""Stands for each action of a kind."""
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
    doubts: float = 1.25
    hopes: float = 1.0
    margin: float = 0.06

    def share(self, month: int) -> float:
        """Give the share of ``month``, counted from 0."""
        return self.shares[min(month, len(self.shares) - 1)]


@dataclass(frozen=True)
class _Known:
    """What is known of the actions of one kind: who dismisses them, and their effects by that."""

    odds: DismissalOdds
    effects: LearnedEffects


class Learned:
    """Learns from its own log at the beginning of each month; ``kinds``: of the policy's actions, in their order."""

    name: str = "learned"
    holds_out: bool = True
    capped: bool = True

    def __init__(self, kinds: Sequence[ActionKind], plan: Plan, params: LearningParams = LEARNING) -> None:
        self._kinds, self._plan, self._params = tuple(kinds), plan, params
        self._known: dict[ActionKind, _Known] = {}
        self._names: tuple[str, ...] = ()
        self._share = 0.0

    def learn(self, log: Log, month: int) -> None:
        """Learn the effects of each kind of actions from the visits whose returns are known."""
        self._share, self._names = self._plan.share(month), log.names
        if not log.day:
            return
        past = Past.of(log, month * MONTH - KNOWN_DAYS)
        for kind in dict.fromkeys(self._kinds):
            places = self._of(kind)
            shown = np.isin(past.action, places)
            if shown.sum() < self._params.least_shown:
                continue
            odds = learn_odds(past.x[shown], past.customer[shown], past.dismissed[shown])
            known = exposures(past, places, odds.of_logged(past.x, past.customer))
            if learnable(known, self._params.least_shown):
                self._known[kind] = _Known(odds, learn(known, self._params.learners[0], self._params))

    def chances(self, asked: Asked) -> Floats:
        """Explore with the share of the month, among what may add something, and nothing; else act where it is sure."""
        mean, deviation, stake = self._predicted(asked)
        least = self._plan.margin * stake
        sure = asked.eligible & (mean - self._plan.doubts * deviation > least)
        acted = best(np.where(sure, mean, -np.inf))
        hopeful = asked.eligible & (mean + self._plan.hopes * deviation > least)
        explored = hopeful / (1 + hopeful.sum(axis=1, keepdims=True))
        return (1 - self._share) * acted + self._share * np.column_stack([explored, np.zeros(len(explored))])

    def _of(self, kind: ActionKind) -> list[int]:
        return [place for place, each in enumerate(self._kinds) if each is kind]

    def _predicted(self, asked: Asked) -> tuple[Floats, Floats, Floats]:
        """Give mean and deviation of each action's effect, and its stake; before it is learned, 0 and infinity."""
        mean, deviation = np.zeros(asked.eligible.shape), np.full(asked.eligible.shape, np.inf)
        stake = np.column_stack([asked.covariates[f"{name}_stake"] for name in self._names])
        x = about_customers(pd.DataFrame(asked.covariates))
        for kind, known in self._known.items():
            index, places = known.odds.of_new(x), self._of(kind)
            for place in places:
                found = known.effects.predict(_covariates(index, place, places))[DONE]
                mean[:, place], deviation[:, place] = (stake[:, place, None] * found).T
        return mean, deviation, stake


@dataclass(frozen=True)
class Past:
    """The log in one piece; ``x``: what is known of customers, float64 of shape (visits, k).

    ``settled``: whether the returns of a visit are known. ``stake``, ``focused`` and ``eligible`` have one column an
    action, ``chances`` also one for the warning and one for nothing.
    """

    x: Floats
    customer: Ints
    action: Ints
    dismissed: Bools
    settled: Bools
    stake: Floats
    focused: Floats
    eligible: Bools
    chances: Floats

    @classmethod
    def of(cls, log: Log, settled_until: float) -> "Past":
        """Put the days of ``log`` together; the returns of visits before ``settled_until`` are known."""
        table = log.table()
        return cls(
            x=about_customers(table),
            customer=np.concatenate(log.customer),
            action=np.concatenate(log.action),
            dismissed=np.concatenate(log.dismissed),
            settled=np.concatenate(log.day) < settled_until,
            stake=table[[f"{name}_stake" for name in log.names]].to_numpy(np.float64),
            focused=np.concatenate(log.focused),
            eligible=np.concatenate(log.eligible),
            chances=np.concatenate(log.chances),
        )


def exposures(past: Past, places: Sequence[int], index: Floats) -> Exposures:
    """Give what the log has of the actions at ``places``, and of nothing where one of them was eligible.

    A visit at which nothing was shown counts for each action that was eligible. The profit is the focused one, as a
    share of what is at stake: so all actions of a kind are taken to avoid the same share of the returns that they are
    about, unless the log says otherwise, and a rare one need not be learned from its own exposures alone. Given that it
    was the action or nothing, the chance of either is its share in the chances of both. ``index``: of each visit.
    """
    parts = [_of_action(past, place, places, index) for place in places]
    return Exposures(
        covariates=pd.concat([each.covariates for each in parts], ignore_index=True),
        action=np.concatenate([each.action for each in parts]),
        propensity=np.concatenate([each.propensity for each in parts]),
        profit=np.concatenate([each.profit for each in parts]),
        unit=np.concatenate([each.unit for each in parts]),
        eligible=pd.concat([each.eligible for each in parts], ignore_index=True),
    )


def _of_action(past: Past, place: int, places: Sequence[int], index: Floats) -> Exposures:
    own = past.settled & past.eligible[:, place] & np.isin(past.action, [place, NONE])
    done, chances = past.action[own] == place, past.chances[own]
    return Exposures(
        covariates=_covariates(index[own], place, places),
        action=np.where(done, DONE, NOTHING).astype(object),
        propensity=np.where(done, chances[:, place], chances[:, NONE]) / (chances[:, place] + chances[:, NONE]),
        profit=past.focused[own, place] / past.stake[own, place],
        unit=past.customer[own].astype(str).astype(object),
        eligible=pd.DataFrame({DONE: np.ones(len(done), dtype=np.bool_)}),
    )


def _covariates(index: Floats, place: int, places: Sequence[int]) -> pd.DataFrame:
    """Give the index of dismissals, and a mark of the action, where there are several of its kind."""
    marks = {f"action_{each}": np.full(len(index), float(each == place)) for each in places if len(places) > 1}
    return pd.DataFrame({INDEX: index, **marks})


def about_customers(table: pd.DataFrame) -> Floats:
    """Give the covariates of ``table`` that are about customers, float64 of shape (visits, k)."""
    names = [name for name in table.columns if name.startswith("customer_")]
    return table[names].to_numpy(np.float64)
