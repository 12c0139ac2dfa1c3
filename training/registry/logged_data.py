"""The data of a run as MLflow's data sets: the parts of the matrix that a model learns from, and is tested on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from training.model import split
from training.model.split import SPLIT_FILE

TYPES = {pa.int8(): "integer", pa.int32(): "integer", pa.int64(): "long", pa.float64(): "double", pa.bool_(): "boolean"}
"""MLflow's names of Arrow's types; a time is ``datetime``, and all others are ``string``."""


@dataclass(frozen=True)
class DataPart:
    """One data set of a run.

    ``context``: what the run used it for. ``digest``: of the raw tables, from which it was made. ``source``, ``schema``
    and ``profile``: JSON, as MLflow keeps them.
    """

    name: str
    context: str
    digest: str
    source: str
    schema: str
    profile: str


def data_parts(matrix: Path, shop: str, digest: str, split_file: Path = SPLIT_FILE) -> list[DataPart]:
    """Describe the lines of ``matrix`` that the run trained on, calibrated on and tested on.

    Raises
    ------
    UserError
        The matrix or the split is missing.
    """
    columns = pq.read_schema(matrix)
    source = json.dumps({"uri": matrix.as_posix()})
    schema = json.dumps(
        {"mlflow_colspec": [{"type": _type(field.type), "name": field.name, "required": True} for field in columns]}
    )
    return [
        DataPart(f"{shop} {context}", context, digest, source, schema, json.dumps(_profile(lines, len(columns))))
        for context, lines in _parts(matrix, split_file)
        if len(lines)
    ]


def _parts(matrix: Path, split_file: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    spans, times = split.load(split_file), split.read_times(matrix)
    yield "training", times[spans.train.holds(times)]
    yield "calibration", times[spans.calibration.holds(times)]
    yield "testing", times[spans.test(times)]


def _profile(lines: pd.DataFrame, columns: int) -> dict[str, int | float | str]:
    return {
        "num_rows": len(lines),
        "num_elements": len(lines) * columns,
        "return_rate": round(float(lines["label"].astype("float64").mean()), 6),
        "ordered_from": lines["ordered_at"].min().isoformat(),
        "ordered_until": lines["ordered_at"].max().isoformat(),
    }


def _type(of: pa.DataType) -> str:
    return "datetime" if pa.types.is_timestamp(of) else TYPES.get(of, "string")
