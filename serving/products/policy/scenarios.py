"""Scenarios on disk: what was tried, what was saved under a name, and the results, in one SQLite file.

What was saved stays: a name that is saved again gets another row. What was only tried is forgotten once `MOST_TRIED`
later scenarios were tried, and a result once `MOST_RESULTS` later ones were found. Several processes use the file.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from data.errors import UserError
from data.times import now_us, table_time
from serving.products.policy.scenario import Scenario
from serving.products.reviews import plain
from serving.sqlite_file import SqliteFile

MOST_NAME: Final = 80
_BREAKING: Final = frozenset(("Cc", "Zl", "Zp", "Cs"))
"""Categories of Unicode of what breaks a line or shows nothing: control, separators of lines and paragraphs, halves."""
MOST_TRIED: Final = 300
MOST_RESULTS: Final = 300
MOST_LISTED: Final = 100
SCHEMA_VERSION: Final = 1
_SCHEMA: Final = (
    "CREATE TABLE contents (digest TEXT PRIMARY KEY, content TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE saved (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        digest TEXT NOT NULL,
        who TEXT NOT NULL,
        at_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX saved_by_name ON saved (name, number)",
    """
    CREATE TABLE results (
        key TEXT PRIMARY KEY,
        result TEXT NOT NULL,
        trouble TEXT NOT NULL,
        done INTEGER NOT NULL,
        of_all INTEGER NOT NULL,
        at_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE TRIGGER no_update BEFORE UPDATE ON saved BEGIN SELECT RAISE(ABORT, 'what was saved stays'); END",
    "CREATE TRIGGER no_delete BEFORE DELETE ON saved BEGIN SELECT RAISE(ABORT, 'what was saved stays'); END",
)


def on_one_line(text: str) -> str:
    """Accept text of one line without control characters: it stands in cells, in headings and in comments."""
    text = plain(text)
    if any(unicodedata.category(sign) in _BREAKING for sign in text):
        raise PydanticCustomError("control_character", "text without control characters")
    return text


class ScenarioName(BaseModel):
    """The name under which a scenario is saved, and the digest of its content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, AfterValidator(on_one_line), Field(min_length=1, max_length=MOST_NAME)]
    scenario: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


@dataclass(frozen=True)
class Saved:
    """A scenario that was saved: under which name, by whom, and when (UTC); ``also``: its other names."""

    number: int
    name: str
    digest: str
    who: str
    at: datetime
    also: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        """All names of the scenario, the latest first; on one line, which earlier versions did not hold names to."""
        return ", ".join(" ".join(each.split()) for each in (self.name, *self.also))


@dataclass(frozen=True)
class Run:
    """A replay: its ``result`` as JSON, or ``trouble``; both empty while it runs. ``at``: of the last word, in µs."""

    result: str
    trouble: str
    done: int
    of_all: int
    at: int

    @property
    def running(self) -> bool:
        """Whether there is neither a result nor trouble yet."""
        return not self.result and not self.trouble


class ScenariosError(UserError):
    """The file of scenarios can't be used; ``expected``, ``found`` and ``fix`` give the cause and the remedy."""


class Scenarios:
    """The scenarios in one file, which the first call creates; each method raises `ScenariosError` where it can't."""

    def __init__(self, path: Path) -> None:
        setting = "RETURN_RISK_POLICY_SCENARIOS"
        self._file = SqliteFile(path, "scenarios", setting, _SCHEMA, SCHEMA_VERSION, ScenariosError)

    def keep(self, scenario: Scenario) -> None:
        """Keep what is tried, so that it has an address."""
        with self._file.transaction("IMMEDIATE") as database:
            database.execute(
                "INSERT INTO contents VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET at_us = excluded.at_us",
                (scenario.digest, scenario.as_json(), now_us()),
            )
            database.execute(
                "DELETE FROM contents WHERE digest NOT IN (SELECT digest FROM saved) AND digest NOT IN"
                " (SELECT digest FROM contents WHERE digest NOT IN (SELECT digest FROM saved)"
                " ORDER BY at_us DESC LIMIT ?)",
                (MOST_TRIED,),
            )

    def find(self, digest: str) -> Scenario | None:
        """Give what was tried or saved; None where it was forgotten, or this version of the code refuses it."""
        with self._file.transaction("DEFERRED") as database:
            row = database.execute("SELECT content FROM contents WHERE digest = ?", (digest,)).fetchone()
        try:
            return None if row is None else Scenario.from_json(row[0])
        except ValueError:
            return None

    def save(self, chosen: ScenarioName, who: str) -> bool:
        """Save what was tried under a name; False where it was forgotten meanwhile."""
        with self._file.transaction("IMMEDIATE") as database:
            known = database.execute("SELECT 1 FROM contents WHERE digest = ?", (chosen.scenario,)).fetchone()
            if known is None:
                return False
            database.execute(
                "INSERT INTO saved (name, digest, who, at_us) VALUES (?, ?, ?, ?)",
                (chosen.name, chosen.scenario, who, now_us()),
            )
        return True

    def saved(self) -> list[Saved]:
        """Give the latest scenario of each name, the latest first."""
        with self._file.transaction("DEFERRED") as database:
            rows = _saved(database, "WHERE number IN (SELECT max(number) FROM saved GROUP BY name)", ())
        return rows[:MOST_LISTED]

    def of(self, digests: Iterable[str]) -> dict[str, Saved]:
        """Give for each digest under which names it is saved, the latest with who and when.

        Where all its names were given to other scenarios since, it has the last one. One that never had any is missing.
        """
        with self._file.transaction("DEFERRED") as database:
            return {digest: found for digest in digests if (found := _names_of(database, digest)) is not None}

    def run(self, key: str) -> Run | None:
        """Give the replay with this key; None where there was none."""
        with self._file.transaction("DEFERRED") as database:
            return _run(database, key)

    def begin(self, key: str, of_all: int, stale_after_us: int) -> bool:
        """Note that a replay begins; False where one with this key runs, or has a result.

        A run that has said nothing for ``stale_after_us`` has died.
        """
        with self._file.transaction("IMMEDIATE") as database:
            before, now = _run(database, key), now_us()
            if before is not None and (before.result or (before.running and now - before.at < stale_after_us)):
                return False
            database.execute("REPLACE INTO results VALUES (?, '', '', 0, ?, ?)", (key, of_all, now))
            database.execute(
                "DELETE FROM results WHERE key NOT IN (SELECT key FROM results ORDER BY at_us DESC LIMIT ?)",
                (MOST_RESULTS,),
            )
        return True

    def say(self, key: str, run: Run) -> None:
        """Note how far a replay is, its result, or its trouble."""
        with self._file.transaction("IMMEDIATE") as database:
            database.execute(
                "REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)",
                (key, run.result, run.trouble, run.done, run.of_all, now_us()),
            )


def _saved(database: sqlite3.Connection, where: str, parameters: tuple[str, ...]) -> list[Saved]:
    rows = database.execute(
        f"SELECT number, name, digest, who, at_us FROM saved {where} ORDER BY number DESC", parameters
    )
    return [Saved(number, name, digest, who, table_time(at)) for number, name, digest, who, at in rows]


def _names_of(database: sqlite3.Connection, digest: str) -> Saved | None:
    """Only the latest row of a name says whose it is."""
    ever = _saved(database, "WHERE digest = ?", (digest,))
    own = _saved(database, "WHERE digest = ? AND number IN (SELECT max(number) FROM saved GROUP BY name)", (digest,))
    found = own or ever[:1]
    return replace(found[0], also=tuple(each.name for each in found[1:])) if found else None


def _run(database: sqlite3.Connection, key: str) -> Run | None:
    row = database.execute("SELECT result, trouble, done, of_all, at_us FROM results WHERE key = ?", (key,)).fetchone()
    return None if row is None else Run(*row)
