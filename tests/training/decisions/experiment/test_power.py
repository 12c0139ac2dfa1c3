import math

import numpy as np
import pytest
from scipy.stats import norm

from tests.training.decisions.experiment.drawn_shop import known_share
from training.decisions.experiment.power import smallest_difference, standard_errors
from training.decisions.experiment.sequence import boundary, tuned


def test_an_effect_of_that_size_is_found_with_the_chance_at_least() -> None:
    random = np.random.default_rng(1)
    variance = np.arange(1, 29) / 28
    steps = random.normal(size=(4000, 28)) * math.sqrt(1 / 28) + standard_errors(0.8, 0.05) / 28

    beyond = np.abs(steps.cumsum(axis=1)) > boundary(variance, tuned(1.0, 0.05), 0.05)

    assert 0.8 < beyond.any(axis=1).mean() < 0.88


def test_looking_every_day_costs_what_the_boundary_says() -> None:
    assert standard_errors(0.8, 0.05) == pytest.approx(3.03 + norm.ppf(0.8), abs=0.01)  # 1.96 for one look alone


def test_it_falls_with_the_root_of_visits_and_waits_for_returns() -> None:
    one, more = (smallest_difference(visits, 28, 100.0, 0.1) for visits in (1000, 4000))
    assert one == pytest.approx(2 * more)
    waits = smallest_difference(1000, 28, 100.0, 0.1, known_share())
    assert waits == pytest.approx(one / math.sqrt(known_share().mean_until(28)))
    assert one == pytest.approx(standard_errors(0.8, 0.05) * 100 / math.sqrt(28_000 * 0.09))
