"""Parquet files into DuckDB, as text."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from data import sql
from data.sources.mapped.records import streams
from data.sources.mapped.records.input import FileAccount, Input

AGAIN = "deliver the file again, or leave out format: parquet if it is a CSV file"


def load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, _: Path) -> FileAccount:
    """Load ``path`` into the table of ``source``; `UserError` for a file that is cut or lacks a column."""
    try:
        about = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise streams.unreadable(path, str(error).split("\n", maxsplit=1)[0], AGAIN) from None
    source.check_columns(path, about.schema.to_arrow_schema().names)
    before = sql.number(connection, f"SELECT count(*) FROM {source.table}")
    cells = ", ".join(f"CAST({sql.name(column)} AS VARCHAR)" for column in source.wanted)
    query = f"SELECT {sql.text(path.name)}, {cells} FROM read_parquet({sql.text(str(path))})"
    try:
        sql.run(connection, f"INSERT INTO {source.table} {query}")
    except duckdb.Error as error:
        raise streams.unreadable(path, str(error).split("\n", maxsplit=1)[0], AGAIN) from None
    loaded = sql.number(connection, f"SELECT count(*) FROM {source.table}") - before
    source.add_places(connection, [before], f"{path.name}:row ", [1])
    return FileAccount(path, about.num_rows, loaded)
