"""The trees of scikit-learn, kept as LightGBM's text: they score as scikit-learn does, to the last but one bit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.ensemble import HistGradientBoostingClassifier

from data.arrays import Floats
from data.errors import UserError
from tests.training.model.test_booster import rows
from tests.training.small_matrix import MODEL
from training.model.booster import ModelParams, fit
from training.model.learners.hist_gradient_boosting import HistGradientBoosting
from training.model.learners.trees import Trees
from training.model.matrix import Copies

LEARNER = HistGradientBoosting()
ROWS, LATER = rows(1, 2.0), rows(2, 2.0)


def estimator(rounds: int, params: ModelParams = MODEL) -> Any:
    """The same parameters, as scikit-learn names them."""
    return HistGradientBoostingClassifier(
        learning_rate=params.learning_rate,
        max_iter=rounds,
        max_leaf_nodes=params.num_leaves,
        min_samples_leaf=params.min_data_in_leaf,
        l2_regularization=params.lambda_l2,
        max_features=params.feature_fraction,
        max_bins=params.max_bin,
        early_stopping=False,
        random_state=params.seed,
    )


@pytest.fixture(scope="module")
def fitted() -> Trees:
    return LEARNER.fit(ROWS, LATER, MODEL)


@pytest.fixture(scope="module")
def theirs(fitted: Trees) -> Any:
    return estimator(fitted.rounds).fit(ROWS.x, ROWS.y)


@settings(max_examples=100, deadline=None)
@given(
    x=arrays.arrays(np.float64, (6, 2), elements=st.floats(-4, 4) | st.sampled_from([np.nan, np.inf, -np.inf, 1e250]))
)
def test_log_odds_are_those_of_scikit_learn_for_any_row(fitted: Trees, theirs: Any, x: Floats) -> None:
    np.testing.assert_allclose(fitted.margin(x), theirs.decision_function(x), rtol=0, atol=1e-12)


def test_a_value_on_a_threshold_goes_where_scikit_learn_sends_it(fitted: Trees, theirs: Any) -> None:
    thresholds = np.unique([nodes["num_threshold"] for (tree,) in theirs._predictors for nodes in tree.nodes])
    x = np.array([[each, other] for each in thresholds for other in (thresholds[0], np.nan)])

    np.testing.assert_allclose(fitted.margin(x), theirs.decision_function(x), rtol=0, atol=1e-12)


def test_a_split_that_parts_missing_values_alone_is_kept() -> None:
    missing = np.random.default_rng(3).random(len(ROWS.y)) < 0.5
    lines = replace(ROWS, x=np.where(missing[:, None], np.nan, 1.0) * np.ones((1, 2)), y=missing.astype(np.int8))

    found = LEARNER.refit(lines, _of(3), MODEL, None).margin(np.array([[np.nan, np.nan], [1.0, 1.0], [7.0, 7.0]]))

    assert found[0] > found[1] == found[2]
    np.testing.assert_allclose(found[:2], estimator(3).fit(lines.x, lines.y).decision_function([[np.nan] * 2, [1] * 2]))


def test_trees_without_a_split_say_the_rate() -> None:
    alone = MODEL.model_copy(update={"min_data_in_leaf": len(ROWS.y)})

    found = LEARNER.refit(ROWS, _of(2), alone, None)

    assert found.margin(ROWS.x[:3]) == pytest.approx(np.log(ROWS.y.mean() / (1 - ROWS.y.mean())))


def test_contributions_add_up_to_the_log_odds(fitted: Trees) -> None:
    tables = fitted.contributions()

    assert tables.exact
    np.testing.assert_allclose(tables.expected + tables.values(ROWS.x).sum(axis=1), fitted.margin(ROWS.x), atol=1e-9)
    # The counts of the leaves are those of the lines learned, so that the mean is theirs.
    assert tables.expected == pytest.approx(fitted.margin(ROWS.x).mean(), abs=1e-9)


def test_the_same_lines_give_the_same_text_and_the_text_the_same_trees(fitted: Trees) -> None:
    assert LEARNER.fit(ROWS, LATER, MODEL).text() == fitted.text()
    loaded = LEARNER.load(fitted.text())
    assert loaded.features == ROWS.features
    assert loaded.text() == fitted.text()
    assert (loaded.importance() > 0).any()


def test_the_trees_up_to_the_best_on_later_lines_are_kept(fitted: Trees) -> None:
    staged = estimator(MODEL.max_rounds).fit(ROWS.x, ROWS.y).staged_decision_function(LATER.x)
    losses = [np.logaddexp(0, np.where(LATER.y == 1, -each, each)).mean() for each in (one.ravel() for one in staged)]

    assert fitted.rounds == int(np.argmin(losses[: fitted.rounds + MODEL.stopping_rounds])) + 1 < MODEL.max_rounds


def test_where_later_lines_contradict_one_tree_stays() -> None:
    assert LEARNER.fit(ROWS, rows(2, -2.0), MODEL).rounds == 1


def test_copies_are_learned_with_their_weights() -> None:
    copies = Copies(np.column_stack([ROWS.x[::2, 0], np.full(len(ROWS.y[::2]), np.nan)]), np.arange(0, len(ROWS.y), 2))
    lines = replace(ROWS, copies=copies)

    found = LEARNER.refit(lines, _of(8), MODEL, None)

    x, y = np.vstack(lines.blocks), lines.labels
    expected = estimator(8).fit(x, y, sample_weight=lines.weights)
    np.testing.assert_allclose(found.margin(x), expected.decision_function(x), rtol=0, atol=1e-12)


def test_more_bins_than_scikit_learn_has_are_refused() -> None:
    with pytest.raises(UserError, match=r"max_bin of at most 255"):
        LEARNER.fit(ROWS, LATER, MODEL.model_copy(update={"max_bin": 256}))


def test_lines_of_one_outcome_are_refused() -> None:
    with pytest.raises(UserError, match=r"1500 lines with the same outcome"):
        LEARNER.fit(replace(ROWS, y=np.zeros_like(ROWS.y)), LATER, MODEL)


def _of(rounds: int) -> Trees:
    """A model of so many rounds."""
    return Trees(fit(ROWS, MODEL, rounds))
