"""Logs of decisions whose truth is known: what each action changes for each basket, and what any policy would earn.

Customers (units) spend and return alike over their baskets, and come several times. Baskets have log-normal values and
profits with heavy tails; some come back and cost more than they earned. A nudge helps where a return is likely and
harms 40% of baskets. The holdout is drawn for units, exploration for baskets.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Floats, Ints
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.params import (
    EffectTrees,
    Learner,
    LearningParams,
    PooledParams,
    ProposalParams,
    Trees,
)
from training.decisions.learning.proposal import Running
from training.decisions.learning.value import of_actions

PARAMS = LearningParams(
    learners=(Learner.DR,),
    trees=EffectTrees(
        learning_rate=0.1,
        num_leaves=6,
        min_data_in_leaf=60,
        feature_fraction=1.0,
        lambda_l2=10.0,
        rounds=30,
        max_rounds=60,
    ),
    dismissals=Trees(
        learning_rate=0.1, num_leaves=4, min_data_in_leaf=20, feature_fraction=1.0, lambda_l2=10.0, rounds=40
    ),
    pooled=PooledParams(
        level_spread=0.1,
        action_spread=0.05,
        index_mean=0.1,
        index_spread=0.2,
        covariates_spread=0.2,
        individual_spread=0.02,
    ),
    folds=3,
    replicates=8,
    max_weight=50.0,
    least_shown=200,
    seed=1,
)
PROPOSAL = ProposalParams(horizon_days=28, learn_share=0.5, choose_share=0.2, level=0.95, challenger_share=0.1)
ACTIONS = ("advice", "credit")


@dataclass(frozen=True)
class DrawnLog:
    """How a log is drawn. ``tail``: standard deviation of the log of a basket's value; ``noise``: of its profit."""

    baskets: int = 6000
    baskets_per_unit: float = 2.0
    holdout_share: float = 0.2
    explore_share: float = 0.4
    tail: float = 0.8
    effect: float = 1.0

    def chances(self, chosen: np.ndarray, eligible: pd.DataFrame) -> dict[str, Floats]:
        """The chance of nothing and of each action in each row, over all draws; shape (n,) each."""
        fits = {NOTHING: np.ones(len(chosen), dtype=np.bool_)} | {name: eligible[name].to_numpy() for name in ACTIONS}
        options = np.sum(list(fits.values()), axis=0)
        held = dict.fromkeys(ACTIONS, 0.0) | {NOTHING: self.holdout_share}
        return {
            name: held[name]
            + (1 - self.holdout_share)
            * ((1 - self.explore_share) * (chosen == name) + self.explore_share * fit / options)
            for name, fit in fits.items()
        }


@dataclass(frozen=True)
class Drawn:
    """A log with the truth: ``effects`` of each action by row, ``base`` the mean under nothing, and what was chosen."""

    exposures: Exposures
    effects: dict[str, Floats]
    base: Floats
    chosen: np.ndarray

    def value(self, target: np.ndarray) -> float:
        """The true mean profit of a row if the actions ``target`` were done."""
        gained = sum((target == name) * self.effects[name] for name in ACTIONS)
        return float((self.base + gained).mean())

    def runs(self, max_weight: float) -> Running:
        """The policy of the log, as a proposal looks at it."""
        return lambda outcomes: of_actions(self.exposures, self.chosen, outcomes, max_weight)


def draw(log: DrawnLog, seed: int) -> Drawn:
    """Draw a log. The logging policy, ``chosen``, gives advice to large baskets; a share of baskets explores."""
    random = np.random.default_rng(seed)
    n, units = log.baskets, max(2, int(log.baskets / log.baskets_per_unit))
    rate = random.gamma(1.0, 1.0, units)  # some customers come often
    unit = random.choice(units, n, p=rate / rate.sum())
    spends, returns = random.normal(0, 0.4, units)[unit], random.normal(0, 0.7, units)[unit]
    value = np.exp(random.normal(8.3, log.tail, n) + spends)
    risk = 1 / (1 + np.exp(-(-0.4 + returns + random.normal(0, 0.6, n))))
    loyal = random.random(units)[unit]
    score = np.clip(risk + random.normal(0, 0.05, n), 0, 1)
    # A nudge avoids a share of the returns, and loses a share of the sales: harmful for the loyal of low risk.
    margin = value * 0.4 * (1 - risk) - risk * (300 + 0.1 * value)
    effects = {
        "advice": log.effect * 0.5 * value * np.clip(risk - 0.2 - 0.4 * loyal, -0.3, 0.6),
        "credit": log.effect * (0.3 * value * risk * (1 - loyal) - 300.0),
    }
    covariates = pd.DataFrame({"value_minor": value, "risk": score, "loyal": loyal, "noise": random.normal(size=n)})
    covariates.loc[random.random(n) < 0.05, "noise"] = np.nan
    chosen = np.where(value > 4000, "advice", NOTHING).astype(object)
    eligible = pd.DataFrame({"advice": np.ones(n, dtype=bool), "credit": value > 2000})
    action, propensity = _drawn(log, chosen, eligible, unit, units, random)
    mean = margin + sum((action == name) * effects[name] for name in ACTIONS)
    came_back = random.random(n) < risk
    shock = random.normal(0, 1, units)[unit] * 0.1 * value  # what a customer's baskets have in common
    profit = mean + np.where(came_back, 1 - risk, -risk) * -0.5 * value + shock
    names = np.array([f"u{each}" for each in range(units)], dtype=object)
    return Drawn(Exposures(covariates, action, propensity, profit, names[unit], eligible), effects, margin, chosen)


def _drawn(
    log: DrawnLog, chosen: np.ndarray, eligible: pd.DataFrame, unit: Ints, units: int, random: np.random.Generator
) -> tuple[np.ndarray, Floats]:
    held = (random.random(units) < log.holdout_share)[unit]
    explores = random.random(len(unit)) < log.explore_share
    options = 1 + eligible.to_numpy().sum(axis=1)
    pick = np.floor(random.random(len(unit)) * options).astype(int)
    explored = np.array([NOTHING, *ACTIONS], dtype=object)[pick]
    action = np.where(held, NOTHING, np.where(explores, explored, chosen)).astype(object)
    chances = log.chances(chosen, eligible)
    propensity = np.select([action == name for name in chances], list(chances.values()))
    return action, propensity
