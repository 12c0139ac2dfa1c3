"""Tables as files of the reports, and as rows of their pages."""

from typing import Any

import pandas as pd

from data.files import DIGITS
from data.writing import csv_text

Rows = list[dict[str, Any]]


def as_csv(table: pd.DataFrame) -> bytes:
    """Write ``table`` without its index, numbers rounded as metrics are: the same bytes for the same rows."""
    rounded = table.round(DIGITS)
    columns = [rounded[name].astype(object).tolist() for name in rounded.columns]
    return csv_text.for_programs(rounded.columns.tolist(), list(zip(*columns, strict=True)))


def rows(table: pd.DataFrame) -> Rows:
    """The rows of ``table`` for a template, None where a value is missing."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
