from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from data.arrays import Floats
from tests.training.small_matrix import MODEL
from training.model.booster import binned, fit, fit_some, lightgbm_params
from training.model.matrix import Copies, Rows


def margins(booster: lgb.Booster, x: Floats) -> Floats:
    """The raw score of each row, in log-odds."""
    return np.asarray(booster.predict(x, raw_score=True))


def rows(seed: int, weight: float, count: int = 1500) -> Rows:
    """Lines of a feature with P(return) = 1 / (1 + exp(-weight·x)), and one of noise, partly missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2))
    y = rng.random(count) < 1 / (1 + np.exp(-weight * x[:, 0]))
    x[rng.random(count) < 0.2, 1] = np.nan
    return Rows(np.asfortranarray(x), y.astype(np.int8), ("x", "noise"))


def test_the_same_lines_give_the_same_bytes() -> None:
    first, second = (fit(rows(1, 2.0), MODEL, 20, stop=rows(2, 2.0)).model_to_string() for _ in range(2))

    assert first == second


def test_another_seed_gives_other_trees() -> None:
    other = MODEL.model_copy(update={"seed": 2})

    assert fit(rows(1, 2.0), MODEL, 5).model_to_string() != fit(rows(1, 2.0), other, 5).model_to_string()


def test_fitting_stops_where_later_lines_gain_no_more() -> None:
    booster = fit(rows(1, 2.0), MODEL, 60, stop=rows(2, -2.0))  # what was learned is wrong by then

    assert booster.num_trees() <= MODEL.stopping_rounds + 1
    assert booster.best_iteration == 1


def test_fitting_goes_on_while_later_lines_gain() -> None:
    booster = fit(rows(1, 2.0), MODEL, 60, stop=rows(2, 2.0))

    assert MODEL.stopping_rounds < booster.best_iteration < 60


def test_without_stop_lines_every_round_is_fitted() -> None:
    assert fit(rows(1, 2.0), MODEL, 17).num_trees() == 17


def test_every_parameter_of_the_shape_reaches_the_booster() -> None:
    text = fit(rows(1, 2.0), MODEL, 1).model_to_string()

    others = {"threads", "max_rounds", "stopping_rounds", "refit_below_lines", "unsent_lines", "learn_unsettled"}
    shape = MODEL.model_dump(exclude=others | {"learner"})
    for name, value in shape.items():
        assert f"[{name}: {value:g}]" in text
    assert "[deterministic: 1]" in text
    assert f"[num_threads: {MODEL.threads}]" in text


def test_without_copies_the_trees_are_those_of_the_lines_alone() -> None:
    lines, settings = rows(1, 2.0), lightgbm_params(MODEL)

    plain = lgb.train(settings, lgb.Dataset(lines.x, lines.y, feature_name=["x", "noise"], params=settings), 12)

    assert fit(lines, MODEL, 12).model_to_string() == plain.model_to_string()


def test_trees_learn_from_the_copies_what_a_missing_value_means() -> None:
    lines = rows(1, 2.0)
    lacking = np.column_stack([np.full(len(lines.y), np.nan), lines.x[:, 1]])
    taught = Rows(lines.x, lines.y, lines.features, Copies(lacking, np.arange(len(lines.y))))
    means = [(1 / (1 + np.exp(-margins(fit(each, MODEL, 30), lacking)))).mean() for each in (taught, lines)]

    assert means[0] == pytest.approx(lines.y.mean(), abs=0.02)
    assert abs(means[1] - lines.y.mean()) > 0.05


def test_a_copy_and_its_line_count_as_one_line() -> None:
    lines = rows(1, 2.0)
    twice = Rows(lines.x, lines.y, lines.features, Copies(lines.x, np.arange(len(lines.y))))
    flat = MODEL.model_copy(update={"bagging_fraction": 1.0, "feature_fraction": 1.0})

    halves = flat.model_copy(update={"min_data_in_leaf": 2 * flat.min_data_in_leaf})
    found = margins(fit(twice, halves, 10), lines.x)
    np.testing.assert_allclose(found, margins(fit(lines, flat, 10), lines.x), atol=1e-3)


def test_a_booster_of_some_rows_learns_from_no_other() -> None:
    lines, chosen = rows(1, 2.0), np.arange(len(rows(1, 2.0).y)) % 3 > 0
    others = replace(lines, y=np.where(chosen, lines.y, 1 - lines.y).astype(np.int8))

    found = [fit_some(binned(each, MODEL), chosen, MODEL, 10).model_to_string() for each in (lines, others)]

    assert found[0] == found[1]
    assert found[0] != fit_some(binned(lines, MODEL), ~chosen, MODEL, 10).model_to_string()


def test_margins_are_the_log_odds_of_what_the_booster_says() -> None:
    booster, lines = fit(rows(1, 2.0), MODEL, 10), rows(2, 2.0)

    margin = margins(booster, lines.x)

    assert margin.shape == (1500,)
    assert 1 / (1 + np.exp(-margin)) == pytest.approx(booster.predict(lines.x))
    assert np.corrcoef(margin, lines.x[:, 0])[0, 1] > 0.8
