import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Floats
from tests.training.model.test_booster import margins, rows
from tests.training.small_matrix import MODEL
from training.model.booster import fit
from training.model.censored import LEAST_CURVATURE, CensoredLoss, fit_censored
from training.model.matrix import Copies, Rows
from training.model.unsettled import OpenLines

NONE = OpenLines(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
SHARES = st.floats(0.001, 1)


def with_open(seed: int, returned: float, kept: float) -> tuple[Rows, Rows, OpenLines]:
    """Lines with all outcomes known; the same with some of the last half open; and these.

    Of the last half, so large a share of the returned and of the kept lines is still open.
    """
    known = rows(seed, 2.0, 3000)
    rng = np.random.default_rng(seed)
    still_open = rng.random(3000) < np.where(known.y == 1, returned, kept)
    still_open[:1500] = False
    places = np.flatnonzero(still_open)
    hidden = Rows(known.x, np.where(still_open, 0, known.y).astype(np.int8), known.features)
    return known, hidden, OpenLines(places, np.full(len(places), returned), np.full(len(places), kept))


@pytest.mark.parametrize("copied", [False, True])
def test_with_no_open_line_the_trees_are_those_of_known_outcomes(*, copied: bool) -> None:
    lines = rows(1, 2.0)
    if copied:
        places = np.arange(0, len(lines.y), 3)
        lines = Rows(lines.x, lines.y, lines.features, Copies(lines.x[places] + 0.1, places))

    found = fit_censored(lines, NONE, MODEL, 20)

    np.testing.assert_allclose(margins(found, lines.x), margins(fit(lines, MODEL, 20), lines.x), rtol=0, atol=1e-9)


def test_the_booster_gives_probabilities_as_any_other() -> None:
    _, hidden, open_lines = with_open(1, 0.4, 1.0)
    found = fit_censored(hidden, open_lines, MODEL, 20)

    again = lgb.Booster(model_str=found.model_to_string())
    assert again.predict(hidden.x) == pytest.approx(1 / (1 + np.exp(-margins(found, hidden.x))))


def test_contributions_add_up_to_the_margin() -> None:
    _, hidden, open_lines = with_open(1, 0.4, 1.0)
    found = fit_censored(hidden, open_lines, MODEL, 20)

    parts = np.asarray(found.predict(hidden.x, pred_contrib=True))
    np.testing.assert_allclose(parts.sum(axis=1), margins(found, hidden.x), rtol=0, atol=1e-9)


def test_the_same_lines_give_the_same_bytes() -> None:
    _, hidden, open_lines = with_open(1, 0.4, 1.0)

    first, second = (fit_censored(hidden, open_lines, MODEL, 20).model_to_string() for _ in range(2))

    assert first == second


@pytest.mark.parametrize(("returned", "kept"), [(0.4, 1.0), (0.9, 0.3)])
def test_the_level_is_that_of_all_lines_and_not_that_of_the_known_ones(returned: float, kept: float) -> None:
    known, hidden, open_lines = with_open(2, returned, kept)
    late = known.x[1500:]
    settled = np.setdiff1d(np.arange(3000), open_lines.places)
    fair = Rows(known.x[settled], known.y[settled], known.features)

    def level(booster: lgb.Booster) -> float:
        return float((1 / (1 + np.exp(-margins(booster, late)))).mean())

    truth = known.y.mean()
    assert level(fit_censored(hidden, open_lines, MODEL, 40)) == pytest.approx(truth, abs=0.02)
    assert abs(level(fit(fair, MODEL, 40)) - truth) > 0.03  # settled lines alone
    if kept == 1:
        assert level(fit(hidden, MODEL, 40)) < truth - 0.04  # open lines taken as kept


def test_lines_and_copies_that_say_nothing_leave_the_gradient_to_the_others() -> None:
    lines = rows(1, 2.0, 10)
    doubled = Rows(lines.x, lines.y, lines.features, Copies(lines.x[[1, 4]], np.array([1, 4])))
    silent = OpenLines(np.array([3, 4]), np.array([0.7, 0.7]), np.array([0.7, 0.7]))

    gradient, curvature = CensoredLoss.of(doubled, silent).derivatives(np.linspace(-2, 2, 12))

    assert np.flatnonzero(np.abs(gradient) < 1e-12).tolist() == [3, 4, 11]  # the last row is the copy of line 4
    assert (curvature > 0).all()


@given(margin=st.floats(-6, 6), returned=SHARES, kept=SHARES, known=st.booleans())
def test_the_gradient_is_the_slope_of_the_likelihood(
    *, margin: float, returned: float, kept: float, known: bool
) -> None:
    lines = Rows(np.zeros((1, 1)), np.array([1], dtype=np.int8), ("x",))
    loss = CensoredLoss.of(lines, NONE if known else OpenLines(np.array([0]), np.array([returned]), np.array([kept])))

    def of(m: float) -> float:
        p = 1 / (1 + np.exp(-m))
        return float(-np.log(p if known else p * returned + (1 - p) * kept))

    def at(m: float) -> tuple[Floats, Floats]:
        return loss.derivatives(np.array([m]))

    step = 1e-4
    gradient, curvature = at(margin)
    assert gradient == pytest.approx([(of(margin + step) - of(margin - step)) / (2 * step)], abs=1e-5)
    p = 1 / (1 + np.exp(-margin))
    second = (at(margin + step)[0] - at(margin - step)[0]) / (2 * step)
    assert curvature == pytest.approx(np.maximum(second, LEAST_CURVATURE * p * (1 - p)), abs=1e-5)
