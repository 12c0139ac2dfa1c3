"""The session of a source: a DuckDB that holds all data until the canonical tables are written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from data import sql
from data.progress.queries import progress_of
from data.progress.steps import step
from data.sources import rejects


@contextmanager
def open_session(raw: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database, in UTC, with the table ``rejects``.

    Data that doesn't fit into memory spills into a folder in ``raw``. The spilled data is encrypted, because it holds
    customer ids, and is removed at the end.
    """
    spill = raw / ".spill"
    with duckdb.connect() as connection:
        for setting in (
            "TimeZone = 'UTC'",
            "temp_file_encryption = true",
            f"temp_directory = {sql.text(str(spill))}",
        ):
            sql.run(connection, f"SET {setting}")
        rejects.make(connection)
        with step("the shop's files", polled=progress_of(connection)):
            yield connection
    if spill.is_dir():
        spill.rmdir()
