"""Steps that are small programs, and what is left when they fail."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.errors import UserError
from serving.retrain import lock, record, steps
from serving.retrain.record import Outcome
from serving.retrain.run import all_steps, retrain
from serving.retrain.steps import Step
from serving.settings import Settings

WELL = Step("first", (sys.executable, "-c", "open('well', 'w')"), "all is as before")
WRONG = Step("second", (sys.executable, "-c", "raise SystemExit(3)"), "the service is as before")
CHILD = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
HANGS = Step(
    "third", (sys.executable, "-c", f"{CHILD} open('child', 'w').write(str(p.pid)); time.sleep(60)"), "as before"
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    Path("reports").mkdir()
    return Settings(model_dir=tmp_path / "models")


def history() -> list[dict[str, object]]:
    return [json.loads(line) for line in record.HISTORY.read_text().splitlines()]


def run(settings: Settings, *chosen: Step, hours: float = 1) -> record.Record:
    return retrain(settings, ["a test"], hours, lambda: iter(chosen))


def test_steps_run_one_after_the_other_and_are_recorded(settings: Settings) -> None:
    done = run(settings, WELL, WELL)

    assert Path("well").exists()
    assert (done.outcome, done.why, [each.name for each in done.steps]) == (
        Outcome.DONE,
        ("a test",),
        ["first", "first"],
    )
    assert record.last() == done
    assert [each["outcome"] for each in history()] == ["done"]


def test_a_step_that_fails_ends_it_and_the_record_says_what_is_left(settings: Settings) -> None:
    run(settings, WELL)

    with pytest.raises(UserError, match=r"the step second failed with exit code 3.*; the service is as before"):
        run(settings, WRONG, WELL)

    found = record.last()
    assert found is not None
    assert (found.outcome, [each.exit_code for each in found.steps]) == (Outcome.FAILED, [3])
    assert found.said is not None
    assert found.said.endswith("the service is as before")
    assert [each["outcome"] for each in history()] == ["done", "failed"]


def test_a_step_that_runs_out_of_time_is_ended_with_all_that_it_started(settings: Settings) -> None:
    def until_it_runs() -> Iterator[Step]:
        yield HANGS

    with pytest.raises(UserError, match="the step third ran out of time"):
        retrain(settings, ["a test"], 1.5 / 3600, until_it_runs)

    child = int(Path("child").read_text())
    assert not Path(f"/proc/{child}").exists() or Path(f"/proc/{child}/stat").read_text().split()[2] == "Z"
    found = record.last()
    assert found is not None
    assert found.outcome is Outcome.TIMED_OUT


def test_an_interruption_is_recorded_and_frees_the_lock(settings: Settings) -> None:
    def interrupted() -> Iterator[Step]:
        yield WELL
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrain(settings, ["a test"], 1, interrupted)

    assert [each["outcome"] for each in history()] == ["interrupted"]
    assert run(settings, WELL).outcome is Outcome.DONE


def test_no_two_run_at_once_and_a_lock_of_a_dead_process_holds_nobody(settings: Settings) -> None:
    lock.FILE.parent.mkdir()
    lock.FILE.write_text("1234567")  # what a process leaves that was killed
    assert run(settings, WELL).outcome is Outcome.DONE

    with lock.FILE.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(UserError, match=f"the process {os.getpid()}, which holds"):
            run(settings, WELL)
    assert len(history()) == 1


def test_the_steps_are_those_of_a_retraining_and_a_version_without_a_served_one_is_compared(settings: Settings) -> None:
    names = [step.name for step in all_steps(settings, ["why"], to_shadow=True)]

    assert names == ["tables", "pipeline", "gate", "promotion", "state", "level", "summary"]


def test_where_the_served_state_has_its_counters_the_new_version_goes_into_shadow(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.retrain.run.fits_served_state", lambda _: True)

    found = {step.name: step for step in all_steps(settings, ["the loss", "age"], to_shadow=True)}

    assert "promotion" not in found
    assert found["shadow"].command[-2:] == ("--why", "the loss; age")


def test_a_step_is_waited_for_no_longer_than_it_runs(settings: Settings) -> None:  # noqa: ARG001 - its folder
    began = time.monotonic()

    found = steps.run_step(WELL, began + 60)

    assert found.exit_code == 0
    assert found.seconds < 50
