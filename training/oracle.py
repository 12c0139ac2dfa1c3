"""The distance to the truth, on a simulated shop: how well the probabilities could have been known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data.errors import UserError
from training.metrics import log_loss, mass_bins, roc_auc
from training.ranking import Floats

TRUTH_FILE = Path("data/truth/truth.parquet")


@dataclass(frozen=True)
class Oracle:
    """The simulator's own probabilities measured as if they were a model's, and the model's distance to them.

    ``log_loss_excess``: the model's log-loss minus that of the truth, in nats. ``root_mean_square_error``: of the
    model's probability against the true one, line by line. ``calibration_error``: mean absolute difference of the two
    averages in bins of equal mass, which the luck of the outcomes doesn't touch, as it does the `ece`.
    """

    lines: int
    log_loss: float
    roc_auc: float
    mean_probability: float
    log_loss_excess: float
    root_mean_square_error: float
    calibration_error: float


def measure(y: Floats, p: Floats, truth: Floats, bins: int) -> Oracle:
    """Compare the model's probabilities ``p`` and the outcomes ``y`` with the true probabilities, shape (n,) each.

    Raises
    ------
    UndefinedMetricError
        An outcome has the true probability zero, or all lines have the same outcome.
    """
    loss = log_loss(y, truth)
    gaps = np.bincount(mass_bins(p, bins), weights=p - truth)
    return Oracle(
        lines=len(y),
        log_loss=loss,
        roc_auc=roc_auc(y, truth),
        mean_probability=float(truth.mean()),
        log_loss_excess=log_loss(y, p) - loss,
        root_mean_square_error=float(np.sqrt(np.mean((p - truth) ** 2))),
        calibration_error=float(np.abs(gaps).sum() / len(p)),
    )


def read_truth(line_ids: pa.Array, path: Path = TRUTH_FILE) -> Floats | None:
    """Read the true probability of each line, float64 of shape (n,) in the order given; None for a real shop.

    Raises
    ------
    UserError
        The truth lacks a line.
    """
    if not path.is_file():
        return None
    table = ds.dataset(path).to_table(
        columns=["line_id", "return_probability"], filter=pc.field("line_id").isin(line_ids)
    )
    places = pc.index_in(line_ids, value_set=table["line_id"].combine_chunks())
    if places.null_count:
        missing = line_ids.filter(pc.is_null(places))[0].as_py()
        raise UserError(
            expected=f"the true probability of each of the {len(line_ids)} test lines in {path}",
            found=f"none for {places.null_count} lines, the first of them {missing!r}",
            fix="make the simulated shop anew: dvc repro --force ingest",
        )
    truth: Floats = table["return_probability"].take(places).to_numpy().astype(np.float64)
    return truth
