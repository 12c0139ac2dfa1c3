"""What renamed labels do to the scores: each field with labels is renamed in turn, from a week into the test on.

``python -m tests.benchmarks.renamed_labels [FIELD …]`` copies the validated tables of the last ``dvc repro`` of this
folder, renames the labels of the later lines, computes the features anew, and scores the later test lines with the
trained bundle: with the new labels as they are, and as the service does, which takes a label that is not known for a
missing field. It prints the mean score beside the rate that came, and the log-loss.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data import params, tables
from data.arrays import Floats
from data.outcome import OutcomeParams
from data.schema import ORDER_LINES, PRODUCT_CHANGES, PRODUCTS
from data.tables import VALIDATED
from features.build import build
from features.catalog import LINES_FILE
from features.params import FeatureParams
from training.model import split
from training.model.bundle import Bundle
from training.model.split import DAY

AFTER = 7 * DAY


@dataclass(frozen=True)
class Scored:
    """The later test lines of one shop: their outcomes, and their scores with new labels as they are, and as known."""

    label: Floats
    as_written: Floats
    as_known: Floats


def main(fields: list[str]) -> None:
    """Print a row for the shop as it is, and one for each of ``fields``."""
    bundle, parts = Bundle.load(), split.load()
    since = parts.test_from + AFTER
    print("renamed | came | as written | as known | log-loss as written | as known")
    for field in ["", *(fields or sorted(bundle.known_labels))]:
        found = _scored(bundle, field, since, parts.test_until)
        losses = [_log_loss(found.label, each) for each in (found.as_written, found.as_known)]
        means = [f"{each.mean():.1%}" for each in (found.label, found.as_written, found.as_known)]
        print(" | ".join([field or "nothing", *means, *(f"{each:.4f}" for each in losses)]), flush=True)


def _scored(bundle: Bundle, field: str, since: pd.Timestamp, until: pd.Timestamp) -> Scored:
    used, outcome = params.load("features", FeatureParams), params.load("outcome", OutcomeParams)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        validated = shutil.copytree(VALIDATED, folder / "validated")
        if field:
            _rename(validated, field, since)
        for written, labels in (("every", None), ("known", bundle.known_labels)):
            build(validated, folder / written, used, outcome, labels)
        every, late_lines = (pd.read_parquet(folder / each / LINES_FILE.name) for each in ("every", "known"))
    at = late_lines["ordered_at"]
    late_lines = late_lines[(at >= since) & (at < until) & late_lines["label"].isin([0, 1])]
    every = every.set_index("line_id").loc[late_lines["line_id"]]
    scores = [bundle.probabilities(bundle.rows(each, bundle.score_features)) for each in (every, late_lines)]
    return Scored(late_lines["label"].to_numpy(dtype=np.float64), *scores)


def _rename(validated: Path, field: str, since: pd.Timestamp) -> None:
    """Write new labels of ``field`` for the lines from ``since`` on; products change at this time."""
    if not field.startswith("product."):
        lines = pq.read_table(tables.path(ORDER_LINES, validated))
        frame = lines.to_pandas()
        later = frame["ordered_at"] >= since
        frame.loc[later, field] = "v2 " + frame.loc[later, field]
        changed = pa.Table.from_pandas(frame, schema=lines.schema, preserve_index=False)
        pq.write_table(changed, tables.path(ORDER_LINES, validated))
        return
    column = field.removeprefix("product.")
    products = pq.read_table(tables.path(PRODUCTS, validated)).to_pandas()
    at = pd.Series(since - DAY / 24, index=products.index).astype("datetime64[us]")
    ids, new = "change of " + products["product_id"], "v2 " + products[column]
    changes = pd.DataFrame({"change_id": ids, "product_id": products["product_id"], "changed_at": at, column: new})
    changes.to_parquet(tables.path(PRODUCT_CHANGES, validated))


def _log_loss(label: Floats, probability: Floats) -> float:
    return float(-np.mean(label * np.log(probability) + (1 - label) * np.log1p(-probability)))


if __name__ == "__main__":
    main(sys.argv[1:])
