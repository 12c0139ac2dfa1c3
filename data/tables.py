"""Canonical tables on disk: parquet files, sorted, written atomically, with the same bytes on every run."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import UserError
from data.files import whole_file
from data.schema import Table
from data.stage import how_to_write

RAW = Path("data/raw")
VALIDATED = Path("data/validated")
TRUTH = Path("data/truth")
DESCRIPTION = "source.json"
"""The file beside the raw tables that describes what the source read."""

ROW_GROUP = 250_000
"""Rows in one parquet row group: fixed, so that the bytes don't depend on the batches of the input."""


def path(table: Table, folder: Path) -> Path:
    """Where ``table`` lies in ``folder``."""
    return folder / f"{table.name}.parquet"


def write(table: Table, rows: duckdb.DuckDBPyRelation | pa.Table, folder: Path) -> int:
    """Write ``rows`` as ``table`` into ``folder``, sorted, as a whole file.

    Rows are sorted by ``table.order`` and then by all other columns, missing values first, so that ties cannot
    change the bytes. Rows stream through DuckDB: they need not fit into memory.

    Parameters
    ----------
    rows
        The required columns of the table and any of its optional ones, in any order; no other column.

    Returns
    -------
    int
        The number of rows written.

    Raises
    ------
    ValueError
        A required column is absent, or a column does not belong to the table.
    pyarrow.ArrowInvalid
        A value doesn't fit its column's dtype, or is missing in a column that is not nullable.
    """
    relation = duckdb.connect().from_arrow(rows) if isinstance(rows, pa.Table) else rows
    _check_columns(table, relation.columns)
    schema = table.arrow(set(relation.columns))
    others = [name for name in schema.names if name not in table.order]
    keys = ", ".join(f'"{name}" NULLS FIRST' for name in (*table.order, *others) if name in schema.names)
    ordered = relation.select(", ".join(f'"{name}"' for name in schema.names)).order(keys)
    with whole_file(path(table, folder)) as unfinished:
        return _write_groups(ordered.to_arrow_reader(ROW_GROUP), schema, unfinished)


def read(table: Table, folder: Path, columns: list[str] | None = None) -> pa.Table:
    """Read ``table`` from ``folder`` into memory, cut to ``columns`` where given.

    Raises
    ------
    UserError
        The file is missing or is not parquet.
    """
    _check_file(table, folder)
    return pq.read_table(path(table, folder), columns=columns)


def checked(table: Table, folder: Path) -> Path:
    """Where ``table`` lies in ``folder``, for a reader of its own; `UserError` as in `read`."""
    _check_file(table, folder)
    return path(table, folder)


def columns(table: Table, folder: Path) -> tuple[str, ...]:
    """Name the columns of ``table`` that ``folder`` holds, without reading its rows."""
    return tuple(_footer(table, folder).schema.to_arrow_schema().names)


def count(table: Table, folder: Path) -> int:
    """Count the rows of ``table`` in ``folder``, without reading them."""
    return int(_footer(table, folder).num_rows)


def _footer(table: Table, folder: Path) -> pq.FileMetaData:
    _check_file(table, folder)
    return pq.read_metadata(path(table, folder))


def _check_file(table: Table, folder: Path) -> None:
    file = path(table, folder)
    if not file.is_file():
        raise UserError(
            expected=f"the table {table.name} at {file}",
            found="no such file",
            fix=how_to_write(file),
        )
    with file.open("rb") as stream:
        start = stream.read(4)
        stream.seek(max(0, file.stat().st_size - 4))
        end = stream.read(4)
    if (start, end) != (b"PAR1", b"PAR1"):
        raise UserError(
            expected=f"{file} to be a parquet file that is complete",
            found=f"{file.stat().st_size} bytes that begin with {start!r} and end with {end!r}",
            fix=f"delete it; {how_to_write(file)}",
        )


def _check_columns(table: Table, names: list[str]) -> None:
    missing = [name for name in table.required if name not in names]
    unknown = [name for name in names if name not in table.names]
    if missing or unknown:
        raise ValueError(f"table {table.name}: missing columns {missing}, unknown columns {unknown}")


def _write_groups(reader: pa.RecordBatchReader, schema: pa.Schema, file: Path) -> int:
    rows = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(reader):
            _refuse_missing(group, schema)
            writer.write_table(group.cast(schema), row_group_size=ROW_GROUP)
            rows += group.num_rows
    return rows


def _refuse_missing(group: pa.Table, schema: pa.Schema) -> None:
    for field in schema:
        if not field.nullable and group.column(field.name).null_count:
            raise pa.ArrowInvalid(f"column {field.name} has missing values, which the schema does not allow")


def _groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Cut the stream into tables of exactly `ROW_GROUP` rows, the last one shorter."""
    held: list[pa.RecordBatch] = []
    waiting = 0
    for batch in reader:
        rest = batch
        while waiting + rest.num_rows >= ROW_GROUP:
            cut = ROW_GROUP - waiting
            yield pa.Table.from_batches([*held, rest.slice(0, cut)], reader.schema).combine_chunks()
            rest, held, waiting = rest.slice(cut), [], 0
        if rest.num_rows:
            held.append(rest)
            waiting += rest.num_rows
    if held:
        yield pa.Table.from_batches(held, reader.schema).combine_chunks()
