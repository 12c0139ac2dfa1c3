"""How far DuckDB is with the query that runs, for a step that cannot move while DuckDB computes."""

from collections.abc import Callable
from contextlib import suppress

import duckdb

MOST = 0.99


def progress_of(connection: duckdb.DuckDBPyConnection) -> Callable[[], float | None]:
    """Let ``connection`` keep count of its progress, without a bar of its own; the function reads the share done.

    It may be called by another thread than that of the query. DuckDB estimates the share; None where it can't. Its
    estimate often comes to the end before the query does, so that a share stays below 1.
    """
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")

    def share() -> float | None:
        with suppress(duckdb.Error):
            percent = connection.query_progress()
            return min(percent / 100, MOST) if percent >= 0 else None
        return None

    return share
