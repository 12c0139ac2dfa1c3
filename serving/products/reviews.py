"""Reviews of alerts: a state, notes and a history for each alert, in one SQLite file.

The table is append-only: no entry is changed or removed, and the latest state is the current one. Several processes
write the file. Each change is a transaction of its own, and is written only where its author saw the current state.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from data.errors import UserError
from data.times import now_us, table_time
from serving.products.fields import wrong
from serving.sqlite_file import SqliteFile

LOCAL: Final = "local"
"""The author of entries where no API keys are set up."""
MOST_NOTE, MOST_REASON = 2000, 200
SCHEMA_VERSION: Final = 1
_SCHEMA: Final = (
    """
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        alert_id TEXT NOT NULL,
        product_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        state_before TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        note TEXT NOT NULL,
        who TEXT NOT NULL,
        at_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX entries_by_alert ON entries (alert_id, number)",
    "CREATE TRIGGER no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries stay as they are'); END",
    "CREATE TRIGGER no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries stay as they are'); END",
)


class ReviewState(StrEnum):
    """State of an alert."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    DONE = "done"


def plain(text: str) -> str:
    """Accept text with line breaks and tabs, but without other control characters and without lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any((ord(sign) < 32 and sign not in "\n\t") or 0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise PydanticCustomError("control_character", "text without control characters")
    return text


class ReviewChange(BaseModel):
    """A change to write: the new state (the current one, for a note alone), and its reason or a note.

    ``reason``: why the alert is dismissed; the state dismissed requires it. ``note``: any other text. ``seen``: the
    `Review.version` that the author saw, 0 where there was no review.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: ReviewState
    reason: Annotated[str, AfterValidator(plain), Field(max_length=MOST_REASON)] = ""
    note: Annotated[str, AfterValidator(plain), Field(max_length=MOST_NOTE)] = ""
    seen: Annotated[int, Field(ge=0, le=2**53)]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.reason and self.state is not ReviewState.DISMISSED:
            raise PydanticCustomError("reason", "a reason with the state dismissed alone; else write a note")
        return self


@dataclass(frozen=True)
class ReviewEntry:
    """One entry of an alert's history; ``at`` is UTC."""

    number: int
    state_before: ReviewState
    state: ReviewState
    reason: str
    note: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Review:
    """The current state of an alert.

    ``reason``, ``who``, ``at`` (UTC): of the latest change of state, or of the first note where the state was never
    changed. ``version``: increases with each change of state, 0 before the first one. ``note``: the latest note.
    """

    alert_id: str
    product_id: str
    kind: str
    state: ReviewState
    reason: str
    who: str
    at: datetime
    version: int
    note: str

    @property
    def done_at(self) -> datetime | None:
        """Since when the alert is done; None where it is not done."""
        return self.at if self.state is ReviewState.DONE else None


class ReviewsError(UserError):
    """The file of reviews can't be used; ``expected``, ``found`` and ``fix`` give the cause and the remedy."""


class ConflictError(Exception):
    """Edit conflict: someone else changed the state meanwhile; nothing was written. ``current``: the review now."""

    def __init__(self, current: Review | None) -> None:
        self.current = current
        super().__init__("the alert's state was changed by someone else")


class Reviews:
    """The reviews in one file, which the first call creates. Several threads and processes may use it at once.

    Each method raises `ReviewsError` where the file can't be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "reviews", "RETURN_RISK_REVIEWS", _SCHEMA, SCHEMA_VERSION, ReviewsError)

    def all(self) -> dict[str, Review]:
        """Give the review of each alert that has one, by the alert's id."""
        with self._file.transaction("DEFERRED") as database:
            return _current(database, "", ())

    def of(self, alert_id: str) -> Review | None:
        """Give the review of an alert; None where nobody has written about the alert."""
        with self._file.transaction("DEFERRED") as database:
            return _one(database, alert_id)

    def history(self, alert_id: str) -> tuple[ReviewEntry, ...]:
        """Give all entries of an alert, the oldest first."""
        with self._file.transaction("DEFERRED") as database:
            rows = database.execute(
                "SELECT number, state_before, state, reason, note, who, at_us FROM entries"
                " WHERE alert_id = ? ORDER BY number",
                (alert_id,),
            ).fetchall()
        return tuple(
            ReviewEntry(number, ReviewState(before), ReviewState(state), reason, note, who, table_time(at))
            for number, before, state, reason, note, who, at in rows
        )

    def record(self, alert_id: str, product_id: str, kind: str, change: ReviewChange, who: str) -> Review:
        """Write a change, and give the alert's review after it.

        Raises
        ------
        ConflictError
            The author saw an older state. A note that leaves the current state as it is never conflicts.
        FieldsError
            The alert is dismissed without a reason, or the change is empty.
        """
        with self._file.transaction("IMMEDIATE") as database:
            before = _one(database, alert_id)
            state_before = ReviewState.OPEN if before is None else before.state
            _check(change, before, state_before)
            at = now_us()
            database.execute(
                "INSERT INTO entries (alert_id, product_id, kind, state_before, state, reason, note, who, at_us)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (alert_id, product_id, kind, state_before, change.state, change.reason, change.note, who, at),
            )
            after = _one(database, alert_id)
        if after is None:
            raise RuntimeError("the entry that was written can't be read")
        return after


def _check(change: ReviewChange, before: Review | None, state: ReviewState) -> None:
    """Refuse an empty change, a dismissal without a reason, and a change of a state that its author did not see."""
    sets_state = change.state is not state or bool(change.reason)
    if not sets_state and not change.note:
        raise wrong("note", "another state, or a note", "neither")
    if sets_state and change.seen != (0 if before is None else before.version):
        raise ConflictError(before)
    if sets_state and change.state is ReviewState.DISMISSED and not change.reason:
        raise wrong("reason", "why the alert is dismissed", "nothing")


def _one(database: sqlite3.Connection, alert_id: str) -> Review | None:
    return _current(database, "WHERE alert_id = ?", (alert_id,)).get(alert_id)


def _current(database: sqlite3.Connection, where: str, parameters: tuple[str, ...]) -> dict[str, Review]:
    rows = database.execute(
        f"""
        SELECT e.alert_id, e.product_id, e.kind, e.state, e.reason, e.who, e.at_us, coalesce(set_by, 0), n.note
        FROM (
            SELECT
                min(number) AS first,
                max(number) FILTER (WHERE state <> state_before OR reason <> '') AS set_by,
                max(number) FILTER (WHERE note <> '') AS noted
            FROM entries {where} GROUP BY alert_id
        )
        JOIN entries e ON e.number = coalesce(set_by, first)
        LEFT JOIN entries n ON n.number = noted
        ORDER BY e.alert_id
        """,
        parameters,
    )
    return {
        alert_id: Review(
            alert_id, product_id, kind, ReviewState(state), reason, who, table_time(at), version, note or ""
        )
        for alert_id, product_id, kind, state, reason, who, at, version, note in rows
    }
