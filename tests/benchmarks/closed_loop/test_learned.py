"""The learned policy explores only where something may be gained, acts where it is sure, and learns from a fair log."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from tests.benchmarks.closed_loop.asked import Asked, Valuations
from tests.benchmarks.closed_loop.learned import DONE, INDEX, Learned, Past, Plan, _Known, exposures
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.policies import NONE
from tests.benchmarks.closed_loop.reactions import FOLDS, learn_odds
from training.decisions.policy import ActionKind

KINDS = (ActionKind.INFORM, ActionKind.INFORM, ActionKind.OFFER)
STAKE = 200.0


class Odds:
    """Stands for what was learned of dismissals: the covariate itself."""

    def of_new(self, x: Floats) -> Floats:
        return x[:, 0]


class Effects:
    """Stands for what was learned: the index is the mean effect, known to a tenth of the stake."""

    def predict(self, covariates: pd.DataFrame) -> dict[str, np.ndarray]:
        return {DONE: np.column_stack([covariates[INDEX], np.full(len(covariates), 0.1)])}


def asked(index: list[float]) -> Asked:
    stakes = {f"{name}_stake": np.full(len(index), STAKE) for name in ("a", "b", "c")}
    eligible = np.tile([True, False, True], (len(index), 1))
    covariates = {"customer_index": np.array(index), **stakes}
    return Asked(0, covariates, eligible, np.zeros(len(index), dtype=np.bool_), lambda: Valuations(eligible, eligible))


def learned(plan: Plan, *, known: bool) -> Learned:
    policy = Learned(KINDS, plan)
    policy.learn(Log(("a", "b", "c")), 0)
    if known:
        policy._known = {ActionKind.INFORM: _Known(Odds(), Effects())}  # type: ignore[arg-type]
    return policy


def test_before_anything_is_learned_it_explores_what_is_eligible_and_does_nothing_else() -> None:
    chances = learned(Plan(shares=(0.6,)), known=False).chances(asked([0.0]))
    assert chances == pytest.approx(np.array([[0.2, 0, 0.2, 0]]))


def test_it_acts_where_it_is_sure_and_explores_where_it_may_be_worth_it() -> None:
    plan = Plan(shares=(0.1,), doubts=1, hopes=1, margin=0.05)
    chances = learned(plan, known=True).chances(asked([0.2, 0.1, -0.2]))
    # Nothing is known of offers: they are explored. Of three choices each has a third of the share, of two a half.
    assert chances[:, 0] == pytest.approx([0.9 + 0.1 / 3, 0.1 / 3, 0])
    assert chances[:, 2] == pytest.approx([0.1 / 3, 0.1 / 3, 0.1 / 2])
    assert (chances[:, 1] == 0).all()


def past() -> Past:
    none = np.zeros(4, dtype=np.bool_)
    return Past(
        x=np.zeros((4, 1)),
        customer=np.arange(4),
        action=np.array([0, NONE, 2, 1]),
        dismissed=none,
        settled=~none,
        stake=np.full((4, 3), 50.0),
        focused=np.array([[10.0, 0, 0], [-5, -4, 0], [1, 1, 1], [0, 7, 0]]),
        eligible=np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.bool_),
        chances=np.array([[0.2, 0.2, 0, 0, 0.6], [0.1, 0.3, 0, 0, 0.6], [0.3, 0, 0.3, 0, 0.4], [0, 0.5, 0, 0, 0.5]]),
    )


def test_the_log_is_compared_by_action_with_what_was_left_alone() -> None:
    found = exposures(past(), [0, 1], np.arange(4.0))
    # Visit 2 got another kind of action. Visit 1 got nothing, where both actions were eligible: it counts for both.
    assert found.unit.tolist() == ["0", "1", "1", "3"]
    assert found.action.tolist() == [DONE, "", "", DONE]
    assert found.propensity == pytest.approx([0.2 / 0.8, 0.6 / 0.7, 0.6 / 0.9, 0.5])
    assert found.profit == pytest.approx([10 / 50, -5 / 50, -4 / 50, 7 / 50])
    assert found.covariates["action_0"].tolist() == [1, 1, 0, 0]


def test_a_visit_whose_returns_may_still_come_teaches_nothing() -> None:
    settled = np.array([False, True, True, True])
    assert exposures(replace(past(), settled=settled), [0], np.arange(4.0)).unit.tolist() == ["1"]


def test_dismissals_are_learned_and_no_customer_teaches_her_own_odds() -> None:
    random = np.random.default_rng(0)
    x, customer = random.normal(size=(4000, 2)), random.integers(0, 500, 4000)
    dismissed = random.random(4000) < 1 / (1 + np.exp(-2 * x[:, 0]))
    odds = learn_odds(x, customer, dismissed)
    assert np.corrcoef(odds.of_logged(x, customer), x[:, 0])[0, 1] > 0.9
    assert np.corrcoef(odds.of_new(x), x[:, 0])[0, 1] > 0.9
    own = customer % FOLDS == 1
    changed = learn_odds(x, customer, np.where(own, ~dismissed, dismissed))
    assert np.allclose(changed.of_logged(x, customer)[own], odds.of_logged(x, customer)[own])
