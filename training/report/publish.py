"""The files of one evaluation: metrics, predictions, the page of its report, its plots and their tables."""

from pathlib import Path
from typing import Any

import pandas as pd

from data.files import read_json, write_json, write_text
from data.logs import log
from training.evaluation.headline import headline
from training.evaluation.measure import Measured
from training.evaluation.metrics_tree import tree
from training.evaluation.scored_lines import ScoredLines, write_predictions
from training.report import curves
from training.report.page import Origin, render
from training.report.plots import write_figures, write_tables
from training.report.templates import EVALUATED

BACKTEST, REPORTS = Path("reports/backtest.csv"), Path("reports")
BACKTEST_MEANS = Path("reports/backtest.json")


def plot_tables(
    scored: ScoredLines, measured: Measured, gains: dict[str, float], bins: int, backtest: Path = BACKTEST
) -> dict[str, pd.DataFrame]:
    """Make the table of each plot.

    The tables of reasons are absent where the source records no reasons. The table of the backtest is read from its
    stage's file, and absent without the file.
    """
    lines = scored.lines
    y, p = lines["label"].to_numpy("float64"), lines["probability"].to_numpy("float64")
    tables = {
        "calibration": curves.calibration(y, p, bins),
        "precision_recall": curves.precision_recall(y, p),
        "lift": curves.lift(y, p),
        "importance": curves.importance(gains),
        "months": curves.expected_observed(measured.slices, "month"),
        "drivers": curves.drivers(measured.drivers.overall),
    }
    if scored.reasons is not None and measured.reasons is not None:
        tables["reasons"] = curves.reasons(measured.reasons)
        tables["reason_confusion"] = curves.reason_confusion(scored.reasons.predicted, scored.reasons.recorded)
    if backtest.is_file():
        folds = pd.read_csv(backtest)
        tables["backtest"] = folds.assign(
            test_from=folds["test_from"].str[:10], test_until=folds["test_until"].str[:10]
        )
    else:
        log.warning("no %s: report and plots have no backtest; run it with dvc repro backtest", backtest)
    return tables


def publish(
    scored: ScoredLines,
    measured: Measured,
    tables: dict[str, pd.DataFrame],
    origin: Origin,
    reports: Path = REPORTS,
    backtest: Path = BACKTEST_MEANS,
) -> None:
    """Write the files of the evaluation into ``reports``."""
    reports.mkdir(parents=True, exist_ok=True)
    write_predictions(scored, reports / "predictions.parquet")
    write_tables(tables, reports / "plots")
    write_figures(tables, reports / "figures")
    write_text(render(measured, origin, tables), reports / EVALUATED.name)
    content = tree(measured)
    write_json(content, reports / "evaluation.json")
    write_json(headline(content, _backtest(backtest)), reports / "metrics.json")


def _backtest(file: Path) -> dict[str, Any]:
    """The means of the backtest; nothing without the file, of which `plot_tables` warns."""
    return read_json(file) if file.is_file() else {}
