"""The files in which the stage ``features`` leaves what the posteriors learned, for the stage ``state``."""

import pyarrow as pa

from features.catalog import MATRIX

LEARNED_FILE = MATRIX / "posteriors.json"
"""What `features.posteriors.learned.Learned` writes."""
LEVELS_FILE = MATRIX / "levels.parquet"
LEVELS = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("key", pa.list_(pa.string()), nullable=False),
        pa.field("mean", pa.float64(), nullable=False),
        pa.field("variance", pa.float64(), nullable=False),
    ]
)
"""The columns of `LEVELS_FILE`, a row for each level that an outcome has moved: the name of its kind, the values of the
columns that name it, its mean (log-odds) and its variance."""
