import numpy as np

from tests.training.decisions.learning.drawn_log import PARAMS
from training.decisions.learning.forest import Forest, fit


def test_each_group_predicts_as_its_model_does_on_known_and_missing_values() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(800, 3))
    x[random.random((800, 3)) < 0.1] = np.nan
    x[:200, 2] = 0.0
    targets = [np.nan_to_num(x[:, 0]), np.nan_to_num(x[:, 1] ** 2) + 1e6, np.ones(800)]
    models = [fit(x, y, random.exponential(size=800), 20, PARAMS.trees, seed=1) for y in targets]
    found = Forest.of(models).sums(x)

    assert found.shape == (800, 3)
    for place, model in enumerate(models):
        np.testing.assert_allclose(found[:, place], model.predict(x), rtol=1e-12, atol=1e-9)
    assert Forest.of(models).sums(x[:0]).shape == (0, 3)
