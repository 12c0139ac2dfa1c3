"""A policy is proposed where it surely earns more than the one that runs, by units that had no say in it."""

from dataclasses import replace

import numpy as np
import pytest

from data.errors import UserError
from tests.training.decisions.learning.drawn_history import ACTIONS, KINDS, draw_history
from tests.training.decisions.learning.drawn_log import PARAMS, PROPOSAL, Drawn, DrawnLog, draw
from training.decisions.learning.exposures import NOTHING, Exposures, folds_of
from training.decisions.learning.history import History
from training.decisions.learning.params import Learner
from training.decisions.learning.pooled_effects import PooledEffects
from training.decisions.learning.proposal import JUDGE, LEARN, SHARES_OF, Pool, Proposal, parts, propose
from training.decisions.learning.value import of_actions, of_arm

DOUBTS = 1.645
ONE = PARAMS.model_copy(update={"replicates": 4})
TWO = PARAMS.model_copy(update={"learners": (Learner.DR, Learner.X), "replicates": 4})


def proposal_of(drawn: Drawn) -> Proposal:
    return propose(drawn.exposures, drawn.runs(PARAMS.max_weight), DOUBTS, TWO, PROPOSAL)


@pytest.fixture(scope="module")
def made() -> Proposal:
    return proposal_of(draw(DrawnLog(baskets=12_000, tail=0.4), 3))


def test_a_policy_that_surely_earns_more_is_proposed_with_what_is_known_of_it(made: Proposal) -> None:
    assert made.proposed, [check.message for check in made.checks]
    assert made.gain.lower(made.level) > 0
    assert made.level == pytest.approx(0.975)  # two candidates
    assert {each.learner for each in made.tried} == {Learner.DR, Learner.X}
    assert made.found["advice"].qini.coefficient.lower(0.95) > 0
    assert made.values["dr"].value - made.values["running"].value == pytest.approx(made.gain.value)
    assert made.values["dr"].value - made.values["nothing"].value == pytest.approx(made.over_nothing.value)


def test_where_actions_do_nothing_but_cost_none_is_proposed() -> None:
    costly = draw(DrawnLog(effect=0.0), 3)
    made = proposal_of(costly)

    assert not made.proposed
    assert any("must lie above 0" in check.message for check in made.checks)


def test_a_better_policy_that_still_loses_against_nothing_is_not_proposed() -> None:
    drawn = draw(DrawnLog(effect=0.0), 3)
    log = drawn.exposures
    harmed = log.profit - 3000.0 * (log.action != NOTHING)  # whatever was done cost much
    advising = np.full(len(log), "advice", dtype=object)
    made = proposal_of(Drawn(unlike(log, profit=harmed), drawn.effects, drawn.base, advising))

    assert made.gain.lower(made.level) > 0
    assert [check.name for check in made.checks if not check.passed] == ["earns more than nothing"]


def unlike(log: Exposures, **changed: np.ndarray) -> Exposures:
    parts = ("covariates", "action", "propensity", "profit", "unit", "eligible")
    return Exposures(**{name: changed.get(name, getattr(log, name)) for name in parts})


def failed(log: Exposures) -> list[str]:
    nothing = np.full(len(log), NOTHING, dtype=object)
    made = propose(log, lambda outcomes: of_actions(log, nothing, outcomes, 50.0), 0.5, ONE, PROPOSAL)
    return [check.message for check in made.checks if check.name == "is covered by the log" and not check.passed]


def test_what_the_log_never_did_is_not_proposed() -> None:
    log = draw(DrawnLog(), 3).exposures
    never = (log.covariates["risk"] > 0.5).to_numpy()  # where a return is likely, nothing was ever tried
    action, propensity = np.where(never, NOTHING, log.action), np.where(never, 1.0, log.propensity)

    assert failed(log) == []
    assert "let a share of the decisions explore" in failed(unlike(log, action=action, propensity=propensity))[0]


def test_propensities_that_are_too_small_are_found() -> None:
    log = draw(DrawnLog(), 3).exposures
    assert "not those of its draws" in failed(unlike(log, propensity=log.propensity * 0.7))[0]


def test_the_running_policy_may_be_known_by_its_arm_alone() -> None:
    log = draw(DrawnLog(), 3).exposures
    arm = np.random.default_rng(1).random(len(log)) < 0.5
    made = propose(
        log, lambda outcomes: of_arm(arm, np.full(len(log), 0.5), outcomes[NOTHING], 50.0), DOUBTS, ONE, PROPOSAL
    )
    low, high = made.values["running"].interval(0.99)
    assert low < log.profit.mean() < high


def test_units_keep_their_part_and_the_parts_have_their_shares() -> None:
    log = draw(DrawnLog(), 3).exposures
    found = parts(log, PARAMS, PROPOSAL)
    half = np.arange(len(log)) % 2 == 0

    assert all(len(np.unique(found[log.unit == unit])) == 1 for unit in np.unique(log.unit)[:50])
    assert np.array_equal(parts(log.take(half), PARAMS, PROPOSAL), found[half])
    assert (found == LEARN).mean() == pytest.approx(0.5, abs=0.05)
    assert (found == JUDGE).mean() == pytest.approx(0.3, abs=0.05)


def test_a_log_of_too_few_units_is_refused() -> None:
    log = draw(DrawnLog(), 3).exposures
    with pytest.raises(UserError, match="units in each of the parts"):
        parts(log.take(log.unit == log.unit[0]), PARAMS, PROPOSAL)


POOLED = PARAMS.model_copy(update={"learners": (Learner.POOLED,)})


def pooled(history: History) -> Proposal:
    """Propose pooled effects; what a visit earns is the outcome of what was done, and the running policy is nothing."""
    place = {name: number for number, name in enumerate(history.stake.columns)}
    which = np.array([place.get(name, 0) for name in history.action])
    exposures = Exposures(
        covariates=history.customers, action=history.action, propensity=np.full(len(history), 0.25),
        profit=history.outcome.to_numpy()[np.arange(len(history)), which], unit=history.unit,
        eligible=history.stake > 0, stakes=history.stake,
    )  # fmt: skip
    resting = np.full(len(history), NOTHING, dtype=object)
    pool = Pool(history, KINDS, dict.fromkeys(ACTIONS, 0.1))
    return propose(
        exposures, lambda outcomes: of_actions(exposures, resting, outcomes, 50.0), DOUBTS, POOLED, PROPOSAL, pool
    )


def test_pooled_effects_are_judged_as_all_others_are_by_units_from_which_they_did_not_learn() -> None:
    history = draw_history(6000, 1)
    made = pooled(history)
    assert isinstance(made.effects, PooledEffects)
    assert made.proposed, [check.message for check in made.checks]
    assert made.found["advice"].qini.coefficient.lower(0.95) > 0

    others = folds_of(history.unit, SHARES_OF, POOLED.seed + 1) / SHARES_OF >= PROPOSAL.learn_share
    turned = replace(history, outcome=history.outcome.mul(np.where(others, -1, 1), axis=0))
    assert pooled(turned).effects.content() == made.effects.content()


def test_a_log_without_stakes_can_not_teach_the_pooled_learner_and_it_says_what_to_do() -> None:
    drawn = draw(DrawnLog(baskets=500), 1)
    with pytest.raises(UserError, match="add x or dr"):
        propose(drawn.exposures, drawn.runs(50.0), DOUBTS, POOLED, PROPOSAL)
