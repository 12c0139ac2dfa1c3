"""A SQLite file of the service: made when it is first used, private, and shared by threads and processes."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from data.errors import UserError

BUSY_SECONDS: Final = 5.0
"""How long a change waits for another one."""
RIGHTS: Final = 0o600
"""SQLite gives its files beside, for what is not yet in the main file, the same rights."""


@dataclass(frozen=True)
class SqliteFile:
    """The file at ``path``.

    Parameters
    ----------
    what
        What it holds, such as reviews.
    setting
        The variable that names the file.
    schema
        The statements that make its tables.
    version
        The version of the schema; a file of another one is refused.
    error
        The error that says that the file can't be used.
    """

    path: Path
    what: str
    setting: str
    schema: Sequence[str]
    version: int
    error: type[UserError]

    @contextmanager
    def transaction(self, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which is rolled back on any error; raises ``error``."""
        try:
            with closing(self._open()) as database:
                database.execute(f"BEGIN {kind}")
                with database:
                    yield database
        except (sqlite3.Error, OSError) as error:
            raise self.error(
                expected=f"a file of {self.what} at {self.path}",
                found=f"{type(error).__name__}: {error}",
                fix=f"check the permissions and free space of its folder, or correct {self.setting}",
            ) from error

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=RIGHTS)
        database = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            database.execute("PRAGMA synchronous = FULL")
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        """Create the tables where the file is new; of several processes that start at once, only the first one does."""
        if _version(database) == 0:
            database.execute("PRAGMA journal_mode = WAL")  # the file remembers this mode
            database.execute("BEGIN IMMEDIATE")
            with database:
                if _version(database) == 0:
                    for statement in self.schema:
                        database.execute(statement)
                    database.execute(f"PRAGMA user_version = {self.version}")
        if (found := _version(database)) != self.version:
            raise self.error(
                expected=f"a file of {self.what} of version {self.version} at {self.path}",
                found=f"version {found}",
                fix=f"start the version of the service that wrote it, or name another file in {self.setting}",
            )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])
