import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from data.times import utc_now
from serving.model.folder import ShadowLook
from serving.shadow import looks
from serving.shadow.looks import Look, Looks

NOTES = "import os, pathlib, time; pathlib.Path('looked').write_text(os.environ['WHO']); time.sleep({seconds})"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "FIRST_SECONDS", 0.0)


def started(folder: Path, every: float = 3600, seconds: float = 0) -> Looks:
    command = (sys.executable, "-c", NOTES.format(seconds=seconds))
    return Looks(Look(command, folder, {"WHO": "me"}, every), folder)


def until_it_ended(found: Looks) -> None:
    until = time.monotonic() + 30
    while found._running is not None and time.monotonic() < until:
        found.turn()
        time.sleep(0.01)


def test_a_look_that_is_due_runs_in_its_folder_beside_the_shadow(tmp_path: Path) -> None:
    found = started(tmp_path)

    found.turn()
    assert found._running is not None
    until_it_ended(found)

    assert (tmp_path / "looked").read_text() == "me"


@pytest.mark.parametrize(("every", "age"), [(3600, 60), (0, 10**6)])
def test_after_a_restart_no_look_is_made_before_it_is_time_nor_where_none_is_wanted(
    tmp_path: Path, every: float, age: float
) -> None:
    ShadowLook(tried_at=utc_now() - timedelta(seconds=age)).write(tmp_path)
    found = started(tmp_path, every)

    found.turn()

    assert found._running is None


def test_a_look_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MOST_SECONDS", 0.0)
    found = started(tmp_path, seconds=60)

    found.turn()
    running = found._running
    found.turn()

    assert running is not None
    assert running.returncode is not None
    assert found._running is None
