import numpy as np
import pytest

from tests.training.decisions.learning.drawn_log import DrawnLog, draw
from training.decisions.learning.calibration import calibration
from training.decisions.learning.qini import qini

UNITS = np.array(["a", "b", "c", "d"])


def test_a_curve_by_hand() -> None:
    found = qini(np.array([1.0, 4.0, 3.0, 2.0]), np.array([-4.0, 8.0, 4.0, 0.0]), UNITS)

    assert np.interp([0.25, 0.5, 0.75, 1.0], found.share, found.added).tolist() == [2.0, 3.0, 3.0, 2.0]
    # Areas: 1 + 2.5 + 3 + 2.5 halves of quarters = 2.25, and 1 for a random ranking.
    assert found.coefficient.value == pytest.approx(0.25 * (1 + 2.5 + 3 + 2.5) - 1)


def test_a_constant_prediction_ranks_as_chance_does() -> None:
    found = qini(np.zeros(4), np.array([-4.0, 8.0, 4.0, 0.0]), UNITS)

    assert found.coefficient.value == pytest.approx(0)
    assert found.added == pytest.approx(2 * found.share)


def test_the_true_effect_ranks_best_and_its_opposite_worst() -> None:
    drawn = draw(DrawnLog(baskets=4000), 1)
    effect, unit = drawn.effects["advice"], drawn.exposures.unit
    noisy = effect + np.random.default_rng(1).normal(0, effect.std(), 4000)
    ways = [effect, noisy, np.random.default_rng(2).random(4000), -effect]
    found = [qini(each, effect, unit).coefficient.value for each in ways]

    assert found[0] > found[1] > abs(found[2])
    assert found[3] == pytest.approx(-found[0])


def test_the_slope_says_whether_predictions_are_too_far_apart() -> None:
    drawn = draw(DrawnLog(baskets=4000), 1)
    effect, unit = drawn.effects["advice"], drawn.exposures.unit
    scores = effect + np.random.default_rng(1).normal(0, 100, 4000)
    right, wide = (calibration(factor * effect, scores, unit) for factor in (1, 2))

    assert right.slope is not None
    assert wide.slope is not None
    assert right.slope.value == pytest.approx(1, abs=3 * right.slope.error)
    assert wide.slope.value == pytest.approx(right.slope.value / 2)
    assert [len(each.groups) for each in (right, wide)] == [5, 5]
    assert right.groups[-1].found.value == pytest.approx(right.groups[-1].predicted, rel=0.05)
    assert calibration(np.ones(4000), scores, unit).slope is None
