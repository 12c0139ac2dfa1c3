"""The distance of probabilities, reasons and drivers to the truth, on a simulated shop."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from training.evaluation.metrics import UndefinedMetricError, log_loss, mass_bins, roc_auc

TRUE_NAMES = {"customer and product": "customer", "demographics": "customer"}
"""Factor of the catalog to the factor of the simulator that contains it."""
SUM_TOLERANCE = 1e-5
"""How far the sum of a line's reason probabilities may be from 1: the truth is written in single precision."""


@dataclass(frozen=True)
class Oracle:
    """The metrics of the simulator's own probabilities, and the model's distance to them.

    ``log_loss_excess``: the model's log-loss minus that of the truth, in nats. ``root_mean_square_error``: of the
    model's probability against the true one, over lines. ``calibration_error``: mean absolute difference between the
    mean probability and the mean true one, over bins of equal mass. Unlike `ece`, it has no noise from the outcomes.
    """

    lines: int
    log_loss: float
    roc_auc: float
    mean_probability: float
    log_loss_excess: float
    root_mean_square_error: float
    calibration_error: float


@dataclass(frozen=True)
class DriverAgreement:
    """Agreement of the model's drivers with the true ones. The top driver has the largest absolute contribution.

    ``top_share``: share of lines whose top driver is the true one. ``top_baseline``: the share that is reached by
    always naming the most common true top driver. ``top_two_share``: share of lines whose true top driver is among the
    model's first two. ``correlations``: Pearson's, of the model's and the true contributions of each factor over the
    lines; None where either is constant. ``mean_correlation``: the mean of those that are not None.
    """

    lines: int
    top_share: float
    top_baseline: float
    top_two_share: float
    mean_correlation: float
    correlations: dict[str, float | None]


@dataclass(frozen=True)
class ReasonAgreement:
    """Agreement of the model's P(reason | returned) with the true one.

    ``top_share``: share of lines whose most probable reason is the true most probable one. ``top_baseline``: the
    share that is reached by always naming the most common of these. ``divergence``: mean Kullback-Leibler divergence of
    the model from the truth, Σ_r truth · ln(truth / model), in nats; zero for the truth only. ``recorded_lines``: the
    lines with a recorded reason. On these, ``log_loss`` is that of the truth, and ``log_loss_excess`` is the model's
    log-loss minus ``log_loss``, in nats.
    """

    lines: int
    top_share: float
    top_baseline: float
    divergence: float
    recorded_lines: int
    log_loss: float
    log_loss_excess: float


def measure(y: Floats, p: Floats, truth: Floats, bins: int) -> Oracle:
    """Compare the model's probabilities ``p`` and the outcomes ``y`` with the true probabilities, shape (n,) each.

    Raises
    ------
    UndefinedMetricError
        An outcome has the true probability zero, or all lines have the same outcome.
    """
    loss = log_loss(y, truth)
    gaps = np.bincount(mass_bins(p, bins), weights=p - truth)
    return Oracle(
        lines=len(y),
        log_loss=loss,
        roc_auc=roc_auc(y, truth),
        mean_probability=float(truth.mean()),
        log_loss_excess=log_loss(y, p) - loss,
        root_mean_square_error=float(np.sqrt(np.mean((p - truth) ** 2))),
        calibration_error=float(np.abs(gaps).sum() / len(p)),
    )


def measure_drivers(
    names: Sequence[str], contributions: Floats, true_names: Sequence[str], truth: Floats
) -> DriverAgreement:
    """Compare the model's ``contributions``, shape (n, len(names)), with the true ones, shape (n, len(true_names)).

    The factors of `TRUE_NAMES` are added to the factor that contains them; a true factor that the model lacks
    contributes nothing to its score. No measure depends on the unit of the contributions.

    Raises
    ------
    UndefinedMetricError
        There is no line, or no factor varies both in the model and in the truth.
    ValueError
        The model has a factor that the truth lacks, or the shapes differ.
    """
    model = _by_true_name(names, contributions, true_names)
    if model.shape != truth.shape:
        msg = f"contributions of shape {model.shape} do not fit true ones of shape {truth.shape}"
        raise ValueError(msg)
    _some_lines(truth)
    ranked = np.argsort(-np.abs(model), axis=1, kind="stable")
    top = np.abs(truth).argmax(axis=1)
    correlations = {name: _pearson(model[:, at], truth[:, at]) for at, name in enumerate(true_names)}
    there = [value for value in correlations.values() if value is not None]
    if not there:
        raise UndefinedMetricError("no factor's contribution varies both in the model and in the truth")
    return DriverAgreement(
        lines=len(truth),
        top_share=float(np.mean(ranked[:, 0] == top)),
        top_baseline=_most_common_share(top),
        top_two_share=float(np.mean((ranked[:, :2] == top[:, None]).any(axis=1))),
        mean_correlation=float(np.mean(there)),
        correlations=correlations,
    )


def measure_reasons(predicted: Floats, truth: Floats, recorded: Ints) -> ReasonAgreement:
    """Compare the model's P(reason | returned) with the true one, shape (n, reasons) each, with the same columns.

    ``recorded``: int64 of shape (n,), the column of the recorded reason; -1 where there is none.

    Raises
    ------
    UndefinedMetricError
        There is no line or no recorded reason; a line's probabilities are below 0 or do not sum to 1; the model gives
        zero to a reason that the truth holds possible; or model or truth gives zero to a recorded reason.
    ValueError
        The shapes differ.
    """
    if predicted.shape != truth.shape or recorded.shape != truth.shape[:1]:
        msg = f"shapes differ: predicted {predicted.shape}, truth {truth.shape}, recorded {recorded.shape}"
        raise ValueError(msg)
    _some_lines(truth)
    _distributions("predicted", predicted)
    _distributions("true", truth)
    rows = np.flatnonzero(recorded >= 0)
    if len(rows) == 0:
        raise UndefinedMetricError("no line has a recorded reason")
    loss = _reason_loss(truth[rows, recorded[rows]])
    top = truth.argmax(axis=1)
    return ReasonAgreement(
        lines=len(truth),
        top_share=float(np.mean(predicted.argmax(axis=1) == top)),
        top_baseline=_most_common_share(top),
        divergence=_divergence(truth, predicted),
        recorded_lines=len(rows),
        log_loss=loss,
        log_loss_excess=_reason_loss(predicted[rows, recorded[rows]]) - loss,
    )


def _by_true_name(names: Sequence[str], contributions: Floats, true_names: Sequence[str]) -> Floats:
    """Add up the model's contributions by the names of the truth."""
    by_truth = [TRUE_NAMES.get(name, name) for name in names]
    unknown = sorted(set(by_truth) - set(true_names))
    if unknown:
        msg = f"the truth has the factors {', '.join(true_names)}, and lacks {', '.join(unknown)}"
        raise ValueError(msg)
    belongs = np.array([[name == true for true in true_names] for name in by_truth], dtype=np.float64)
    return contributions @ belongs


def _pearson(one: Floats, other: Floats) -> float | None:
    """Pearson's correlation of two arrays of shape (n,); None where either is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _most_common_share(top: Ints) -> float:
    return float(np.bincount(top).max() / len(top))


def _divergence(truth: Floats, predicted: Floats) -> float:
    possible = truth > 0
    impossible = int(np.count_nonzero((possible & (predicted == 0)).any(axis=1)))
    if impossible:
        msg = f"the model rules out a reason that the truth doesn't on {impossible} of {len(truth)} lines"
        raise UndefinedMetricError(msg)
    return float(np.sum(truth[possible] * np.log(truth[possible] / predicted[possible])) / len(truth))


def _reason_loss(likelihood: Floats) -> float:
    impossible = int(np.count_nonzero(likelihood == 0))
    if impossible:
        msg = f"{impossible} of {len(likelihood)} recorded reasons were given the probability zero"
        raise UndefinedMetricError(msg)
    return float(-np.log(likelihood).mean())


def _distributions(whose: str, probabilities: Floats) -> None:
    strange = (probabilities < 0).any(axis=1) | ~(np.abs(probabilities.sum(axis=1) - 1) <= SUM_TOLERANCE)
    if strange.any():
        msg = f"the {whose} reasons of {int(strange.sum())} of {len(strange)} lines are below 0 or don't sum to 1"
        raise UndefinedMetricError(msg)


def _some_lines(truth: Floats) -> None:
    if len(truth) == 0:
        raise UndefinedMetricError("there is no line")
