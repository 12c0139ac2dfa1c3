"""Metrics of predicted probabilities: pure functions of the outcomes and the probabilities.

Everywhere ``y`` holds the outcomes (1 returned, 0 kept) and ``p`` the predicted probabilities of a return, both of
shape (n,) with n ≥ 1. A metric that cannot be computed raises `UndefinedMetricError`; no metric returns NaN.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from data.arrays import Floats, Ints
from training.evaluation.ranking import Ranking, area, precision_area

NEWTON_STEPS = 50
SETTLED = 1e-10


class UndefinedMetricError(ValueError):
    """The metric has no value on these lines; the message gives the cause, and the report shows it."""


def log_loss(y: npt.ArrayLike, p: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> float:
    """Mean negative log-likelihood of the outcomes, in nats a line, weighted by ``weight`` where given.

    Raises
    ------
    UndefinedMetricError
        There is no line, a probability is outside [0, 1], or an outcome has the probability zero.
    """
    losses = log_losses(y, p)
    if weight is None:
        return float(losses.mean())
    weights = np.asarray(weight, dtype=np.float64)
    if weights.shape != losses.shape or not weights.sum() > 0:
        msg = f"the weights have shape {weights.shape} and sum {weights.sum()}, for {len(losses)} lines"
        raise UndefinedMetricError(msg)
    return float(losses @ weights / weights.sum())


def log_losses(y: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Negative log-likelihood of each outcome, in nats; float64 of shape (n,). Raises as `log_loss` does."""
    outcome, probability = checked(y, p)
    likelihood = np.where(outcome == 1, probability, 1 - probability)
    impossible = int(np.count_nonzero(likelihood == 0))
    if impossible:
        msg = f"{impossible} of {len(outcome)} lines had an outcome that was given the probability zero"
        raise UndefinedMetricError(msg)
    return -np.log(likelihood)


def brier(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean squared distance of probability and outcome (Brier, Monthly Weather Review 78, 1950), in [0, 1]."""
    outcome, probability = checked(y, p)
    return float(np.mean((probability - outcome) ** 2))


def roc_auc(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Probability that a returned line is ranked above a kept one; ties count one half.

    Raises
    ------
    UndefinedMetricError
        All lines have the same outcome.
    """
    outcome, probability = checked(y, p)
    _both_outcomes(outcome)
    return area(*Ranking.of(probability).totals(outcome, 1 - outcome))


def average_precision(y: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Precision averaged over recall, as a sum of steps; a model without skill gets the share of returned lines.

    Raises
    ------
    UndefinedMetricError
        All lines have the same outcome.
    """
    outcome, probability = checked(y, p)
    _both_outcomes(outcome)
    return precision_area(*Ranking.of(probability).totals(outcome, 1 - outcome))


def ece(y: npt.ArrayLike, p: npt.ArrayLike, bins: int) -> float:
    """Measure the expected calibration error over bins of equal mass, in [0, 1].

    ``Σ_b n_b/n · |mean(y in b) - mean(p in b)|`` (Naeini, Cooper and Hauskrecht, AAAI 2015), over the bins of
    `mass_bins`: equal mass has the smaller bias (Roelofs et al., AISTATS 2022). On finite data even the true
    probabilities have an error above zero: see `ece_noise`.
    """
    outcome, probability = checked(y, p)
    gaps = np.bincount(mass_bins(probability, bins), weights=outcome - probability)
    return float(np.abs(gaps).sum() / len(outcome))


def ece_noise(p: npt.ArrayLike, bins: int) -> float:
    """Estimate the expected value of `ece` where every probability in ``p`` is the true one: its floor on n lines.

    The gap of a bin is then nearly normal with the variance Σ p(1 - p), and the mean of its absolute value is √(2/π)
    standard deviations.
    """
    probability = np.asarray(p, dtype=np.float64)
    variances = np.bincount(mass_bins(probability, bins), weights=probability * (1 - probability))
    return float(np.sqrt(2 / np.pi * variances).sum() / len(probability))


def mass_bins(p: Floats, bins: int) -> Ints:
    """Assign each line to one of ``bins`` bins of about equal count: int64 of shape (n,) in [0, bins).

    Equal probabilities always share a bin, so the order of the lines does not matter; some bins may be empty.
    """
    if bins < 1:
        msg = f"bins must be at least 1, found {bins}"
        raise ValueError(msg)
    edges = np.quantile(p, np.arange(1, bins) / bins, method="inverted_cdf")
    return np.searchsorted(edges, p, side="left")


def calibration_line(y: npt.ArrayLike, p: npt.ArrayLike) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of the outcome on logit(p); (1, 0) is calibrated.

    With a slope below 1, the probabilities are too extreme; with a slope of 1 and an intercept above 0, they are too
    low (Cox, Biometrika 45, 1958). The fit is by Newton's method.

    Raises
    ------
    UndefinedMetricError
        All lines have the same outcome or the same probability, a probability is 0 or 1, or the
        probability separates the outcomes, so that no best slope exists.
    """
    outcome, probability = checked(y, p)
    _both_outcomes(outcome)
    if probability.min() == probability.max():
        raise UndefinedMetricError("all lines have the same probability, so no slope fits better than another")
    if probability.min() <= 0 or probability.max() >= 1:
        raise UndefinedMetricError("a probability of 0 or 1 has no logit")
    logit = np.log(probability) - np.log1p(-probability)
    design = np.column_stack([logit, np.ones_like(logit)])
    line = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        fitted = expit(design @ line)
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design
        if np.linalg.cond(curvature) > 1 / SETTLED:
            break
        step = np.linalg.solve(curvature, design.T @ (outcome - fitted))
        line = line + step
        if np.abs(step).max() < SETTLED:
            return float(line[0]), float(line[1])
    raise UndefinedMetricError("no best slope exists: the probabilities separate the outcomes, or nearly so")


def checked(y: npt.ArrayLike, p: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Check ``y`` and ``p`` and convert them to float64.

    Raises
    ------
    UndefinedMetricError
        There is no line, lengths differ, an outcome is neither 0 nor 1, or a probability is missing or outside [0, 1].
    """
    outcome, probability = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    if outcome.ndim != 1 or outcome.shape != probability.shape:
        msg = f"outcomes of shape {outcome.shape} don't go with probabilities of shape {probability.shape}"
        raise UndefinedMetricError(msg)
    if len(outcome) == 0:
        raise UndefinedMetricError("there is no line")
    strange = int(np.count_nonzero((outcome != 0) & (outcome != 1)))
    if strange:
        msg = f"{strange} of {len(outcome)} outcomes are neither 0 nor 1"
        raise UndefinedMetricError(msg)
    outside = int(np.count_nonzero(~((probability >= 0) & (probability <= 1))))
    if outside:
        msg = f"{outside} of {len(outcome)} probabilities are missing or outside [0, 1]"
        raise UndefinedMetricError(msg)
    return outcome, probability


def _both_outcomes(outcome: Floats) -> None:
    returned = int(outcome.sum())
    if returned in {0, len(outcome)}:
        word = "returned" if returned else "kept"
        msg = f"all {len(outcome)} lines were {word}"
        raise UndefinedMetricError(msg)
