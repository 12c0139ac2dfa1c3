import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from data.arrays import Floats
from training.evaluation.metrics import log_loss
from training.model.calibrate import CalibrationParams, Calibrator, carry_over, fit_calibrator

FREE = CalibrationParams(prior_lines=0, level_carried=0.5, interval_digits=3)
DRAWN = CalibrationParams(prior_lines=2000, level_carried=0.25, interval_digits=3)
Labels = np.ndarray[tuple[int], np.dtype[np.int8]]


def drawn(count: int, seed: int = 1) -> tuple[Floats, Labels]:
    """True log-odds and outcomes that follow them."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-0.8, 1.0, count)
    return logit, (rng.random(count) < 1 / (1 + np.exp(-logit))).astype(np.int8)


@pytest.fixture(scope="module")
def calibrator() -> Calibrator:
    logit, y = drawn(3000)
    return fit_calibrator(2 * logit + 1, y, DRAWN)


def test_a_distorted_margin_is_mended() -> None:
    logit, y = drawn(20_000)

    fitted = fit_calibrator(2 * logit + 1, y, FREE)

    # margin = 2 logit + 1, so logit = 0.5 margin - 0.5
    assert (fitted.slope, fitted.intercept) == pytest.approx((0.5, -0.5), abs=0.05)
    later, outcome = drawn(20_000, seed=2)
    truth = log_loss(outcome, 1 / (1 + np.exp(-later)))
    assert log_loss(outcome, fitted.probability(2 * later + 1)) == pytest.approx(truth, abs=1e-3)
    assert log_loss(outcome, 1 / (1 + np.exp(-(2 * later + 1)))) > truth + 0.05


def test_the_mean_probability_on_the_slice_is_its_rate() -> None:
    logit, y = drawn(500)

    for params in (FREE, DRAWN):
        assert fit_calibrator(2 * logit + 1, y, params).probability(2 * logit + 1).mean() == pytest.approx(
            y.mean(), abs=1e-5
        )


def test_the_prior_draws_the_slope_to_one_on_few_lines_and_lets_it_go_on_many() -> None:
    for count, free_of_prior in ((100, False), (50_000, True)):
        logit, y = drawn(count)
        drawn_slope, own_slope = (fit_calibrator(2 * logit + 1, y, params).slope for params in (DRAWN, FREE))
        pull = (drawn_slope - own_slope) / (1 - own_slope)  # 0: the lines alone, 1: the belief alone
        assert own_slope < drawn_slope < 1
        assert pull < 0.1 if free_of_prior else pull > 0.8


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=30).map(sorted))
def test_a_higher_margin_never_has_a_lower_probability(calibrator: Calibrator, margins: list[float]) -> None:
    probability = calibrator.probability(np.array(margins))

    assert (np.diff(probability) >= 0).all()
    assert ((probability >= 0) & (probability <= 1)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_interval_holds_the_probability_within_0_and_1(calibrator: Calibrator, probabilities: list[float]) -> None:
    p = np.array(probabilities + calibrator.steps[:5].tolist())

    low, high = calibrator.interval(p)

    assert ((low >= 0) & (low <= p) & (p <= high) & (high <= 1)).all()


def test_the_ends_of_the_interval_rise_with_the_probability(calibrator: Calibrator) -> None:
    assert len(calibrator.low) == len(calibrator.high) == len(calibrator.steps) + 1
    assert (calibrator.low <= calibrator.high).all()
    assert (np.diff(calibrator.steps) > 0).all()
    assert (np.diff(calibrator.low) >= -1e-12).all()
    assert (np.diff(calibrator.high) >= -1e-12).all()


def test_the_interval_is_that_of_isotonic_fits_with_one_line_more() -> None:
    # 9 lines at margin -1 of which 2 came back, 9 at 1 of which 7 did; the prior holds the slope at 1.
    margin = np.repeat([-1.0, 1.0], 9)
    y = np.array([1] * 2 + [0] * 7 + [1] * 7 + [0] * 2, dtype=np.int8)

    fitted = fit_calibrator(margin, y, CalibrationParams(prior_lines=1e9, level_carried=0.5, interval_digits=3))

    assert (fitted.slope, fitted.intercept) == pytest.approx((1.0, 0.0), abs=1e-4)
    assert fitted.steps == pytest.approx([0.269, 0.731])
    # A kept line between the groups joins the lower one: 2 of 10; a returned one the upper: 8 of 10.
    low, high = fitted.interval(np.array([0.5]))
    assert (low[0], high[0]) == pytest.approx((0.2, 0.8))


@given(st.lists(st.tuples(st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]), st.booleans()), min_size=4))
def test_the_ends_of_each_interval_are_isotonic_fits_of_the_slice_with_the_line(
    lines: list[tuple[float, bool]],
) -> None:
    margin, y = np.array([m for m, _ in lines]), np.array([back for _, back in lines], dtype=np.int8)
    if len(set(y)) < 2:
        return

    fitted = fit_calibrator(margin, y, DRAWN)

    known = np.round(fitted.probability(margin), 3)
    between = np.concatenate([[0.0], (fitted.steps[:-1] + fitted.steps[1:]) / 2, [1.0]])
    for place, p in enumerate(between):
        for outcome, ends in ((0, fitted.low), (1, fitted.high)):
            isotonic = IsotonicRegression(y_min=0, y_max=1).fit([*known, p], [*y, outcome])
            assert ends[place] == pytest.approx(isotonic.predict([p])[0], abs=1e-9)


def test_more_lines_give_narrower_intervals() -> None:
    widths = []
    for count in (300, 10_000):
        logit, y = drawn(count)
        fitted = fit_calibrator(logit, y, DRAWN)
        low, high = fitted.interval(np.linspace(0.2, 0.6, 41))
        widths.append((high - low).mean())

    assert widths[1] < widths[0] / 2


def test_a_refit_keeps_the_slope_and_carries_a_part_of_the_levels_shift(calibrator: Calibrator) -> None:
    carried = carry_over(calibrator, DRAWN)

    assert carried.slope == calibrator.slope
    assert carried.intercept == pytest.approx(calibrator.intercept / 4)


def test_the_same_slice_gives_the_same_calibration() -> None:
    logit, y = drawn(1000)
    first, second = (fit_calibrator(logit, y, DRAWN) for _ in range(2))

    assert (first.slope, first.intercept) == (second.slope, second.intercept)
    assert all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("steps", "low", "high"))
