"""What the posteriors have learned by the end of the tables, as records of the online state."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.errors import UserError
from features.online_state.contents import StateContents
from features.online_state.levels import LevelKeys
from features.online_state.records import POSTERIORS, level_key
from features.online_state.seed_file import rows_of_records
from features.posteriors.files import LEARNED_FILE, LEVELS_FILE
from features.posteriors.learned import Learned
from features.seeding import keys as seed_keys


def learned_records(matrix: Path, contents: StateContents) -> Iterator[pa.RecordBatch]:
    """Give what was learned but for the levels: one record, and none for a recipe without posteriors.

    Raises
    ------
    UserError
        The folder ``matrix`` of the stage ``features`` has none.
    """
    if contents.posteriors is not None:
        yield rows_of_records(pa.array([POSTERIORS]), pa.array([_learned(matrix)]))


def learned_day(matrix: Path, contents: StateContents) -> int | None:
    """Give the day (since 1970, UTC) as which they hold; None for a recipe without posteriors."""
    return None if contents.posteriors is None else Learned.from_bytes(_learned(matrix)).day


def level_records(backend: Backend, matrix: Path, contents: StateContents) -> Iterator[pa.RecordBatch]:
    """Give the level of every entity that an outcome has moved, ascending by the store's key; none without posteriors.

    Raises
    ------
    UserError
        As `learned_records`.
    """
    for level in sorted(contents.levels, key=lambda each: each.kind.key.name):
        yield from _of_kind(backend, _file(matrix, LEVELS_FILE), level)


def _of_kind(backend: Backend, file: Path, level: LevelKeys) -> Iterator[pa.RecordBatch]:
    rows = backend.read_parquet(file)
    own = rows.filter(rows["kind"] == level.kind.key.name)
    named = own.mutate(**{name: own["key"][place] for place, name in enumerate(level.kind.columns)})
    found = named.select("mean", "variance", key=seed_keys.of_entity(named, level.layout))
    for batch in seed_keys.by_key(backend, found):
        store_keys = [level_key(key.encode()) for key in batch["key"].to_pylist()]
        numbers = np.column_stack([batch[name].to_numpy(zero_copy_only=False) for name in ("mean", "variance")])
        packed = pa.py_buffer(np.ascontiguousarray(numbers, dtype="<f8"))
        yield rows_of_records(
            pa.array(store_keys, pa.binary()), pa.Array.from_buffers(pa.binary(16), len(numbers), [None, packed])
        )


def _learned(matrix: Path) -> bytes:
    return _file(matrix, LEARNED_FILE).read_bytes()


def _file(matrix: Path, file: Path) -> Path:
    found = matrix / file.name
    if not found.is_file():
        raise UserError(
            expected=f"{found.name} in {matrix}, as the recipe has posteriors",
            found="no such file",
            fix="build the features first: dvc repro",
        )
    return found
