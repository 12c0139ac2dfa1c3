"""Names and values inside SQL text: quoted, so that no file's content can change the statement."""

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
    """Quote ``values`` as the inside of an ``IN`` list; they must be at least one."""
    return ", ".join(text(value) for value in values)


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: list[str] | None = None) -> list[tuple[Any, ...]]:
    """Ask for few rows, all of them: an answer half read would keep the connection from its next statement."""
    return connection.execute(query, values or []).fetchall()


def run(connection: duckdb.DuckDBPyConnection, statement: str, values: list[str] | None = None) -> None:
    """Run one statement to its end."""
    connection.execute(statement, values or []).fetchall()


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Ask for one whole number; 0 when the query has no row or a missing value."""
    found = rows(connection, query)
    return int(found[0][0]) if found and found[0][0] is not None else 0


def columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Name the columns of ``table``."""
    return [str(row[0]) for row in rows(connection, f"DESCRIBE {name(table)}")]
