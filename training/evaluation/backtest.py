"""Backtest: training and test repeated on earlier spans of time."""

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from data.arrays import Floats
from data.files import whole_file
from data.logs import log
from data.params import Section
from data.progress.steps import step
from data.schema import TIME
from features.catalog import LINES_FILE, CatalogEntry
from training.evaluation import metrics
from training.model import fit
from training.model.level.days import daily_levels
from training.model.level.level import LevelParams
from training.model.matrix import Rows, read_rows
from training.model.split import DAY, Split, SplitParams, cut, empty_parts, final_split, refuse_empty

DIGITS = 6
PREDICTIONS = pa.schema(
    [
        ("fold", pa.int64()),
        ("line_id", pa.string()),
        ("ordered_at", TIME),
        ("label", pa.int8()),
        ("probability", pa.float64()),
    ]
)
"""The predictions of all folds, a row a line: its outcome, and the probability by the model of its fold."""


class BacktestParams(Section):
    """The section ``backtest`` of params.yaml."""

    folds: Annotated[int, Field(ge=0, le=100)]
    fold_days: Annotated[int, Field(ge=1, le=3650)]
    calibration_bins: Annotated[int, Field(ge=2, le=100)]


@dataclass(frozen=True)
class Fold:
    """One fold: its span (ISO dates), its lines, and the metrics of a model that was trained before it.

    ``baseline_log_loss`` is the log-loss of the global rate. Each line is scored with the level of its day:
    ``log_loss_without_level`` is the log-loss of the same model without it, and ``last_shift`` the level of the last
    day.
    """

    fold: int
    test_from: str
    test_until: str
    train_lines: int
    lines: int
    return_rate: float
    log_loss: float
    roc_auc: float
    brier: float
    ece: float
    baseline_log_loss: float
    log_loss_without_level: float
    last_shift: float


def folds(times: pd.DataFrame, days: SplitParams, backtest: BacktestParams) -> list[Split]:
    """The folds, oldest first: spans of ``fold_days``, the last of which ends where the final test begins."""
    final = final_split(times, days)
    splits = [_fold(final, back * backtest.fold_days, days, backtest) for back in range(backtest.folds, 0, -1)]
    for split in splits:
        refuse_empty(split, times, lambda: _fix(splits, times))
    return splits


def _fold(final: Split, days_before: int, days: SplitParams, backtest: BacktestParams) -> Split:
    test_from = final.test_from - days_before * DAY
    return cut(final.train.since, test_from, test_from + backtest.fold_days * DAY, days)


def _fix(splits: list[Split], times: pd.DataFrame) -> str:
    """Say how many of the folds, the latest ones, the orders reach back for."""
    fitting = len(list(takewhile(lambda split: not empty_parts(split, times), reversed(splits))))
    return f"set backtest.folds: {fitting} in params.yaml, as many as fit these orders; or shorten backtest.fold_days"


@dataclass(frozen=True)
class Method:
    """How each fold is trained and scored."""

    entries: list[CatalogEntry]
    training: fit.Training
    level: LevelParams
    bins: int


@dataclass(frozen=True)
class Predictions:
    """The predictions of the folds so far, each a table with the columns of `PREDICTIONS`."""

    parts: list[pa.Table]

    def write(self, file: Path) -> None:
        """Write them as one table, in the order of the folds; without a fold, a table without rows."""
        table = pa.concat_tables([PREDICTIONS.empty_table(), *self.parts])
        with whole_file(file) as unfinished:
            pq.write_table(table, unfinished)


@dataclass(frozen=True)
class ScoredFold:
    """The lines of a fold in the matrix's order: outcomes, probabilities with and without level, levels; shape (n,)."""

    y: npt.NDArray[np.int8]
    probability: Floats
    without_level: Floats
    shift: Floats
    trained_on: Rows


def score_fold(split: Split, times: pd.DataFrame, method: Method, matrix: Path = LINES_FILE) -> ScoredFold:
    """Train a bundle on lines before the fold, and score the fold by it, each line at the level of its day."""
    bundle, trained_on = fit.train(matrix, times, split, method.entries, method.training)
    chosen = split.test(times)
    tested, ordered = read_rows(matrix, bundle.score_features, chosen), times["ordered_at"][chosen]
    shift = daily_levels(bundle, matrix, times, ordered, method.level).shifts(ordered)
    frame = pd.DataFrame(tested.x, columns=list(bundle.score_features), copy=False)
    at_level, without = bundle.score(frame, shift).probability, bundle.score(frame).probability
    return ScoredFold(tested.y, at_level, without, shift, trained_on)


def run_fold(
    number: int,
    split: Split,
    times: pd.DataFrame,
    method: Method,
    predictions: Predictions | None = None,
) -> Fold:
    """Train a bundle on lines before the fold, and measure its score on the fold.

    ``predictions`` takes those of the fold, where given.
    """
    with step(f"fold {number}"):
        return _run_fold(number, split, times, method, predictions)


def _run_fold(number: int, split: Split, times: pd.DataFrame, method: Method, predictions: Predictions | None) -> Fold:
    scored = score_fold(split, times, method)
    y, p, trained_on, bins = scored.y, scored.probability, scored.trained_on, method.bins
    if predictions is not None:
        chosen = split.test(times)
        ids = pq.read_table(LINES_FILE, columns=["line_id"]).column(0).filter(pa.array(chosen))
        ordered = pa.array(times["ordered_at"][chosen], TIME)
        columns = {"line_id": ids, "ordered_at": ordered, "label": y, "probability": p}
        predictions.parts.append(pa.table({"fold": np.full(len(y), number), **columns}).cast(PREDICTIONS))
    fold = Fold(
        fold=number,
        test_from=f"{split.test_from:%Y-%m-%d}",
        test_until=f"{split.test_until:%Y-%m-%d}",
        train_lines=len(trained_on.y),
        lines=len(y),
        return_rate=round(float(y.mean()), DIGITS),
        log_loss=round(metrics.log_loss(y, p), DIGITS),
        roc_auc=round(metrics.roc_auc(y, p), DIGITS),
        brier=round(metrics.brier(y, p), DIGITS),
        ece=round(metrics.ece(y, p, bins), DIGITS),
        baseline_log_loss=round(metrics.log_loss(y, np.full(len(y), trained_on.y.mean())), DIGITS),
        log_loss_without_level=round(metrics.log_loss(y, scored.without_level), DIGITS),
        last_shift=round(float(scored.shift[-1]), DIGITS),
    )
    log.info("fold %d, from %s: log-loss %.4f, AUC %.4f", number, fold.test_from, fold.log_loss, fold.roc_auc)
    return fold


def summary(results: list[Fold]) -> dict[str, float | int]:
    """Mean and spread (standard deviation between folds) of each metric."""
    content: dict[str, float | int] = {"folds": len(results)}
    for name in ("log_loss", "log_loss_without_level", "roc_auc", "brier", "ece", "return_rate"):
        values = np.array([getattr(fold, name) for fold in results])
        if len(values):
            content |= {f"{name}_mean": round(float(values.mean()), DIGITS)}
        if len(values) > 1:
            content |= {f"{name}_spread": round(float(values.std(ddof=1)), DIGITS)}
    return content
