"""Rows that Python reads one by one, inserted into DuckDB in batches and accounted for."""

from pathlib import Path

import duckdb
import pyarrow as pa

from data.sources.mapped.records.input import FileAccount, Input

BATCH = 50_000
"""Rows that Python holds in memory at a time."""


class Batches:
    """The rows of one file on their way into the table of ``source``; ``unit``: what a number counts, line or row."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Input, path: Path, unit: str) -> None:
        self._connection, self._source, self._path, self._unit = connection, source, path, unit
        self._rows: list[list[str | None]] = []
        self._next = int(connection.execute(f"SELECT count(*) FROM {source.table}").fetchall()[0][0])
        self._places: list[tuple[int, str, int]] = []
        self._account = FileAccount(path, 0, 0)

    def add(self, number: int, cells: list[str | None]) -> None:
        """Take the wanted ``cells`` of the row ``number`` of the file in."""
        row = self._next + len(self._rows)
        if not self._places or self._places[-1][2] + row - self._places[-1][0] != number:
            self._places.append((row, f"{self._path.name}:{self._unit} ", number))
        self._rows.append([self._path.name, *cells])
        self._account.records += 1
        if len(self._rows) == BATCH:
            self._insert()

    def refuse(self, number: int, rule: str) -> None:
        """Let the row ``number`` become a reject without its content."""
        self._account.records += 1
        self._account.refused[rule] = self._account.refused.get(rule, 0) + 1
        reject = [self._source.feeds, f"{self._path.name}:{self._unit} {number}", rule]
        self._connection.execute("INSERT INTO rejects VALUES (?, ?, NULL, ?, NULL)", reject)

    def end(self) -> FileAccount:
        """Insert what is left, and give the account."""
        self._insert()
        rows, _, lines = zip(*self._places, strict=True) if self._places else ((), (), ())
        self._source.add_places(self._connection, list(rows), f"{self._path.name}:{self._unit} ", list(lines))
        return self._account

    def _insert(self) -> None:
        if not self._rows:
            return
        names = ["_file", *self._source.wanted]
        columns = [pa.array(cells, pa.string()) for cells in zip(*self._rows, strict=True)]
        self._connection.from_arrow(pa.table(columns, names=names)).insert_into(self._source.table.strip('"'))
        self._account.loaded += len(self._rows)
        self._next += len(self._rows)
        self._rows = []
