"""The linear part: what it learns, how it takes missing and odd values, and that its parts add up."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.arrays import Floats
from tests.training.model.test_booster import margins
from tests.training.small_matrix import CATALOG, LINEAR, MODEL, matrix_frame
from training.model.blend import blended
from training.model.booster import fit
from training.model.learners.trees import Trees
from training.model.linear.fit import fit_linear, shares_of
from training.model.linear.model import Linear
from training.model.matrix import Copies, Rows

NAMES = tuple(entry.name for entry in CATALOG)
SHARES = shares_of(CATALOG)


def rows() -> Rows:
    """The settled lines of the small matrix."""
    frame = matrix_frame()
    settled = frame[frame["label"].notna()]
    return Rows(settled[[*NAMES]].to_numpy(dtype=np.float64), settled["label"].to_numpy(dtype=np.int8), NAMES)


ROWS = rows()
FITTED = fit_linear(ROWS, SHARES, LINEAR)


def log_loss(margin: Floats, y: npt.NDArray[np.int8]) -> float:
    return float(np.logaddexp(0, -(2.0 * y - 1.0) * margin).mean())


def test_shares_are_the_catalogs_and_enter_as_log_odds() -> None:
    assert SHARES.tolist() == [True, True, False]
    steps = FITTED.margin(np.array([[1 / (1 + np.exp(-at)), 0.3, 2.0] for at in (-1.0, -0.5, 0.0)]))

    assert steps[1] - steps[0] == pytest.approx(steps[2] - steps[1], rel=1e-9)
    assert steps[1] > steps[0]


def test_it_says_more_than_the_rate_and_finds_the_signs() -> None:
    rate = np.full(len(ROWS.y), np.log(ROWS.y.mean() / (1 - ROWS.y.mean())))

    assert log_loss(FITTED.margin(ROWS.x), ROWS.y) < log_loss(rate, ROWS.y) - 0.02
    assert FITTED.weight[0] > 0.2
    assert FITTED.weight[1] > 0.2
    assert abs(FITTED.weight[2]) < 0.1


def test_parts_add_up_and_their_means_are_those_of_the_rows_learned() -> None:
    total = FITTED.expected + FITTED.contributions(ROWS.x).sum(axis=1)

    np.testing.assert_allclose(total, FITTED.margin(ROWS.x), atol=1e-12)
    np.testing.assert_allclose(FITTED.contributions(ROWS.x).mean(axis=0), 0, atol=1e-12)
    assert FITTED.expected == pytest.approx(FITTED.margin(ROWS.x).mean(), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    x=arrays.arrays(
        np.float64, (4, len(NAMES)), elements=st.floats(-1e300, 1e300) | st.sampled_from([np.nan, np.inf, -np.inf])
    )
)
def test_any_row_has_a_bounded_margin(x: Floats) -> None:
    farthest = np.maximum(4 * np.abs(FITTED.weight), np.abs(FITTED.missing)).sum() + abs(FITTED.intercept)

    assert (np.abs(FITTED.margin(x)) <= farthest + 1e-9).all()
    np.testing.assert_allclose(FITTED.contributions(x).sum(axis=1) + FITTED.expected, FITTED.margin(x), atol=1e-9)


def test_a_missing_value_has_a_weight_of_its_own() -> None:
    rng = np.random.default_rng(5)
    x = rng.beta(2, 4, (4000, 3))
    x[rng.random(4000) < 0.3, 1] = np.nan
    y = (rng.random(4000) < np.where(np.isnan(x[:, 1]), 0.7, 0.3)).astype(np.int8)

    found = fit_linear(Rows(x, y, NAMES), SHARES, LINEAR)

    assert found.missing[1] > 0.5
    assert found.missing[[0, 2]].tolist() == [0, 0]  # never missing: nothing to learn from
    both = found.margin(np.array([[0.3, np.nan, 0.3], [0.3, 0.3, 0.3]]))
    assert both[0] > both[1] + 1


def test_a_feature_that_is_constant_or_always_missing_adds_nothing() -> None:
    x = ROWS.x.copy()
    x[:, 1], x[:, 2] = np.nan, 3.0

    found = fit_linear(Rows(x, ROWS.y, NAMES), SHARES, LINEAR)

    np.testing.assert_allclose(found.parts(x)[:, 1:], 0, atol=1e-12)
    assert np.isfinite(found.margin(ROWS.x)).all()


def test_the_latest_lines_and_their_copies_are_learned_from() -> None:
    count = len(ROWS.y)
    last = count - 1000
    places = np.arange(0, count, 2)
    copies = ROWS.x[places].copy()
    copies[:, 1] = np.nan
    late = places >= last

    few = fit_linear(
        Rows(ROWS.x, ROWS.y, NAMES, Copies(copies, places)), SHARES, LINEAR.model_copy(update={"lines": 1000})
    )

    alone = Rows(ROWS.x[last:], ROWS.y[last:], NAMES, Copies(copies[late], places[late] - last))
    assert few.as_json() == fit_linear(alone, SHARES, LINEAR).as_json()
    assert few.missing[1] != 0


def test_a_line_and_its_copy_weigh_as_one_line() -> None:
    doubled = Rows(ROWS.x, ROWS.y, NAMES, Copies(ROWS.x, np.arange(len(ROWS.y))))

    np.testing.assert_allclose(fit_linear(doubled, SHARES, LINEAR).margin(ROWS.x), FITTED.margin(ROWS.x), atol=1e-6)


def test_a_narrow_prior_keeps_the_weights_small() -> None:
    narrow = fit_linear(ROWS, SHARES, LINEAR.model_copy(update={"weight_variance": 1e-5}))

    assert np.abs(narrow.weight).max() < 0.3 * np.abs(FITTED.weight).max()


def test_it_comes_back_from_json_to_the_bit() -> None:
    again = Linear.from_json(FITTED.as_json())

    assert (again.margin(ROWS.x) == FITTED.margin(ROWS.x)).all()
    assert again.as_json() == FITTED.as_json()


def test_the_blend_is_the_weighted_mean_of_both_margins() -> None:
    booster = fit(ROWS, MODEL, 10)

    found = blended(Trees(booster), FITTED, ROWS.x)

    np.testing.assert_allclose(found, 0.6 * margins(booster, ROWS.x) + 0.4 * FITTED.margin(ROWS.x), atol=1e-12)
    assert (blended(Trees(booster), None, ROWS.x) == margins(booster, ROWS.x)).all()
