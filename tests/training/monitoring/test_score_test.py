import numpy as np
import pytest

from tests.training.monitoring.watched_shop import NOW, watched_shop
from training.model.split import DAY
from training.monitoring.estimate import Drift
from training.monitoring.known import known_at
from training.monitoring.recalibration import Recalibration
from training.monitoring.score_test import deviation_of, two_sided


def deviation(seed: int, days: tuple[int, int], level: float = 0.0) -> float:
    """Of the lines ordered between so many days ago."""
    shop = watched_shop(seed, 20, level=level)
    first, last = (NOW - each * DAY for each in days)
    known = known_at(shop[(shop["ordered_at"] >= first) & (shop["ordered_at"] < last)], shop, NOW)
    return deviation_of(known.lines, Recalibration(), known.delays, Drift())


@pytest.mark.parametrize("days", [(40, 26), (12, 3)])
def test_where_the_scores_are_right_deviations_are_those_of_chance(days: tuple[int, int]) -> None:
    found = np.array([deviation(seed, days) for seed in range(50)])

    assert found.std() == pytest.approx(1, abs=0.3)
    assert found.mean() == pytest.approx(0, abs=0.4)


def test_of_lines_of_which_nothing_is_known_nothing_is_said() -> None:
    assert abs(deviation(1, (1, 0))) < 0.5


def test_a_level_that_is_off_is_seen_before_the_lines_are_settled() -> None:
    assert deviation(1, (14, 0), level=0.9) > 3
    assert deviation(1, (14, 0), level=-0.9) < -3


def test_a_deviation_either_way_has_the_same_chance() -> None:
    assert two_sided(1.96) == two_sided(-1.96) == pytest.approx(0.05, abs=1e-3)
