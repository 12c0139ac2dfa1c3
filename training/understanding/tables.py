"""The tables that the stages write: CSV files of rounded numbers, with the same bytes for the same rows."""

from pathlib import Path

import pandas as pd

from data.files import DIGITS, write_bytes
from data.writing import csv_text

FOLDER = Path("reports/understanding")
CURVE, ABLATION = FOLDER / "learning_curve.csv", FOLDER / "ablation.csv"
EFFECTS, CALIBRATION = FOLDER / "effects.csv", FOLDER / "calibration.csv"
ERROR_SLICES, LINES = FOLDER / "error_slices.csv", FOLDER / "lines.parquet"
REPORT = FOLDER / "report.html"
COMPARISON = FOLDER / "comparison"
"""The folder of the last comparison of two runs, which no stage writes."""


def write(table: pd.DataFrame, file: Path) -> None:
    """Write ``table`` without its index."""
    rounded = table.round(DIGITS)
    columns = [rounded[name].astype(object).tolist() for name in rounded.columns]
    rows = list(zip(*columns, strict=True))
    write_bytes(csv_text.for_programs(rounded.columns.tolist(), rows), file)
