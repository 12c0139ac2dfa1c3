"""What was measured of the running policy's actions: the read-out of its experiment, where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from data.errors import UserError
from data.files import read_json
from data.logs import log
from training.decisions.experiment_files.report import OF_COMMAND

CHOSEN: Final = "chosen"
ACTION: Final = "action:"
_FILE: Final = TypeAdapter(list[dict[str, Any]])


@dataclass(frozen=True)
class Earned:
    """What an action earned a month against the holdout, in minor units, with its interval of ``level``."""

    a_month_minor: float
    low_minor: float
    high_minor: float
    level: float


@dataclass(frozen=True)
class Measured:
    """The read-out of the experiment of one policy: over all of its actions, and by action. ``days``: so far."""

    days: float
    units: int
    verdict: str
    whole: Earned | None
    actions: Mapping[str, Earned]


def measured(folder: Path, policy_name: str) -> Measured | None:
    """Read the latest read-out of the policy with this name; None where there is none, or it can't be read."""
    path = folder / OF_COMMAND.summary
    if not path.is_file():
        return None
    try:
        experiments = _FILE.validate_python(read_json(path).get("experiments", []))
        own = [each for each in experiments if each["policy_name"] == policy_name]
        latest = max(own, key=lambda each: str(each["began_at"]), default=None)
        return None if latest is None else _of(latest)
    except (UserError, ValidationError, KeyError, TypeError) as error:
        log.warning("the read-out of the experiment can't be shown: %s: %s", path, error)
        return None


def _of(experiment: Mapping[str, Any]) -> Measured:
    found = {
        name: Earned(**scope["earned_a_month"], level=scope["level"])
        for name, scope in experiment["scopes"].items()
        if scope["earned_a_month"] is not None
    }
    actions = {name.removeprefix(ACTION): earned for name, earned in found.items() if name.startswith(ACTION)}
    return Measured(experiment["days"], experiment["units"], experiment["verdict"], found.get(CHOSEN), actions)
