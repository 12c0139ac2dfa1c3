"""Stage backtest: train and test on earlier spans of time, to see how far the figures of the final test vary."""

from dataclasses import astuple
from pathlib import Path

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
from training.model.split import SplitParams, read_times
from training.registry.provenance import file_digest

TABLE_FILE = Path("reports/backtest.csv")
SUMMARY_FILE = Path("reports/backtest.json")
PREDICTIONS_FILE = Path("reports/backtest_predictions.parquet")


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
    predictions = Predictions([])
    numbered = counted(list(enumerate(splits, 1)), "backtest", "folds")
    results = [run_fold(number, split, times, method, predictions) for number, split in numbered]
    columns = list(Fold.__dataclass_fields__)
    write_bytes(csv_text.for_programs(columns, [astuple(fold) for fold in results]), TABLE_FILE)
    write_json(summary(results), SUMMARY_FILE)
    predictions.write(PREDICTIONS_FILE)
    journal.note(TABLE_FILE, file_digest(TABLE_FILE))


if __name__ == "__main__":
    run(main)
