import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from data.errors import UserError
from data.times import utc_now
from serving.process import looks
from serving.process.looks import Look, LookFile, Looks, noted

NOTES = "import os, pathlib, time; pathlib.Path('looked').write_text(os.environ['WHO']); time.sleep({seconds})"


class Found(LookFile):
    NAME: ClassVar[str] = "found.json"
    WRITER: ClassVar[str] = "the next look"

    lines: int = 0


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "FIRST_SECONDS", 0.0)


def started(folder: Path, every: float = 3600, seconds: float = 0) -> Looks:
    command = (sys.executable, "-c", NOTES.format(seconds=seconds))
    return Looks(Look(command, every, folder, {"WHO": "me"}), Found, folder, "a test")


def until_it_ended(found: Looks) -> None:
    until = time.monotonic() + 30
    while found._running is not None and time.monotonic() < until:
        found.turn()
        time.sleep(0.01)


def test_a_look_that_is_due_runs_in_its_folder(tmp_path: Path) -> None:
    found = started(tmp_path)

    found.turn()
    assert found._running is not None
    until_it_ended(found)

    assert (tmp_path / "looked").read_text() == "me"


@pytest.mark.parametrize(("every", "age"), [(3600, 60), (3600, -(10**6)), (0, 10**6)])
def test_after_a_restart_no_look_is_made_before_it_is_time_nor_where_none_is_wanted(
    tmp_path: Path, every: float, age: float
) -> None:
    Found(tried_at=utc_now() - timedelta(seconds=age)).write(tmp_path)
    found = started(tmp_path, every)

    found.turn()

    assert found._running is None
    assert found._due_at <= time.monotonic() + 3600


def test_a_broken_file_of_the_last_look_keeps_none_from_being_made(tmp_path: Path) -> None:
    Found.path(tmp_path).write_text("{")
    found = started(tmp_path)

    found.turn()
    running = found._running
    found.close()

    assert running is not None


@pytest.mark.parametrize("before", [True, False])
def test_what_was_told_before_stays_beside_the_problem_of_a_look(tmp_path: Path, before: bool) -> None:  # noqa: FBT001
    def look() -> Found:
        raise UserError(expected="lines", found="none", fix="sell something")

    if before:
        told = noted(Found, tmp_path, lambda: Found(tried_at=utc_now(), lines=3))
        assert (told.lines, told.problem) == (3, None)
    else:
        Found.path(tmp_path).write_text("{")

    found = noted(Found, tmp_path, look)

    assert (found.lines, found.problem) == (3 * before, "expected lines; found none; sell something")
    assert Found.read(tmp_path) == found


def test_a_look_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MOST_SECONDS", 0.0)
    found = started(tmp_path, seconds=60)

    found.turn()
    running = found._running
    found.turn()

    assert running is not None
    assert running.returncode is not None
    assert found._running is None
