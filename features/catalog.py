"""The catalog: what the matrix holds, with each feature's unit, factor and meaning of missing. Light to import."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.errors import UserError

MATRIX = Path("features/matrix")
LINES_FILE = MATRIX / "lines.parquet"
CATALOG_FILE = MATRIX / "catalog.json"


@dataclass(frozen=True)
class Entry:
    """What the catalog says of one feature. ``dtype`` is ``int64`` or ``double``; ``source`` names what it reads."""

    name: str
    dtype: str
    unit: str
    factor: str
    meaning: str
    missing: str
    source: tuple[str, ...]


def write(catalog: list[Entry], file: Path) -> None:
    """Write the catalog as JSON, an entry a line."""
    rows = ",\n  ".join(json.dumps(asdict(entry)) for entry in catalog)
    file.write_text(f"[\n  {rows}\n]\n", encoding="utf-8")


def read(file: Path) -> list[Entry]:
    """Read a catalog that `write` wrote."""
    if not file.is_file():
        raise UserError(expected=f"a catalog at {file}", found="no such file", fix="run the features stage: dvc repro")
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Entry(**{**row, "source": tuple(row["source"])}) for row in rows]
