"""The catalog: what the matrix holds, with each feature's unit, factor and meaning of missing. Light to import."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.files import read_json_list, write_text

MATRIX = Path("features/matrix")
LINES_FILE = MATRIX / "lines.parquet"
CATALOG_FILE = MATRIX / "catalog.json"

REASON = "reason"
"""Column of the matrix beside the features, a code of `data.schema.Reason`: why the line came back. It is null where
the label is not 1, and where no reason was recorded or it is UNKNOWN."""
REASON_INFERRED = "reason_inferred"
"""Column of the matrix beside it, bool, never null: whether that reason was read from the customer's comment."""


@dataclass(frozen=True)
class CatalogEntry:
    """What the catalog says of one feature.

    ``dtype`` is ``int64`` or ``double``; ``source`` names what it reads. ``only_reasons``: read by the reason model
    only, not by the return score; such features come after all others.
    """

    name: str
    dtype: str
    unit: str
    factor: str
    meaning: str
    missing: str
    source: tuple[str, ...]
    only_reasons: bool


def write(catalog: list[CatalogEntry], file: Path) -> None:
    """Write the catalog as JSON, an entry a line."""
    rows = ",\n  ".join(json.dumps(asdict(entry)) for entry in catalog)
    write_text(f"[\n  {rows}\n]\n", file)


def read(file: Path) -> list[CatalogEntry]:
    """Read a catalog that `write` wrote."""
    rows = read_json_list(file, expected=f"a catalog at {file}", fix="run the features stage: dvc repro")
    return [CatalogEntry(**{**row, "source": tuple(row["source"])}) for row in rows]
