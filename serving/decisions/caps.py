"""Caps: how often customers get actions, counted over all workers of a machine, and kept over restarts.

What counts is that an action was chosen, whether or not it was shown, and in the holdout, too: so both arms meet the
same caps, and can be compared. The check and the count are one transaction.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from data.errors import UserError
from data.times import MICROSECONDS_PER_DAY
from serving.sqlite_file import SqliteFile

BUSY_SECONDS: Final = 0.02
"""How long a checkout waits for another worker's transaction; a transaction takes a hundredth of it."""
_SCHEMA: Final = (
    """CREATE TABLE chosen (decision_id TEXT PRIMARY KEY, basket TEXT NOT NULL, content TEXT NOT NULL,
    unit TEXT NOT NULL, action TEXT NOT NULL, at INTEGER NOT NULL, answer BLOB NOT NULL) STRICT""",
    "CREATE UNIQUE INDEX of_basket ON chosen (basket)",
    "CREATE INDEX of_time ON chosen (at)",
    "CREATE INDEX of_unit ON chosen (unit, at)",
    "CREATE INDEX of_action ON chosen (action, at)",
)


class CapsError(UserError):
    """What was chosen before can't be looked up, or not be kept."""


class Chosen(NamedTuple):
    """An action that was chosen for a basket.

    ``basket`` and ``unit`` are keyed hashes; ``content`` is the digest of what was in the basket; ``at`` is in
    microseconds since 1970, UTC; ``answer`` is the answer that the checkout got, which it gets again for the same
    content.
    """

    decision_id: str
    basket: str
    content: str
    unit: str
    action: str
    at: int
    answer: bytes


class Limit(NamedTuple):
    """At most ``most`` within ``days``: of a customer's actions, or of all customers' of one action, or of both.

    ``word`` says in answers that this cap was reached.
    """

    word: str
    of: Literal["customer", "customer_and_action", "action"]
    most: int
    days: int


_COUNTS: Final = {
    "customer": "SELECT count(*) FROM chosen WHERE unit = :unit AND at > :since",
    "customer_and_action": "SELECT count(*) FROM chosen WHERE unit = :unit AND action = :action AND at > :since",
    "action": "SELECT count(*) FROM chosen WHERE action = :action AND at > :since",
}


class Caps:
    """What was chosen before, in the SQLite file ``path``. For one thread.

    Its methods raise `CapsError` where the file can't be used, or another worker holds it for longer than
    `BUSY_SECONDS`.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "decisions", "RETURN_RISK_DECISIONS", _SCHEMA, 1, CapsError)
        self._database: sqlite3.Connection | None = None

    def of_basket(self, basket: str) -> Chosen | None:
        """Give what was chosen for a basket; None where nothing was."""
        try:
            row = self._open().execute("SELECT * FROM chosen WHERE basket = ?", (basket,)).fetchone()
        except sqlite3.Error as error:
            raise _unusable(error) from error
        return None if row is None else Chosen(*row)

    def take(self, chosen: Chosen, limits: Sequence[Limit]) -> str | None:
        """Count ``chosen``, unless a limit is reached or its basket has an action: then give the word for why not."""
        database = self._open()
        try:
            database.execute("BEGIN IMMEDIATE")
            with database:
                for limit in limits:
                    since = chosen.at - limit.days * MICROSECONDS_PER_DAY
                    given = {"unit": chosen.unit, "action": chosen.action, "since": since}
                    if database.execute(_COUNTS[limit.of], given).fetchone()[0] >= limit.most:
                        return limit.word
                added = database.execute("INSERT OR IGNORE INTO chosen VALUES (?, ?, ?, ?, ?, ?, ?)", chosen)
                return None if added.rowcount else ANOTHER
        except sqlite3.Error as error:
            raise _unusable(error) from error

    def forget(self, before: int) -> None:
        """Remove what was chosen ``before`` a time, in microseconds since 1970, UTC; a thousand of them at once."""
        oldest = "SELECT decision_id FROM chosen WHERE at < ? ORDER BY at LIMIT 1000"
        try:
            self._open().execute(f"DELETE FROM chosen WHERE decision_id IN ({oldest})", (before,))
        except sqlite3.Error as error:
            raise _unusable(error) from error

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = self._file.connect(BUSY_SECONDS, "NORMAL")
        return self._database


ANOTHER: Final = "acted_before"
"""Why nothing is chosen for a basket that got an action before."""


def _unusable(error: sqlite3.Error) -> CapsError:
    return CapsError(
        expected="the file of decisions to be there and free",
        found=str(error),
        fix="check RETURN_RISK_DECISIONS, and the free space of its folder",
    )
