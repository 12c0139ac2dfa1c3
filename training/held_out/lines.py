"""Lines that were scored by a model which had not seen them: those of the backtest, and those of the test."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.special import xlog1py, xlogy

from data import tables
from data.errors import UserError
from data.files import whole_file
from data.schema import ORDER_LINES, PRODUCTS
from data.stage import how_to_write
from features.catalog import LINES_FILE
from training.evaluation.metrics import log_losses

BACKTEST, TEST = Path("reports/backtest_predictions.parquet"), Path("reports/predictions.parquet")
PREDICTED = ("line_id", "ordered_at", "label", "probability")
KEYS = ("order_id", "customer_id", "product_id")
LABELS: Mapping[str, tuple[str, ...]] = {
    ORDER_LINES.name: ("payment_method", "channel", "region", "size", "color"),
    PRODUCTS.name: ("department", "category", "brand", "supplier"),
}
"""Columns of labels that slices are made of, by their table."""
TEST_PART = "test"


def scored_lines(features: Sequence[str], validated: Path = tables.VALIDATED) -> pd.DataFrame:
    """Join predictions with keys, ``features`` of the matrix and labels; a row a line, by time and id.

    ``part`` is ``fold N`` for lines of the backtest, which the model of that fold scored, and ``test`` for test lines.
    A line that is in both is taken from the test. Where the source lacks a label's column, the frame does.
    """
    parts = [predictions(TEST, ["line_id"]).assign(part=TEST_PART), predictions(BACKTEST, ["fold"])]
    parts[1]["part"] = "fold " + parts[1].pop("fold").astype(str)
    found = pd.concat([part[[*PREDICTED, "part"]] for part in parts], ignore_index=True)
    found = found.drop_duplicates("line_id").sort_values(["ordered_at", "line_id"], ignore_index=True)
    found["label"] = found["label"].astype("int8")
    joined = found.merge(of_matrix(found["line_id"], features), on="line_id", how="left", validate="one_to_one")
    return with_labels(joined, validated)


def predictions(file: Path, more: Sequence[str]) -> pd.DataFrame:
    """Read the columns `PREDICTED` and ``more`` of predictions.

    Raises
    ------
    UserError
        There are none.
    """
    if not file.is_file():
        raise UserError(expected=f"predictions at {file}", found="no such file", fix=how_to_write(file))
    read: pd.DataFrame = pq.read_table(file, columns=list(dict.fromkeys([*PREDICTED, *more]))).to_pandas()
    return read


def of_matrix(line_ids: pd.Series, features: Sequence[str]) -> pd.DataFrame:
    """Read the keys and ``features`` of these lines from the matrix."""
    wanted = list(dict.fromkeys(["line_id", *KEYS, *features]))
    inside = pc.field("line_id").isin(pa.array(line_ids, pa.string()))
    read: pd.DataFrame = pq.read_table(LINES_FILE, columns=wanted, filters=inside).to_pandas()
    return read


def with_labels(lines: pd.DataFrame, validated: Path) -> pd.DataFrame:
    """Join the columns `LABELS` that the tables in ``validated`` have to lines with ``line_id`` and ``product_id``."""
    for table, key in ((ORDER_LINES, "line_id"), (PRODUCTS, "product_id")):
        present = set(tables.columns(table, validated))
        chosen = [name for name in LABELS[table.name] if name in present]
        if chosen:
            labels = tables.read(table, validated, [key, *chosen]).to_pandas()
            lines = lines.drop(columns=[name for name in chosen if name in lines]).merge(labels, on=key, how="left")
    return lines


def write_lines(lines: pd.DataFrame, file: Path) -> None:
    """Write the lines as parquet, for pandas."""
    table = pa.Table.from_pandas(lines, preserve_index=False).replace_schema_metadata(None)
    with whole_file(file) as unfinished:
        pq.write_table(table, unfinished)


def losses(lines: pd.DataFrame) -> pd.DataFrame:
    """What each line cost and was expected to cost, in nats.

    Returns
    -------
    pandas.DataFrame
        ``gap`` (outcome minus probability), ``loss``, and ``expected_loss``: the entropy of the probability, which is
        the mean loss of lines whose probabilities are right.
    """
    p, y = lines["probability"].to_numpy("float64"), lines["label"].to_numpy("float64")
    entropy = -(xlogy(p, p) + xlog1py(1 - p, -p))
    return pd.DataFrame({"gap": y - p, "loss": log_losses(y, p), "expected_loss": entropy}, index=lines.index)
