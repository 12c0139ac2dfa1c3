"""Metrics of P(reason | returned) on test lines, beside those of two simpler predictors of reasons.

Only recorded reasons count: a reason inferred from a comment is another model's prediction, which no customer
chose. Log-loss, AUC and confusion are over the lines that came back with a recorded reason; expected counts are over
all test lines, with P(returned) · P(reason | returned).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from data.arrays import Bools, Floats, Ints
from data.schema import REASON_GROUPS
from features.catalog import REASON_INFERRED
from features.language.reasons import REASONS
from training.evaluation import metrics
from training.evaluation.intervals import Draw, Interval, mean_intervals
from training.evaluation.metrics import UndefinedMetricError
from training.evaluation.undefined import Attempts
from training.model.reasons.rows import read_reasons

SHARES, OVERALL = "shares", "global"
"""Baselines of the reason model: the shrunk shares among its features, and the shares of the whole shop."""
NAMES = tuple(reason.value for reason in REASONS)
GROUPS = {
    group: [REASONS.index(reason) for reason in reasons if reason in REASONS]
    for group, reasons in REASON_GROUPS.items()
}
"""Group of reasons to the places of its reasons in `features.language.reasons.REASONS`."""


@dataclass(frozen=True)
class ReasonTest:
    """The data that reasons are measured on: n test lines, m of which came back with a recorded reason.

    ``predicted``: P(reason | returned), shape (n, reasons). ``recorded``: int64 of shape (n,), the place of the
    recorded reason in `features.language.reasons.REASONS`, -1 where there is none. ``shares``: the shrunk shares of
    the m lines, in their order, shape (m, reasons). ``overall``: the shares of the whole shop, shape (reasons,).
    ``probability`` of a return, and ``returned``, 1 or 0: shape (n,) each. ``owners``: the customer of each of the m
    lines, int64 of shape (m,), codes from 0 without a gap.
    """

    predicted: Floats
    recorded: Ints
    shares: Floats
    overall: Floats
    probability: Floats
    returned: Floats
    owners: Ints

    @cached_property
    def rows(self) -> Ints:
        """The lines with a recorded reason, shape (m,)."""
        return np.flatnonzero(self.recorded >= 0)


@dataclass(frozen=True)
class Quality:
    """Metrics of one predictor of reasons, on the lines with a recorded one; None where `Undefined` gives the cause.

    ``log_loss`` in nats a return. ``macro_auc``: the mean AUC of one reason against the rest, over the reasons that
    some lines have and some lack. ``accuracy``: share of lines whose most probable reason is the recorded
    one.
    """

    log_loss: float
    macro_auc: float | None
    accuracy: float


@dataclass(frozen=True)
class Against:
    """A baseline of reasons.

    ``difference``: the model's log-loss minus the baseline's; below zero, the model is better.
    """

    quality: Quality
    difference: float
    interval: Interval | None


@dataclass(frozen=True)
class MeasuredReason:
    """The measures of one reason, or of one group of reasons.

    ``expected``: the sum of P(reason | returned) over the lines with a recorded reason, ``recorded``: the
    number of these lines with this reason. ``ece`` and ``ece_noise``: its calibration error on these lines, and the
    error by chance alone. ``lines_expected``: the sum of P(returned) · P(reason | returned) over all test lines.
    ``lines_observed``: ``recorded`` times all returns / all recorded reasons, as if returns without a reason had
    reasons in the same shares.
    """

    expected: float
    recorded: int
    roc_auc: float | None
    ece: float
    ece_noise: float
    lines_expected: float
    lines_observed: float


@dataclass(frozen=True)
class ReasonMeasures:
    """All measures of the reasons of the test lines; ``confusion[predicted][recorded]`` counts lines by code."""

    returns: int
    recorded: int
    model: Quality
    interval: Interval | None
    baselines: dict[str, Against]
    by_reason: dict[str, MeasuredReason]
    by_group: dict[str, MeasuredReason]
    confusion: dict[str, dict[str, int]]


@dataclass(frozen=True)
class ReasonSlice:
    """Reasons in one slice: the share of each group among the expected returns, and among the recorded reasons.

    ``observed`` is None where no return of the slice has a recorded reason.
    """

    recorded: int
    expected: dict[str, float]
    observed: dict[str, float] | None


def overall_shares(matrix: Path, learned: Bools) -> Floats | None:
    """Compute the share of each reason among the recorded reasons of the lines ``learned``, bool, one a matrix line.

    Each count is raised by 1 (Laplace's rule of succession), so that no share is zero. None
    for a source that records no reasons.
    """
    reasons = read_reasons(matrix)
    if reasons is None:
        return None
    chosen = learned & (reasons >= 0)
    file = pq.ParquetFile(matrix)
    if REASON_INFERRED in file.schema_arrow.names:
        chosen &= ~file.read([REASON_INFERRED]).column(0).to_numpy()
    counts = np.bincount(reasons[chosen], minlength=len(REASONS))
    return np.asarray((counts + 1) / (counts.sum() + len(REASONS)))


def measure_reasons(test: ReasonTest, bins: int, draw: Draw, attempts: Attempts) -> ReasonMeasures:
    """Measure the reasons of the test lines; ``attempts`` notes metrics without a value below ``reasons``.

    Raises
    ------
    UndefinedMetricError
        No test line came back with a recorded reason, or a recorded reason has the probability zero.
    """
    if not len(test.rows):
        raise UndefinedMetricError("no test line came back with a recorded reason")
    reason, model = test.recorded[test.rows], test.predicted[test.rows]
    rivals = {SHARES: test.shares, OVERALL: np.broadcast_to(test.overall, test.shares.shape)}
    losses = {"": _losses(model, reason)}
    losses |= {name: losses[""] - _losses(rival, reason) for name, rival in rivals.items()}
    intervals = _intervals(losses, test.owners, draw, attempts)
    by_reason = _ByReason(model, reason, test, bins, attempts)
    return ReasonMeasures(
        returns=int(test.returned.sum()),
        recorded=len(reason),
        model=_quality(model, reason, attempts, "reasons"),
        interval=intervals.get(""),
        baselines={
            name: Against(
                quality=_quality(rival, reason, attempts, f"reasons.baselines.{name}"),
                difference=float(losses[name].mean()),
                interval=intervals.get(name),
            )
            for name, rival in rivals.items()
        },
        by_reason={name: by_reason.of([place], f"by_reason.{name}") for place, name in enumerate(NAMES)},
        by_group={name: by_reason.of(places, f"by_group.{name}") for name, places in GROUPS.items()},
        confusion=_confusion(model.argmax(axis=1), reason),
    )


def reason_slice(test: ReasonTest, mask: Bools, attempts: Attempts, path: str) -> ReasonSlice:
    """Compare expected and recorded groups of reasons in the lines ``mask``, bool of shape (n,), at least one True."""
    expected = test.probability[mask] @ test.predicted[mask]
    recorded = test.recorded[mask]
    counts = np.bincount(recorded[recorded >= 0], minlength=len(REASONS))
    return ReasonSlice(
        recorded=int(counts.sum()),
        expected=_by_group(expected / expected.sum()),
        observed=attempts.value(f"{path}.observed", _observed, counts),
    )


def _observed(counts: Ints) -> dict[str, float]:
    if not counts.sum():
        raise UndefinedMetricError("no line of the slice came back with a recorded reason")
    return _by_group(counts / counts.sum())


def _by_group(of_reasons: Floats) -> dict[str, float]:
    return {group: float(of_reasons[places].sum()) for group, places in GROUPS.items()}


def _quality(p: Floats, reason: Ints, attempts: Attempts, path: str) -> Quality:
    return Quality(
        log_loss=float(_losses(p, reason).mean()),
        macro_auc=attempts.value(f"{path}.macro_auc", _macro_auc, p, reason),
        accuracy=float(np.mean(p.argmax(axis=1) == reason)),
    )


def _losses(p: Floats, reason: Ints) -> Floats:
    """Negative log-likelihood of each recorded reason, in nats, shape (m,)."""
    likelihood = p[np.arange(len(reason)), reason]
    impossible = int(np.count_nonzero(likelihood == 0))
    if impossible:
        msg = f"{impossible} of {len(reason)} recorded reasons were given the probability zero"
        raise UndefinedMetricError(msg)
    return -np.log(likelihood)


def _macro_auc(p: Floats, reason: Ints) -> float:
    """Mean AUC of one reason against the rest (Fawcett, Pattern Recognition Letters 27, 2006), with equal weights."""
    counts = np.bincount(reason, minlength=p.shape[1])
    both = np.flatnonzero((counts > 0) & (counts < len(reason)))
    if not len(both):
        msg = f"all {len(reason)} recorded reasons are the same"
        raise UndefinedMetricError(msg)
    return float(np.mean([metrics.roc_auc(reason == place, p[:, place]) for place in both]))


def _intervals(losses: dict[str, Floats], owners: Ints, draw: Draw, attempts: Attempts) -> dict[str, Interval]:
    """Intervals of the model's log-loss, under the empty name, and of each difference."""
    paths = [f"reasons.baselines.{name}.difference" if name else "reasons.log_loss" for name in losses]
    ends = tuple(f"{path}_{end}" for path in paths for end in ("low", "high"))
    return attempts.value(ends, mean_intervals, losses, owners, draw) or {}


class _ByReason:
    """Measures single reasons, and groups of reasons, on the same lines."""

    def __init__(self, model: Floats, reason: Ints, test: ReasonTest, bins: int, attempts: Attempts) -> None:
        self._model, self._reason, self._bins, self._attempts = model, reason, bins, attempts
        self._scale = float(test.returned.sum()) / len(reason)
        self._lines = test.probability @ test.predicted

    def of(self, places: Sequence[int], path: str) -> MeasuredReason:
        """Measure the reasons at ``places`` as one reason."""
        hit = np.isin(self._reason, places).astype(np.float64)
        expected = self._model[:, list(places)].sum(axis=1).clip(max=1.0)  # rounding may raise a sum of shares above 1
        return MeasuredReason(
            expected=float(expected.sum()),
            recorded=int(hit.sum()),
            roc_auc=self._attempts.value(f"reasons.{path}.roc_auc", metrics.roc_auc, hit, expected),
            ece=metrics.ece(hit, expected, self._bins),
            ece_noise=metrics.ece_noise(expected, self._bins),
            lines_expected=float(self._lines[list(places)].sum()),
            lines_observed=float(hit.sum()) * self._scale,
        )


def _confusion(predicted: Ints, recorded: Ints) -> dict[str, dict[str, int]]:
    counts = np.bincount(predicted * len(NAMES) + recorded, minlength=len(NAMES) ** 2).reshape(len(NAMES), -1)
    return {row: dict(zip(NAMES, of_row.tolist(), strict=True)) for row, of_row in zip(NAMES, counts, strict=True)}
