"""The catalog: every feature of the matrix with its unit, its factor and the meaning of missing. Light to import."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.files import read_json_list, write_text

MATRIX = Path("features/matrix")
LINES_FILE = MATRIX / "lines.parquet"
UNSENT_FILE = MATRIX / "unsent.parquet"
"""The second copy of the lines, row by row as `LINES_FILE`: each as a request that lacks some fields would have it."""
CASES_FILE = MATRIX / "cases.parquet"
"""Some late lines, once for each case of unsent fields; the column `CASE` names the case."""
CATALOG_FILE = MATRIX / "catalog.json"
ASKED_FILE = MATRIX / "asked.parquet"
"""What the lines of each day had of the fields of a request, and their labels: `features.offline.asked`."""
EVERY, ORDERS, NEW_CUSTOMER, NEW_PRODUCT = "all lines", "all orders", "new customer", "new product"
"""Counts of `ASKED_FILE` that are of no field: lines, orders, orders of a customer who had none before, lines of a
product without one before. No name of a field has a space."""

CASE = "case"

REASON = "reason"
"""Column of the matrix beside the features, a code of `data.schema.Reason`: why the line came back. The column is
null where the label is not 1, where no reason was recorded, and where the reason is UNKNOWN."""
REASON_INFERRED = "reason_inferred"
"""Column of the matrix beside `REASON`, bool, never null: true where the reason was inferred from the comment."""

POSTERIOR = "posterior_"
"""The prefix of the features that posteriors add (`features.posteriors`), where params.yaml turns them on: one for each
factor. Neither trees nor linear part read them: their sum is a part of the score by itself. They are the last of the
score's features."""

CANCELLED_AT = "cancelled_at"
"""Column of the matrix beside the features: when the line was cancelled in time, so that it has no outcome; null for
every other line. It is present where the source records cancellations."""


@dataclass(frozen=True)
class CatalogEntry:
    """One feature in the catalog.

    ``dtype`` is ``int64`` or ``double``. ``source`` names what the feature reads. ``only_reasons``: only the reason
    model reads the feature, and the return score does not; such features come after all others.
    """

    name: str
    dtype: str
    unit: str
    factor: str
    meaning: str
    missing: str
    source: tuple[str, ...]
    only_reasons: bool


def is_posterior(name: str) -> bool:
    """Whether posteriors added the feature ``name``."""
    return name.startswith(POSTERIOR)


def write(catalog: list[CatalogEntry], file: Path) -> None:
    """Write the catalog as JSON, one entry a line."""
    rows = ",\n  ".join(json.dumps(asdict(entry)) for entry in catalog)
    write_text(f"[\n  {rows}\n]\n", file)


def read(file: Path) -> list[CatalogEntry]:
    """Read a catalog that `write` wrote."""
    rows = read_json_list(file, expected=f"a catalog at {file}", fix="run the features stage: dvc repro")
    return [CatalogEntry(**{**row, "source": tuple(row["source"])}) for row in rows]
