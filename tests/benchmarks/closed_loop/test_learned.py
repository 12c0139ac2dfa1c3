"""The learned policy explores only where something may be gained, acts where it is sure, and learns from a fair log."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from data import params
from data.arrays import Floats
from tests.benchmarks.closed_loop.asked import Asked, Valuations
from tests.benchmarks.closed_loop.learned import Learned, Plan, history
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.policies import NONE
from tests.training.decisions.examples import action, policy
from training.decisions.learning.params import LearningParams
from training.decisions.learning.pooled_effects import PooledEffects

POLICY = policy(action("a"), action("b"), action("c", kind="offer"), level=0.9)
STAKE = 200.0
SURELY, MAYBE, HARMED = 80.0, 5.0, -80.0


class Effects:
    """Stands for what was learned: the covariate is the mean effect of each action, in minor units."""

    def predict(self, covariates: pd.DataFrame, stakes: pd.DataFrame) -> dict[str, Floats]:
        found = np.column_stack([covariates["customer_index"], np.full(len(covariates), 20.0)])
        return dict.fromkeys(stakes.columns, found)

    predict_mean = predict


def asked(index: Sequence[float]) -> Asked:
    stakes = {f"{name}_stake": np.full(len(index), STAKE) for name in ("a", "b", "c")}
    eligible = np.tile([True, False, True], (len(index), 1))
    covariates = {"customer_index": np.array(index, dtype=np.float64), **stakes}
    return Asked(0, covariates, eligible, np.zeros(len(index), dtype=np.bool_), lambda: Valuations(eligible, eligible))


def learned(day: int, effects: Effects | None = None) -> Learned:
    found = Learned(POLICY, params.load("learning", LearningParams), Plan(explores_weeks=1, fades_weeks=1, hopes=1.0))
    found.learn(Log(("a", "b", "c")), day)
    found._effects = effects  # type: ignore[assignment]
    return found


def test_before_anything_is_learned_it_draws_by_the_beliefs_of_the_policy() -> None:
    found = learned(0).chances(asked([0.0]))
    assert found[0, 0] == pytest.approx(found[0, 2])  # both are believed to avoid a tenth
    assert found[0, [1, 3]].tolist() == [0, 0]  # not eligible; the warning
    assert 0.7 < found.sum() < 1


def test_it_explores_by_the_chance_to_be_the_best_and_never_where_there_is_no_hope() -> None:
    found = learned(3, Effects()).chances(asked([SURELY, MAYBE, HARMED]))
    assert found[0].sum() > 0.99
    assert 0.5 < found[1].sum() < 0.9
    assert found[2].sum() == 0


def test_after_that_it_acts_where_it_is_sure_alone() -> None:
    found = learned(30, Effects()).chances(asked([SURELY, MAYBE, HARMED]))
    assert found[:, 0].tolist() == [1, 0, 0]
    assert (found[:, 1:] == 0).all()
    half = learned(10, Effects()).chances(asked([MAYBE]))
    assert 0 < half.sum() < learned(3, Effects()).chances(asked([MAYBE])).sum()


def logged() -> Log:
    log = Log(("a", "b"))
    log.day.append(np.array([0.5, 0.6, 30.0]))
    log.covariates.append({"customer_x": np.arange(3.0), "a_stake": np.full(3, 50.0), "b_stake": np.full(3, 70.0)})
    log.customer.append(np.array([4, 5, 6]))
    log.action.append(np.array([0, NONE, 1]))
    log.eligible.append(np.array([[1, 0], [1, 1], [0, 1]], dtype=np.bool_))
    log.focused.append(np.arange(6.0).reshape(3, 2))
    log.dismissed.append(np.array([True, False, False]))
    return log


def test_the_log_is_given_to_the_learner_as_a_shop_would_have_it() -> None:
    found = history(logged(), settled_until=9.0)
    assert found.action.tolist() == ["a", "", "b"]
    assert (found.seen.tolist(), found.dismissed.tolist()) == ([True, False, True], [True, False, False])
    assert found.settled.tolist() == [True, True, False]
    assert found.customers.columns.tolist() == ["customer_x"]
    assert np.isnan(found.stake["b"][0])
    assert found.stake["a"][1] == 50.0
    assert found.outcome["b"].tolist() == [1, 3, 5]


def test_it_learns_each_day_at_first_and_what_it_learned_counts() -> None:
    found = Learned(POLICY, params.load("learning", LearningParams), Plan(daily=3))
    log = logged()
    log.names = ("a", "b", "c")
    log.covariates[0]["c_stake"] = np.full(3, 10.0)
    log.eligible[0], log.focused[0] = np.ones((3, 3), dtype=np.bool_), np.zeros((3, 3))
    found.learn(log, 2)
    assert isinstance(found._effects, PooledEffects)
    assert [Plan().learns(day) for day in (1, 20, 21, 85, 112)] == [True, False, True, False, True]
