"""The value of a policy from the log of another: by hand, and against the truth of drawn logs."""

from functools import cache

import numpy as np
import pytest

from tests.training.decisions.learning.drawn_log import Drawn, DrawnLog, draw
from tests.training.decisions.learning.test_exposures import exposures
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.value import Target, dr, gain, ips, mean, of_actions, of_arm, snips, support

LOGS = 100
SHOP = DrawnLog(baskets=1500)


def target_of(drawn: Drawn) -> np.ndarray:
    """A policy that the log never ran: credit where a return is likely, else nothing."""
    return np.where(drawn.exposures.covariates["risk"] > 0.5, "credit", NOTHING).astype(object)


def seen(drawn: Drawn, *, wrong: float = 0.0) -> Target:
    """The target with an outcome model that is right up to a factor; ``wrong``: by how much it is off."""
    outcomes = {NOTHING: drawn.base, **{name: drawn.base + each for name, each in drawn.effects.items()}}
    known = {name: each * (1 - wrong) for name, each in outcomes.items()}
    return of_actions(drawn.exposures, target_of(drawn), known, 1000.0)


@cache
def truth() -> tuple[float, float]:
    """The value of the target and of the policy that chose in the log, over so many baskets that both are sharp."""
    many = draw(DrawnLog(baskets=300_000), 99)
    doable = many.exposures.eligible["credit"] & (many.exposures.covariates["risk"] > 0.5)
    return many.value(np.where(doable, "credit", NOTHING)), many.value(many.chosen)


def test_the_estimators_by_hand() -> None:
    log = exposures()
    outcomes = {NOTHING: np.array([4.0, 1.0, 1.0]), "advice": np.array([2.0, -2.0, 9.0])}
    target = of_actions(log, np.array(["", "advice", "advice"], dtype=object), outcomes, 5.0)

    assert target.weight.tolist() == [5.0, pytest.approx(1 / 0.9), 1.0]  # 10, clipped; the third can't be advised
    assert target.modelled.tolist() == [4.0, -2.0, 1.0]
    assert ips(log.profit, log.unit, target).value == pytest.approx((5 * 5 - 3 / 0.9) / 3)
    assert snips(log.profit, log.unit, target).value == pytest.approx((5 * 5 - 3 / 0.9) / (6 + 1 / 0.9))
    assert dr(log.profit, log.unit, target).value == pytest.approx((4 + 5 * 1 - 2 - 1 / 0.9 + 1 - 1) / 3)
    assert support(log.unit, target).clipped == pytest.approx(5 / (11 + 1 / 0.9))


def test_an_error_is_that_of_sums_over_units() -> None:
    values = np.array([1.0, 1.0, -1.0, -1.0])
    apart = mean(values, np.array(list("abcd")))
    together = mean(values, np.array(list("aabb")))

    assert apart.error == pytest.approx(np.sqrt(4 * 4 / 3) / 4)
    assert together.error == pytest.approx(np.sqrt(8 * 2 / 1) / 4)
    assert mean(values, np.array(list("aaaa"))).error == np.inf


@pytest.mark.parametrize("wrong", [0.0, 0.5])
def test_intervals_cover_the_truth_whether_the_outcome_model_is_right_or_not(wrong: float) -> None:
    inside = dict.fromkeys(("ips", "snips", "dr"), 0)
    for seed in range(LOGS):
        drawn = draw(SHOP, seed)
        target = seen(drawn, wrong=wrong)
        for name, way in (("ips", ips), ("snips", snips), ("dr", dr)):
            low, high = way(drawn.exposures.profit, drawn.exposures.unit, target).interval(0.95)
            inside[name] += low <= truth()[0] <= high

    assert all(each / LOGS > 0.88 for each in inside.values()), inside


def test_rows_of_a_unit_taken_as_independent_would_say_too_much() -> None:
    shop = DrawnLog(baskets=1500, baskets_per_unit=10)
    drawn = [draw(shop, seed) for seed in range(60)]
    found = [ips(each.exposures.profit, each.exposures.unit, seen(each)) for each in drawn]
    plain = [ips(each.exposures.profit, np.arange(1500), seen(each)).error for each in drawn]
    spread = np.std([each.value for each in found])

    assert np.mean([each.error for each in found]) == pytest.approx(spread, rel=0.25)
    assert np.mean(plain) < 0.8 * spread


def test_an_outcome_model_takes_noise_out() -> None:
    drawn = draw(DrawnLog(), 4)
    target = seen(drawn)
    by_weights, doubly = (way(drawn.exposures.profit, drawn.exposures.unit, target).error for way in (ips, dr))
    assert doubly < 0.9 * by_weights


def test_a_policy_gains_nothing_over_itself_and_its_gain_over_another_covers_the_truth() -> None:
    drawn = draw(DrawnLog(baskets=20_000), 4)
    log, target = drawn.exposures, seen(drawn)
    outcomes = {NOTHING: drawn.base, **{name: drawn.base + each for name, each in drawn.effects.items()}}
    ran = of_actions(log, drawn.chosen, outcomes, 1000.0)
    found = gain(log.profit, log.unit, target, ran)
    low, high = found.interval(0.99)

    assert gain(log.profit, log.unit, target, target).error == 0
    assert low < truth()[0] - truth()[1] < high
    one, other = (dr(log.profit, log.unit, each).error for each in (target, ran))
    assert found.error < np.hypot(one, other)


def test_the_policy_of_an_arm_is_valued_by_its_share() -> None:
    drawn = draw(DrawnLog(baskets=20_000), 4)
    log = drawn.exposures
    holdout = np.random.default_rng(1).random(len(log)) < 0.3  # an arm that does what the log does
    arm = of_arm(holdout, np.full(len(log), 0.3), drawn.base, 1000.0)
    low, high = dr(log.profit, log.unit, arm).interval(0.99)

    assert low < log.profit.mean() < high
    assert support(log.unit, arm).covers(0.999)


def test_a_log_that_never_did_what_a_policy_does_shows_it_by_its_weights() -> None:
    drawn = draw(DrawnLog(explore_share=1e-9), 1)
    assert not support(drawn.exposures.unit, seen(drawn)).covers(0.999)
    assert support(draw(DrawnLog(), 1).exposures.unit, seen(draw(DrawnLog(), 1))).covers(0.999)
