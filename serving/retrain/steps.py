"""The steps of a retraining: programs, one after the other, each with all that it started ended in time."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.logs import log
from data.stage import parts
from serving.retrain.record import StepRecord

if TYPE_CHECKING:
    import subprocess

LOOK_SECONDS: Final = 0.2
END_SECONDS: Final = 15.0
"""Time that a step and its programs get to end, before they are killed."""


@dataclass(frozen=True)
class Step:
    """A program of the project, and what is as it was if it fails."""

    name: str
    command: tuple[str, ...]
    left: str


class StepFailedError(Exception):
    """A step failed, or its time was over (``timed_out``); ``record``: of the step."""

    def __init__(self, step: Step, record: StepRecord, *, timed_out: bool) -> None:
        ended = "ran out of time" if timed_out else f"failed with exit code {record.exit_code}"
        super().__init__(f"the step {step.name} {ended} after {record.seconds:.0f} seconds")
        self.step, self.record, self.timed_out = step, record, timed_out


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module by this Python."""
    return (sys.executable, "-m", name, *arguments)


AS_BEFORE: Final = "the service, its champion and its state are as before"
TABLES: Final = Step("tables", module("serving.tables", "--to-train"), f"the snapshot, {AS_BEFORE}")
PIPELINE: Final = Step(
    "pipeline", module("dvc", "repro"), f"the snapshot is of now, stages that ended are kept, and {AS_BEFORE}"
)
GATE: Final = Step("gate", module("training.gate", "--last"), f"the run is there to look at, and {AS_BEFORE}")
CHALLENGE: Final = Step(
    "promotion", module("training.champion", "challenge"), f"the new version is registered, and {AS_BEFORE}"
)
STATE: Final = Step(
    "state", module("serving.renew"), "the registry has its new version; the service goes on with its state of before"
)
LEVEL: Final = Step("level", module("serving.level"), "all but the level is handed over: make level finds it")
SUMMARY: Final = Step("summary", module("training.summary"), "all is handed over")


def into_shadow(why: str) -> Step:
    """The step that puts the new version into shadow."""
    command = module("training.champion", "shadow", "--retrained", "--why", why)
    return Step("shadow", command, f"the new version is registered, and {AS_BEFORE}")


def run_step(step: Step, until: float) -> StepRecord:
    """Run a step until ``until``, by the monotonic clock.

    Raises
    ------
    StepFailedError
        It failed, or its time was over; neither it nor a program that it started runs any more.
    """
    log.info("retraining: %s", step.name)
    began = time.monotonic()
    with _started(step) as process:
        while process.poll() is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        timed_out = process.poll() is None
    seconds = round(time.monotonic() - began, 1)
    record = StepRecord(name=step.name, seconds=seconds, exit_code=process.returncode)
    if timed_out or record.exit_code:
        raise StepFailedError(step, record, timed_out=timed_out)
    return record


@contextmanager
def _started(step: Step) -> Iterator["subprocess.Popen[Any]"]:
    """Start a step as a group of processes, which ends with the context, all of it."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # the stages' `python`
    options = {"env": {**os.environ, "PATH": places}, "start_new_session": True}
    with parts([list(step.command)], **options) as (process,):
        try:
            yield process
        finally:
            _end(process)


def _end(process: "subprocess.Popen[Any]") -> None:
    """End the group of a process: politely, and then by force."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        until = time.monotonic() + END_SECONDS
        while _lives(process) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _lives(process: "subprocess.Popen[Any]") -> bool:
    """Whether any process of the group is left; the first one is reaped here."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
