"""Quoting of names and values in SQL text, so that no file's content can change a statement."""

from collections.abc import Iterable
from typing import Any

import duckdb


def name(identifier: str) -> str:
    """Quote ``identifier`` as a name."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Quote ``value`` as a string."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Quote ``values``, at least one, as the inside of an ``IN`` list."""
    return ", ".join(text(value) for value in values)


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: list[str] | None = None) -> list[tuple[Any, ...]]:
    """Fetch all rows of a small result: a result read in part would block the connection's next statement."""
    return connection.execute(query, values or []).fetchall()


def run(connection: duckdb.DuckDBPyConnection, statement: str, values: list[str] | None = None) -> None:
    """Run one statement to its end."""
    connection.execute(statement, values or []).fetchall()


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Fetch one whole number; 0 when the query gives no row or a missing value."""
    found = rows(connection, query)
    return int(found[0][0]) if found and found[0][0] is not None else 0


def columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Name the columns of ``table``."""
    return [str(row[0]) for row in rows(connection, f"DESCRIBE {name(table)}")]
