"""The store on SQLite, kept for comparison alone: write-ahead log, each change synced to the disk."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from features.stores.store import Agenda, Entry, Snapshot, StoreError, Transaction

T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS agenda (name TEXT, at INTEGER, key BLOB, PRIMARY KEY (name, at, key)) WITHOUT ROWID;
"""
KEYS_AT_A_TIME = 500
CAUSES = {sqlite3.SQLITE_BUSY: "locked", sqlite3.SQLITE_FULL: "full"}


class View:
    """A transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the value of each key."""
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), KEYS_AT_A_TIME):
            some = keys[start : start + KEYS_AT_A_TIME]
            places = ",".join("?" * len(some))
            found.update(self._connection.execute(f"SELECT key, value FROM records WHERE key IN ({places})", some))
        return [found.get(key) for key in keys]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        """Give the first entries before a time."""
        first = (-(1 << 63), b"") if since is None else since
        query = "SELECT at, key FROM agenda WHERE name = ? AND at < ? AND (at, key) >= (?, ?) ORDER BY at, key LIMIT ?"
        return self._connection.execute(query, (agenda, before, *first, limit)).fetchall()

    def put(self, key: bytes, value: bytes) -> None:
        """Write a value."""
        self._connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (key, value))

    def delete(self, key: bytes) -> None:
        """Remove a key."""
        self._connection.execute("DELETE FROM records WHERE key = ?", (key,))

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Put an entry on an agenda."""
        self._connection.execute("INSERT OR IGNORE INTO agenda VALUES (?, ?, ?)", (agenda, at, key))

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Take an entry off an agenda."""
        self._connection.execute("DELETE FROM agenda WHERE name = ? AND at = ? AND key = ?", (agenda, at, key))


class SqliteStore:
    """A `features.stores.store.Store` in one file, with a connection for each thread."""

    def __init__(self, file: Path, write_timeout_seconds: float = 2.0) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file, self._patience = file, write_timeout_seconds
        self._own, self._all = threading.local(), list[sqlite3.Connection]()
        with self._errors():
            self._connection().executescript(SCHEMA)

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Call ``ask`` in a transaction."""
        with self._errors(), self._transaction("BEGIN") as connection:
            return ask(View(connection))

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Call ``change`` in the write transaction."""
        with self._errors(), self._transaction("BEGIN IMMEDIATE") as connection:
            return change(View(connection))

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Give the keys that begin with one of ``prefixes``."""
        with self._errors(), self._transaction("BEGIN") as connection:
            found = [key for (key,) in connection.execute("SELECT key FROM records ORDER BY key")]
        return [key for key in found if key.startswith(tuple(prefixes))]

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Fill an empty store."""
        with self._errors(), self._transaction("BEGIN IMMEDIATE") as connection:
            connection.executemany("INSERT INTO records VALUES (?, ?)", records)
            connection.executemany("INSERT OR IGNORE INTO agenda VALUES (?, ?, ?)", agenda)

    def clear(self) -> None:
        """Remove everything."""
        with self._errors(), self._transaction("BEGIN IMMEDIATE") as connection:
            connection.execute("DELETE FROM records")
            connection.execute("DELETE FROM agenda")

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._all:
            self._all.pop().close()

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._own, "connection"):
            made = sqlite3.connect(
                self._file, timeout=self._patience, isolation_level=None, check_same_thread=False, cached_statements=256
            )
            made.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 1073741824;")
            self._own.connection = made
            self._all.append(made)
        connection: sqlite3.Connection = self._own.connection
        return connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute(begin)
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            cause = CAUSES.get(getattr(error, "sqlite_errorcode", -1) & 0xFF, "corrupt")
            raise StoreError(cause, f"{self._file}: {error}") from error
