import math
from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from data.arrays import Floats
from training.evaluation.metrics import (
    UndefinedMetricError,
    average_precision,
    brier,
    calibration_line,
    ece,
    ece_noise,
    log_loss,
    log_losses,
    mass_bins,
    roc_auc,
)

Lines = list[tuple[int, float]]
Metric = Callable[[list[float], list[float]], object]

PROBABILITIES = st.floats(0.001, 0.999)
LINES = st.lists(st.tuples(st.integers(0, 1), PROBABILITIES), min_size=1, max_size=60)
TIED_LINES = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.2, 0.5, 0.9])), min_size=2, max_size=60)


def columns(lines: Lines) -> tuple[Floats, Floats]:
    y, p = zip(*lines, strict=True)
    return np.array(y, dtype=np.float64), np.array(p)


@given(LINES)
def test_losses_are_those_of_scikit_learn(lines: Lines) -> None:
    y, p = columns(lines)
    assert log_loss(y, p) == pytest.approx(reference.log_loss(y, p, labels=[0, 1]))
    assert brier(y, p) == pytest.approx(np.mean((y - p) ** 2))


@given(TIED_LINES.filter(lambda lines: len({y for y, _ in lines}) == 2))
def test_ranking_metrics_are_those_of_scikit_learn_ties_included(lines: Lines) -> None:
    y, p = columns(lines)
    assert roc_auc(y, p) == pytest.approx(reference.roc_auc_score(y, p))
    assert average_precision(y, p) == pytest.approx(reference.average_precision_score(y, p))


@given(LINES, st.data())
def test_a_weight_of_two_counts_a_line_twice(lines: Lines, data: st.DataObject) -> None:
    y, p = columns(lines)
    weight = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(y), max_size=len(y))))
    assert log_loss(y, p, weight) == pytest.approx(log_loss(np.repeat(y, weight), np.repeat(p, weight)))


@given(st.lists(st.tuples(PROBABILITIES, PROBABILITIES), min_size=1, max_size=30))
def test_the_truth_has_the_least_log_loss_in_expectation(pairs: list[tuple[float, float]]) -> None:
    truth, rival = (np.array(values) for values in zip(*pairs, strict=True))

    def expected(p: Floats) -> float:
        kept, returned = np.zeros(len(p)), np.ones(len(p))
        return float(np.mean(truth * log_losses(returned, p) + (1 - truth) * log_losses(kept, p)))

    assert expected(truth) <= expected(rival) + 1e-12


@given(LINES, st.integers(1, 30))
def test_calibration_error_is_a_share_and_no_less_than_the_overall_gap(lines: Lines, bins: int) -> None:
    y, p = columns(lines)
    error = ece(y, p, bins)
    assert 0 <= error <= 1
    assert error >= abs(y.mean() - p.mean()) - 1e-12


@given(LINES, st.integers(1, 30), st.randoms(use_true_random=False))
def test_calibration_error_does_not_depend_on_the_order_of_the_lines(lines: Lines, bins: int, random: Random) -> None:
    y, p = columns(lines)
    shuffled = random.sample(range(len(y)), len(y))
    assert ece(y, p, bins) == pytest.approx(ece(y[shuffled], p[shuffled], bins))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8, unique=True), st.integers(1, 20))
def test_groups_that_come_back_as_predicted_have_no_calibration_error(tenths: list[int], bins: int) -> None:
    # Ten lines a group: with the probability k/10, exactly k of them come back.
    y = np.concatenate([np.arange(10) < k for k in tenths]).astype("int8")
    p = np.repeat(np.array(tenths) / 10, 10)
    assert ece(y, p, bins) == pytest.approx(0, abs=1e-12)


def test_calibration_error_is_the_mean_gap_of_bins() -> None:
    # Two bins of two lines: |1 - 0.4| and |1/2 - 0.9|, half the lines each: 0.5 * 0.6 + 0.5 * 0.4.
    assert ece([1, 1, 1, 0], [0.4, 0.4, 0.9, 0.9], bins=2) == pytest.approx(0.5)


def test_bins_hold_equal_mass_and_keep_equal_probabilities_together() -> None:
    assert np.bincount(mass_bins(np.linspace(0, 1, 1000), 20)).tolist() == [50] * 20
    assert len(np.unique(mass_bins(np.full(50, 0.3), 20))) == 1


def test_the_noise_of_the_calibration_error_is_that_of_true_probabilities() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(2, 4, 4000)
    drawn = [ece(rng.random(len(p)) < p, p, 20) for _ in range(60)]
    assert ece_noise(p, 20) == pytest.approx(np.mean(drawn), rel=0.06)


def test_the_calibration_line_is_that_of_a_logistic_regression() -> None:
    rng = np.random.default_rng(4)
    logit = rng.normal(-1, 1, 3000)
    y = rng.random(3000) < 1 / (1 + np.exp(-(0.6 * logit + 0.3)))
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(logit[:, None], y)
    slope, intercept = calibration_line(y, 1 / (1 + np.exp(-logit)))
    assert (slope, intercept) == pytest.approx((fitted.coef_[0, 0], fitted.intercept_[0]), abs=1e-5)


@pytest.mark.parametrize("metric", [roc_auc, average_precision, calibration_line])
@pytest.mark.parametrize(("outcome", "word"), [(1, "returned"), (0, "kept")])
def test_one_outcome_only_is_undefined_and_says_so(metric: Metric, outcome: int, word: str) -> None:
    with pytest.raises(UndefinedMetricError, match=f"all 3 lines were {word}"):
        metric([outcome] * 3, [0.1, 0.2, 0.3])


def test_a_line_that_fits_no_slope_is_undefined() -> None:
    with pytest.raises(UndefinedMetricError, match="same probability"):
        calibration_line([0, 1, 1], [0.3, 0.3, 0.3])
    with pytest.raises(UndefinedMetricError, match="separate"):
        calibration_line([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])


def test_an_outcome_that_was_called_impossible_is_undefined_and_not_infinite() -> None:
    with pytest.raises(UndefinedMetricError, match="1 of 2 lines"):
        log_loss([1, 0], [0.0, 0.0])
    assert log_loss([0, 1], [0.0, 1.0]) == 0


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([], [], "no line"),
        ([0, 1], [0.5, math.nan], "1 of 2 probabilities are missing"),
        ([0, 1], [0.5, 1.5], "outside"),
        ([0, 2], [0.5, 0.5], "neither 0 nor 1"),
        ([0, 1], [0.5], "don't go with"),
    ],
)
@pytest.mark.parametrize("metric", [log_loss, brier, roc_auc, average_precision, lambda y, p: ece(y, p, 5)])
def test_what_is_no_probability_is_refused_by_every_metric(
    metric: Metric, y: list[float], p: list[float], message: str
) -> None:
    with pytest.raises(UndefinedMetricError, match=message):
        metric(y, p)
