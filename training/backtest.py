"""Stage backtest: train and test on earlier spans of time, to see how far the figures of the final test vary."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace
from pathlib import Path

import pandas as pd

from data import params
from data.files import write_bytes, write_json
from data.progress import journal
from data.progress.steps import counted
from data.stage import run
from data.writing import csv_text
from features import catalog, recipe
from features.catalog import CATALOG_FILE
from training.evaluation.backtest import BacktestParams, Fold, Method, Predictions, folds, run_fold, summary
from training.model import fit
from training.model.booster import ModelParams
from training.model.calibrate import CalibrationParams
from training.model.level.level import LevelParams
from training.model.linear.fit import LinearParams
from training.model.split import Split, SplitParams, read_times
from training.registry.provenance import file_digest

TABLE_FILE = Path("reports/backtest.csv")
SUMMARY_FILE = Path("reports/backtest.json")
PREDICTIONS_FILE = Path("reports/backtest_predictions.parquet")
AT_ONCE_LINES = 1_000_000
"""The training lines of all folds that run at once, at most: so many take about 7 GB."""


def main() -> None:
    """Run the stage on the project's matrix."""
    training = fit.Training(
        model=params.load("model", ModelParams),
        calibration=params.load("calibration", CalibrationParams),
        reasons=None,
        recipe=recipe.read(),
        linear=params.load("linear", LinearParams),
    )
    times, entries = read_times(), catalog.read(CATALOG_FILE)
    backtest = params.load("backtest", BacktestParams)
    splits = folds(times, params.load("split", SplitParams), backtest)
    method = Method(entries, training, params.load("level", LevelParams), backtest.calibration_bins)
    results, predictions = _run(splits, times, method)
    columns = list(Fold.__dataclass_fields__)
    write_bytes(csv_text.for_programs(columns, [astuple(fold) for fold in results]), TABLE_FILE)
    write_json(summary(results), SUMMARY_FILE)
    predictions.write(PREDICTIONS_FILE)
    journal.note(TABLE_FILE, file_digest(TABLE_FILE))


def _run(splits: Sequence[Split], times: pd.DataFrame, method: Method) -> tuple[list[Fold], Predictions]:
    """Run all folds, in threads of their own where memory holds several: most of a training runs on one core."""
    at_once, each = _at_once(splits, times, method)
    parts = [Predictions([]) for _ in splits]
    with ThreadPoolExecutor(at_once) as pool:
        running = [
            pool.submit(run_fold, number, split, times, each, part)
            for number, (split, part) in enumerate(zip(splits, parts, strict=True), 1)
        ]
        try:
            results = [fold.result() for fold in counted(running, "backtest", "folds")]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # after an error, or Ctrl-C, no other fold begins
    return results, Predictions([table for part in parts for table in part.parts])


def _at_once(splits: Sequence[Split], times: pd.DataFrame, method: Method) -> tuple[int, Method]:
    """How many folds run at once, and the method of each: the threads are shared out evenly among them."""
    model = method.training.model
    lines = max((int(split.train.holds(times).sum()) for split in splits), default=0)
    at_once = max(1, min(model.threads, len(splits), AT_ONCE_LINES // max(lines, 1)))
    shared = model.model_copy(update={"threads": model.threads // at_once})
    return at_once, replace(method, training=replace(method.training, model=shared))


if __name__ == "__main__":
    run(main)
