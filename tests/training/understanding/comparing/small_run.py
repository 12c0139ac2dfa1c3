"""A run of the pipeline in a folder, as far as a comparison reads it: small, and quick to train."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from features.catalog import CatalogEntry
from tests.training.small_matrix import CATALOG, SPLIT, TRAINING, matrix_frame, write_matrix
from training.model import fit
from training.model.split import final_split

SHIFT = 0.02


def frame() -> pd.DataFrame:
    """The lines of the small matrix, with the features that slices are made of."""
    lines = matrix_frame()
    count = np.arange(len(lines))
    return lines.assign(customer_lines=count % 4, product_lines=count % 3, price_minor=1000 + 7 * (count % 500))


def write_run(
    folder: Path,
    lines: pd.DataFrame | None = None,
    *,
    entries: list[CatalogEntry] = CATALOG,
    leaves: int = 4,
    test_days: int = SPLIT.test_days,
) -> Path:
    """Train on ``lines`` and leave bundle, predictions, matrix, tables and parameters in ``folder``."""
    lines = frame() if lines is None else lines
    matrix = write_matrix(lines, folder / "features/matrix/lines.parquet")
    split = final_split(lines, SPLIT.model_copy(update={"test_days": test_days}))
    training = replace(TRAINING, model=TRAINING.model.model_copy(update={"num_leaves": leaves}))
    bundle, _ = fit.train(matrix, lines, split, entries, training)
    bundle.save(folder / "training/bundle")
    tested = lines[split.test(lines)]
    predicted = tested[["line_id", "ordered_at"]].assign(
        label=tested["label"].astype("int8"), probability=bundle.score(tested, SHIFT).probability, shift=SHIFT
    )
    (folder / "reports").mkdir()
    pq.write_table(pa.Table.from_pandas(predicted, preserve_index=False), folder / "reports/predictions.parquet")
    write_tables(folder / "data/validated", lines)
    (folder / "params.yaml").write_text(yaml.safe_dump({"model": {"num_leaves": leaves}}))
    return folder


def write_tables(folder: Path, lines: pd.DataFrame) -> None:
    """The tables whose labels slices are made of."""
    folder.mkdir(parents=True)
    channel = np.where(np.arange(len(lines)) % 2, "app", "web")
    orders = pa.table({"line_id": pa.array(lines["line_id"]), "channel": pa.array(channel)})
    products = sorted(lines["product_id"].unique())
    pq.write_table(orders, folder / "order_lines.parquet")
    brands = ["Acme" if number % 2 else "Bolt" for number in range(len(products))]
    pq.write_table(pa.table({"product_id": products, "brand": brands}), folder / "products.parquet")
