"""The noisy score is right in the mean, and its interval holds as many as it says."""

import numpy as np
import pytest

from data.sources.simulated.draws import Draws
from tests.benchmarks.closed_loop.score import LEVEL, score

MANY = 40_000


def test_it_is_calibrated_and_its_interval_covers() -> None:
    random = np.random.default_rng(0)
    truth = random.dirichlet(np.ones(11), MANY) * random.beta(2, 4, MANY)[:, None]
    history = np.arange(MANY) < MANY / 2
    found = score(truth, np.arange(MANY), history, Draws(1), blur=0.5)
    new, p = ~history, truth.sum(axis=1)
    for part in np.array_split(np.argsort(found.probability[new]), 5):
        assert p[new][part].mean() == pytest.approx(found.probability[new][part].mean(), abs=0.01)
    assert ((found.low <= p) & (p <= found.high))[new].mean() == pytest.approx(LEVEL, abs=0.02)
    assert np.allclose(found.reasons.sum(axis=1), found.probability)
    assert found.reasons[new].mean(axis=0) == pytest.approx(truth[new].mean(axis=0), rel=0.1)
    assert np.var(found.probability) < np.var(p)
