"""The test lines with what the bundle and the baselines say of each, read and scored in batches."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from data.errors import UserError
from data.schema import TIME
from training.ranking import Floats

BATCH_LINES = 100_000
"""Lines scored at once: what bounds the memory, whatever the number of test lines."""
BASELINE = "baseline_"
"""A baseline's probabilities stand in the column of this prefix and its name."""
KEPT = (
    "line_id",
    "order_id",
    "customer_id",
    "ordered_at",
    "label",
    "quantity",
    "price_minor",
    "customer_lines",
    "product_lines",
    "basket_lines",
)
OPTIONAL = ("category",)


class Scores(Protocol):
    """What a bundle says of n lines: float64 of shape (n,) each."""

    @property
    def probability(self) -> Floats:
        """The calibrated probability of a return."""

    @property
    def low(self) -> Floats:
        """The lower end of its interval."""

    @property
    def high(self) -> Floats:
        """The upper end of its interval."""


class Scorer(Protocol):
    """The one way of a bundle to score lines."""

    def score(self, frame: pd.DataFrame) -> Scores:
        """Score the lines of ``frame``."""


class Baseline(Protocol):
    """The one way of a baseline to score lines."""

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Predict the probability of a return of the lines of ``frame``."""


class Window(Protocol):
    """The part of the split that is tested on: settled lines ordered in [test_from, test_until)."""

    @property
    def test_from(self) -> pd.Timestamp:
        """When the test begins."""

    @property
    def test_until(self) -> pd.Timestamp:
        """When the test has ended."""

    def test(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say which lines of ``frame`` are tested on."""


def scored_lines(matrix: Path, window: Window, bundle: Scorer, baselines: Mapping[str, Baseline]) -> pd.DataFrame:
    """Score the settled test lines of the matrix, in its order.

    Returns
    -------
    pandas.DataFrame
        A row a test line: what slices and costs need of it, ``probability``, ``low`` and ``high`` of the bundle, and
        ``baseline_NAME`` of each baseline, all float64.

    Raises
    ------
    UserError
        There is no settled line in the test window.
    """
    parts = [_score(frame, bundle, baselines) for frame in _test_batches(matrix, window)]
    if not parts:
        raise UserError(
            expected="order lines with a known outcome in the test window",
            found=f"none in {matrix}",
            fix="set split.* in params.yaml so that outcomes are settled before the data end",
        )
    lines = pd.concat(parts, ignore_index=True)
    lines["label"] = lines["label"].astype("int8")
    return lines


def write_predictions(lines: pd.DataFrame, path: Path) -> None:
    """Write what was predicted of each test line, a row a line, in the order given; the file appears when complete."""
    columns = ["line_id", "ordered_at", "label", "probability", "low", "high"]
    columns += [str(name) for name in lines if str(name).startswith(BASELINE)]
    partial = path.with_suffix(".partial")
    pq.write_table(pa.Table.from_pandas(lines[columns], preserve_index=False).replace_schema_metadata(None), partial)
    partial.replace(path)


def _test_batches(matrix: Path, window: Window) -> Iterator[pd.DataFrame]:
    """Read the test lines in batches. The filter only spares reading: which lines are tested on, the split says."""
    ordered = pc.field("ordered_at")
    about = (ordered >= _scalar(window.test_from)) & (ordered < _scalar(window.test_until))
    for batch in ds.dataset(matrix).to_batches(filter=about, batch_size=BATCH_LINES, use_threads=False):
        times = batch.select(["ordered_at", "label"]).to_pandas()
        chosen = window.test(times)
        if chosen.any():
            yield batch.filter(pa.array(chosen)).to_pandas()


def _scalar(time: pd.Timestamp) -> pa.Scalar:
    return pa.scalar(time.to_pydatetime(), TIME)


def _score(frame: pd.DataFrame, bundle: Scorer, baselines: Mapping[str, Baseline]) -> pd.DataFrame:
    scores = bundle.score(frame)
    kept = frame[[*KEPT, *(name for name in OPTIONAL if name in frame)]].copy()
    kept["probability"], kept["low"], kept["high"] = scores.probability, scores.low, scores.high
    for name, baseline in baselines.items():
        kept[BASELINE + name] = baseline.predict(frame)
    return kept
