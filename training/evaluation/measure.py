"""All measures of the scored test lines: the content of reports/evaluation.json."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import Field

from data.arrays import Floats, Ints
from data.params import Section
from data.truth import TRUTH_FILE, read_true_drivers, read_true_reasons, read_truth
from features.language.reasons import REASONS
from training.costs import Costs, Policy, policies
from training.evaluation import metrics, oracle
from training.evaluation.coverage import Coverage, IntervalMeasures, against_truth, measure_intervals
from training.evaluation.drivers import DriverMeasures, DriverSlice, TrueDrivers, driver_slice, measure_explained
from training.evaluation.intervals import (
    HEADLINE,
    RANKED,
    Draw,
    Interval,
    gap_interval,
    headline_columns,
    mean_intervals,
    ranking_intervals,
)
from training.evaluation.joint import JointMeasures, measure_joint
from training.evaluation.level import LevelMeasures, measure_level
from training.evaluation.oracle import Oracle, ReasonAgreement
from training.evaluation.reasons import ReasonMeasures, ReasonSlice, ReasonTest, measure_reasons, reason_slice
from training.evaluation.scored_lines import BASELINE, ScoredLines
from training.evaluation.slices import PriceBands, slices
from training.evaluation.undefined import Attempts, Undefined
from training.evaluation.unsent import Unsent

OF_SLICES = ("log_loss", "calibration_gap")
"""Metrics of a slice that have an interval."""


class Evaluation(Section):
    """The section ``evaluation`` of params.yaml."""

    calibration_bins: int = Field(ge=2, le=100)
    bootstrap_resamples: int = Field(ge=50, le=10_000)
    bootstrap_seed: int = Field(ge=0)
    explained_lines: int = Field(ge=1)
    price_bands: int = Field(ge=1, le=20)
    max_categories: int = Field(ge=1, le=1000)


@dataclass(frozen=True)
class Measures:
    """The metrics of some lines; None where `Undefined` gives the cause."""

    lines: int
    return_rate: float
    mean_probability: float
    returns_observed: int
    returns_expected: float
    log_loss: float | None
    brier: float
    roc_auc: float | None
    average_precision: float | None
    ece: float
    ece_noise: float
    calibration_slope: float | None
    calibration_intercept: float | None


@dataclass(frozen=True)
class Sliced:
    """One slice with its metrics.

    ``reasons`` where the source records them, ``drivers`` where lines are explained, ``coverage`` of the intervals
    where the truth is known. ``intervals`` of the means over lines, by their names in `HEADLINE`; none where the slice
    has too few customers.
    """

    kind: str
    name: str
    meaning: str
    measures: Measures
    reasons: ReasonSlice | None
    drivers: DriverSlice | None
    coverage: Coverage | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """A baseline's metrics.

    ``difference``: the model's log-loss minus the baseline's, with its interval; below zero, the model is better.
    """

    log_loss: float | None
    roc_auc: float | None
    brier: float
    average_precision: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None


@dataclass(frozen=True)
class ShopTruth:
    """The truth of a simulated shop on its n test lines; all None for a real shop.

    ``probability`` of a return, shape (n,); ``reasons``: P(reason | returned), shape (n, reasons); ``drivers`` of the m
    explained lines, None also where the simulator wrote none for lines of this age.
    """

    probability: Floats | None = None
    reasons: Floats | None = None
    drivers: TrueDrivers | None = None


@dataclass(frozen=True)
class Measured:
    """All measures of one set of test lines.

    ``reasons`` is None where the source records no reasons; ``unsent``, where no line was measured without fields;
    ``interval`` and ``joint``, where the bundle is of an earlier version; ``level``, where all lines have the level 0.
    """

    test: Measures
    intervals: dict[str, Interval]
    baselines: dict[str, Comparison]
    slices: tuple[Sliced, ...]
    oracle: Oracle | None
    reasons: ReasonMeasures | None
    reason_oracle: ReasonAgreement | None
    drivers: DriverMeasures
    business: dict[str, Policy]
    undefined: tuple[Undefined, ...]
    unsent: Unsent | None = None
    interval: IntervalMeasures | None = None
    joint: JointMeasures | None = None
    level: LevelMeasures | None = None


def measure(
    scored: ScoredLines, overall: Floats | None, truth: ShopTruth, params: Evaluation, costs: Costs, currency: str
) -> Measured:
    """Measure the scored test lines.

    Parameters
    ----------
    scored
        As `training.evaluation.scored_lines.scored_lines` gives them.
    overall
        The whole shop's shares of reasons (`training.evaluation.reasons.overall_shares`); None for a source without
        reasons.
    truth
        The truth of these lines, on a simulated shop.
    params
        The section ``evaluation``.
    currency
        The currency of the prices, an ISO code.

    Raises
    ------
    UndefinedMetricError
        A probability is missing, or outside [0, 1].
    """
    attempts, lines = Attempts(), scored.lines
    y, p = metrics.checked(lines["label"], lines["probability"])
    bins, draw = params.calibration_bins, Draw(params.bootstrap_resamples, params.bootstrap_seed)
    test = measures(y, p, bins, attempts, "test")
    reasons = _reason_test(scored, overall, y, p)
    rivals = {name: lines[BASELINE + name].to_numpy(dtype=np.float64) for name in baseline_names(lines)}
    differences = _differences(y, p, rivals, attempts)
    intervals = _intervals(y, p, differences, customers(lines), draw, attempts)
    value = lines["price_minor"].to_numpy(dtype=np.float64) * lines["quantity"].to_numpy(dtype=np.float64)
    return Measured(
        test=test,
        intervals={name: interval for name, interval in intervals.items() if name not in differences},
        baselines={
            name: _comparison(
                y, rival, differences.get(BASELINE + name), intervals.get(BASELINE + name), attempts, name
            )
            for name, rival in rivals.items()
        },
        slices=tuple(_sliced(scored, reasons, truth.probability, params, currency, attempts)),
        interval=None if scored.level is None else measure_intervals(lines, scored.level, truth.probability),
        joint=None if scored.joint is None else measure_joint(scored, scored.joint),
        level=measure_level(lines),
        oracle=(
            None
            if truth.probability is None
            else attempts.value("oracle", oracle.measure, y, p, truth.probability, bins)
        ),
        reasons=None if reasons is None else attempts.value("reasons", measure_reasons, reasons, bins, draw, attempts),
        reason_oracle=_reason_oracle(reasons, truth.reasons, attempts),
        drivers=measure_explained(scored.explained, p, truth.drivers, attempts),
        business=policies(y, p, value, costs),
        undefined=tuple(sorted(attempts.undefined, key=lambda undefined: undefined.metric)),
    )


def _reason_test(scored: ScoredLines, overall: Floats | None, y: Floats, p: Floats) -> ReasonTest | None:
    reasons = scored.reasons
    if reasons is None or overall is None:
        return None
    owners = customers(scored.lines[reasons.recorded >= 0])
    return ReasonTest(reasons.predicted, reasons.recorded, reasons.shares, overall, p, y, owners)


def _reason_oracle(reasons: ReasonTest | None, truth: Floats | None, attempts: Attempts) -> ReasonAgreement | None:
    """Compare the predicted reasons of returned lines with the true ones."""
    if reasons is None or truth is None:
        return None
    back = reasons.returned == 1
    of_returned = reasons.predicted[back], truth[back], reasons.recorded[back]
    return attempts.value("reasons.oracle", oracle.measure_reasons, *of_returned)


def _sliced(
    scored: ScoredLines,
    reasons: ReasonTest | None,
    truth: Floats | None,
    params: Evaluation,
    currency: str,
    attempts: Attempts,
) -> Iterator[Sliced]:
    y, p = metrics.checked(scored.lines["label"], scored.lines["probability"])
    prices, owners = PriceBands(params.price_bands, currency), customers(scored.lines)
    draw = Draw(params.bootstrap_resamples, params.bootstrap_seed)
    pieces = slices(
        scored.lines,
        prices=prices,
        max_categories=params.max_categories,
        personal=scored.personal,
        bands=params.price_bands,
    )
    for piece in pieces:
        path, mask = f"slices.{piece.kind}.{piece.name}", piece.mask
        yield Sliced(
            kind=piece.kind,
            name=piece.name,
            meaning=piece.meaning,
            measures=measures(y[mask], p[mask], params.calibration_bins, attempts, path),
            reasons=None if reasons is None else reason_slice(reasons, mask, attempts, f"reasons.{path}"),
            drivers=driver_slice(scored.explained, mask),
            coverage=None if truth is None or scored.level is None else against_truth(scored.lines, truth, mask),
            intervals=_slice_intervals(y[mask], p[mask], owners[mask], draw, attempts, path),
        )


def _slice_intervals(
    y: Floats, p: Floats, owners: Ints, draw: Draw, attempts: Attempts, path: str
) -> Mapping[str, Interval]:
    paths = tuple(f"{path}.{name}_{end}" for name in OF_SLICES for end in ("low", "high"))
    columns = {name: values for name, values in headline_columns(y, p).items() if name in OF_SLICES}
    codes = np.unique(owners, return_inverse=True)[1].astype(np.int64)
    found = dict(attempts.value(paths, mean_intervals, columns, codes, draw) or {})
    if "calibration_gap" in found:
        found["calibration_gap"] = gap_interval(found["calibration_gap"], y, p)
    return found


def measures(y: Floats, p: Floats, bins: int, attempts: Attempts, path: str) -> Measures:
    """Compute the metrics of some lines; ``attempts`` notes those without a value below ``path``."""
    line_paths = (f"{path}.calibration_slope", f"{path}.calibration_intercept")
    line = attempts.value(line_paths, metrics.calibration_line, y, p)
    return Measures(
        lines=len(y),
        return_rate=float(y.mean()),
        mean_probability=float(p.mean()),
        returns_observed=int(y.sum()),
        returns_expected=float(p.sum()),
        log_loss=attempts.value(f"{path}.log_loss", metrics.log_loss, y, p),
        brier=metrics.brier(y, p),
        roc_auc=attempts.value(f"{path}.roc_auc", metrics.roc_auc, y, p),
        average_precision=attempts.value(f"{path}.average_precision", metrics.average_precision, y, p),
        ece=metrics.ece(y, p, bins),
        ece_noise=metrics.ece_noise(p, bins),
        calibration_slope=line[0] if line else None,
        calibration_intercept=line[1] if line else None,
    )


def baseline_names(lines: pd.DataFrame) -> list[str]:
    """List the names of the baselines that scored the lines, sorted."""
    return sorted(str(name).removeprefix(BASELINE) for name in lines if str(name).startswith(BASELINE))


def customers(lines: pd.DataFrame) -> Ints:
    """Assign a code from 0 to each customer, and to each order of a guest: int64 of shape (n,)."""
    customer, order = pd.factorize(lines["customer_id"])[0], pd.factorize(lines["order_id"])[0]
    owner = np.where(customer >= 0, customer, customer.max(initial=-1) + 1 + order)
    return pd.factorize(owner)[0].astype(np.int64)


def _differences(y: Floats, p: Floats, rivals: dict[str, Floats], attempts: Attempts) -> dict[str, Floats]:
    found = {}
    for name, rival in rivals.items():
        paths = tuple(f"baselines.{name}.{key}" for key in ("difference", "difference_low", "difference_high"))
        difference = attempts.value(paths, _difference, y, p, rival)
        if difference is not None:
            found[BASELINE + name] = difference
    return found


def _difference(y: Floats, p: Floats, rival: Floats) -> Floats:
    return metrics.log_losses(y, p) - metrics.log_losses(y, rival)


def _intervals(
    y: Floats, p: Floats, differences: dict[str, Floats], owners: Ints, draw: Draw, attempts: Attempts
) -> dict[str, Interval]:
    paths = [f"test.{name}_{end}" for name in HEADLINE for end in ("low", "high")]
    paths += [
        f"baselines.{name.removeprefix(BASELINE)}.difference_{end}" for name in differences for end in ("low", "high")
    ]
    means = attempts.value(tuple(paths), _mean_intervals, y, p, differences, owners, draw)
    ranked = tuple(f"test.{name}_{end}" for name in RANKED for end in ("low", "high"))
    ranks = attempts.value(ranked, ranking_intervals, y, p, owners, draw)
    return (means or {}) | (ranks or {})


def _mean_intervals(
    y: Floats, p: Floats, differences: dict[str, Floats], owners: Ints, draw: Draw
) -> dict[str, Interval]:
    return mean_intervals(headline_columns(y, p) | differences, owners, draw)


def _comparison(
    y: Floats, rival: Floats, difference: Floats | None, interval: Interval | None, attempts: Attempts, name: str
) -> Comparison:
    path = f"baselines.{name}"
    return Comparison(
        log_loss=attempts.value(f"{path}.log_loss", metrics.log_loss, y, rival),
        roc_auc=attempts.value(f"{path}.roc_auc", metrics.roc_auc, y, rival),
        brier=metrics.brier(y, rival),
        average_precision=attempts.value(f"{path}.average_precision", metrics.average_precision, y, rival),
        difference=None if difference is None else float(difference.mean()),
        difference_low=interval.low if interval else None,
        difference_high=interval.high if interval else None,
    )


def read_truths(scored: ScoredLines, path: Path = TRUTH_FILE) -> ShopTruth:
    """Read the truth of the test lines; all None for a real shop.

    Raises
    ------
    UserError
        The truth lacks a line or a column.
    """
    line_ids = pa.array(scored.lines["line_id"])
    return ShopTruth(
        probability=read_truth(line_ids, path),
        reasons=None if scored.reasons is None else read_true_reasons(line_ids, REASONS, path),
        drivers=read_true_drivers(line_ids.take(pa.array(scored.explained.places)), path),
    )
