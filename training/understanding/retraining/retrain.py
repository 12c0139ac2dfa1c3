"""One training more: a model trained on a span, as the pipeline trains it, and its losses on the lines after."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Floats, Ints
from features.catalog import LINES_FILE, CatalogEntry
from training.evaluation import intervals, metrics
from training.evaluation.intervals import Draw, Interval
from training.held_out.clusters import codes_of
from training.model import fit
from training.model.matrix import read_rows
from training.model.split import Split


@dataclass(frozen=True)
class Retrained:
    """A trained model on the n tested lines: ``losses`` in nats, shape (n,), and the lines that it learned from.

    ``roc_auc`` is None where all tested lines have the same outcome.
    """

    losses: Floats
    roc_auc: float | None
    train_lines: int
    features: int

    @property
    def log_loss(self) -> float:
        """Mean of the losses."""
        return float(self.losses.mean())


def retrain(
    times: pd.DataFrame,
    split: Split,
    entries: Sequence[CatalogEntry],
    training: fit.Training,
    matrix: Path = LINES_FILE,
) -> Retrained:
    """Train on ``split`` with the features ``entries`` alone, and score its test lines without a level.

    Parameters
    ----------
    times
        As `training.model.split.read_times` gives them; a line without a label is not learned from.
    """
    bundle, learned = fit.train(matrix, times, split, list(entries), training)
    tested = read_rows(matrix, bundle.score_features, split.test(times))
    p = bundle.probabilities(tested.x)
    return Retrained(metrics.log_losses(tested.y, p), area(tested.y, p), len(learned.y), len(entries))


def area(y: npt.ArrayLike, p: npt.ArrayLike) -> float | None:
    """ROC AUC; None where all lines have the same outcome."""
    try:
        return metrics.roc_auc(y, p)
    except metrics.UndefinedMetricError:
        return None


def customers(times: pd.DataFrame, split: Split, matrix: Path = LINES_FILE) -> Ints:
    """The customer of each test line as a code from 0, shape (n,); each order of guests is a customer of its own."""
    keys = pq.read_table(matrix, columns=["customer_id", "order_id"]).filter(pa.array(split.test(times))).to_pandas()
    return codes_of(keys)


def difference(one: Retrained, other: Retrained, clusters: Ints, draw: Draw) -> tuple[float, Interval]:
    """The mean difference of the losses, line by line, ``one`` minus ``other``, with its interval over customers."""
    each = one.losses - other.losses
    return float(each.mean()), intervals.mean_intervals({"difference": each}, clusters, draw)["difference"]
