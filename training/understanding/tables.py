"""The tables that the stages write: CSV files of rounded numbers, with the same bytes for the same rows."""

from pathlib import Path

import pandas as pd

from data.files import write_bytes
from training.report.tables import as_csv

FOLDER = Path("reports/understanding")
CURVE, ABLATION = FOLDER / "learning_curve.csv", FOLDER / "ablation.csv"
EFFECTS, CALIBRATION = FOLDER / "effects.csv", FOLDER / "calibration.csv"
ERROR_SLICES, LINES = FOLDER / "error_slices.csv", FOLDER / "lines.parquet"
REPORT = FOLDER / "report.html"
COMPARISON = FOLDER / "comparison"
"""The folder of the last comparison of two runs, which no stage writes."""


def write(table: pd.DataFrame, file: Path) -> None:
    """Write ``table`` without its index."""
    write_bytes(as_csv(table), file)
