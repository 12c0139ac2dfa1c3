"""The seed as files: records and agendas in parquet, and a description with a digest that shows damage."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import UserError
from data.files import read_json, write_text
from features.online_state.records import StateAbout
from features.stores.store import Agenda

STATE = Path("features/state")
RECORDS_FILE, AGENDA_FILE, ABOUT_FILE = "records.parquet", "agenda.parquet", "about.json"
FORMAT = 1
"""The version of the format; it goes up when the content of the files changes its form."""

RECORDS = pa.schema([pa.field("key", pa.binary(), nullable=False), pa.field("value", pa.binary(), nullable=False)])
AGENDA = pa.schema(
    [
        pa.field("agenda", pa.string(), nullable=False),
        pa.field("at", pa.int64(), nullable=False),
        pa.field("key", pa.binary(), nullable=False),
    ]
)
ROW_GROUP = 100_000
"""Rows in a row group: fixed, so that the bytes don't depend on how the rows arrived."""
READ_AT_ONCE = 10_000


def rows_of_records(keys: pa.Array, values: pa.Array) -> pa.RecordBatch:
    """Make rows of keys and values; both are bytes or UTF-8."""
    return pa.RecordBatch.from_arrays([keys.cast(pa.binary()), values.cast(pa.binary())], schema=RECORDS)


def write_rows(batches: Iterable[pa.RecordBatch], schema: pa.Schema, file: Path) -> int:
    """Write batches of rows one after the other, and give the number of rows."""
    rows = 0
    with pq.ParquetWriter(
        file, schema, compression="zstd", compression_level=1, use_dictionary=["agenda"], write_statistics=False
    ) as writer:
        for group in _groups(batches, schema):
            writer.write_table(group, row_group_size=ROW_GROUP)
            rows += group.num_rows
    return rows


def digest(folder: Path) -> str:
    """A hash of the records and the agenda."""
    both = hashlib.sha256()
    for name in (RECORDS_FILE, AGENDA_FILE):
        with (folder / name).open("rb") as stream:
            both.update(hashlib.file_digest(stream, "sha256").digest())
    return both.hexdigest()


def write_about(about: StateAbout, folder: Path) -> None:
    """Write the description of the seed."""
    content = {"format": FORMAT, **about.as_json()}
    write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", folder / ABOUT_FILE)


def read_about(folder: Path) -> StateAbout:
    """Read the description of the seed in ``folder``; `verify` checks its files.

    Raises
    ------
    UserError
        There is no seed, or it has the format of another version.
    """
    try:
        content = read_json(folder / ABOUT_FILE)
        found = content.pop("format")
        if found == FORMAT:
            return StateAbout(**content)
        why = f"one of format {found!r}; this version reads format {FORMAT}"
    except UserError as error:
        why = f"{ABOUT_FILE}: {error.found}"
    except (KeyError, TypeError) as error:
        why = f"{ABOUT_FILE}: {error!r}"
    raise _refusal(folder, why)


def verify(folder: Path, about: StateAbout) -> None:
    """Check that the records and the agendas are undamaged: their digest must equal ``about.seed``.

    Raises
    ------
    UserError
        A file is missing or its bytes differ.
    """
    try:
        found = digest(folder)
    except OSError as error:
        raise _refusal(folder, f"{Path(str(error.filename)).name}: {error.strerror}") from None
    if found != about.seed:
        raise _refusal(folder, f"{RECORDS_FILE} or {AGENDA_FILE} does not match the digest in {ABOUT_FILE}")


def read_records(folder: Path) -> Iterator[tuple[bytes, bytes]]:
    """Read the records, ascending by key."""
    return _rows(folder / RECORDS_FILE)


def read_agenda(folder: Path) -> Iterator[tuple[Agenda, int, bytes]]:
    """Read the entries of the agendas, each in the order of time."""
    return ((Agenda(agenda), at, key) for agenda, at, key in _rows(folder / AGENDA_FILE))


def _rows(file: Path) -> Iterator[tuple[Any, ...]]:
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(READ_AT_ONCE, use_threads=False):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    held = schema.empty_table()
    for batch in batches:
        held = pa.concat_tables([held, pa.Table.from_batches([batch.cast(schema)])])
        while held.num_rows >= ROW_GROUP:
            yield held.slice(0, ROW_GROUP).combine_chunks()
            held = held.slice(ROW_GROUP)
    yield held.combine_chunks()


def _refusal(folder: Path, found: str) -> UserError:
    return UserError(
        expected=f"the seed of the online state in {folder}: {RECORDS_FILE}, {AGENDA_FILE} and {ABOUT_FILE}",
        found=found,
        fix="build it again: dvc repro",
    )
