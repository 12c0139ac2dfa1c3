"""The record of retrainings: the last one, and a line for each."""

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from data.files import write_json, write_text
from data.logs import log

LAST: Final = Path("reports/retrain.json")
HISTORY: Final = Path("reports/retrain_history.jsonl")
NEEDED: Final = Path("reports/retrain_needed.json")


class Outcome(StrEnum):
    """How a retraining ended; ``RUNNING`` of one that was killed stays."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"


class StepRecord(BaseModel):
    """A step that ended: how long it took, and its exit code, below 0 where a signal ended it."""

    model_config = ConfigDict(frozen=True)

    name: str
    seconds: float
    exit_code: int


class Record(BaseModel):
    """A retraining: why, when (UTC), its steps, how it ended, and the served version before and after.

    ``said``: what is left as it was, where it did not come to its end.
    """

    model_config = ConfigDict(frozen=True)

    process: int
    why: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    steps: tuple[StepRecord, ...] = ()
    version_before: int | None = None
    version_after: int | None = None
    said: str | None = None


def write(record: Record) -> None:
    """Make it the last one."""
    write_json(_content(record), LAST)


def close(record: Record) -> None:
    """Make it the last one, and add it to the history."""
    write(record)
    before = HISTORY.read_text(encoding="utf-8") if HISTORY.is_file() else ""
    write_text(f"{before}{json.dumps(_content(record), sort_keys=True)}\n", HISTORY)


def last() -> Record | None:
    """Read the last one; None where there is none, or it is of another version of the code."""
    try:
        return Record.model_validate_json(LAST.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as error:
        log.warning("the record of the last retraining can't be read: %s", " ".join(str(error).split())[:200])
        return None


def _content(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json")
