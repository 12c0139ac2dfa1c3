"""The watch looks again and again, gives signs of life meanwhile, and ends with what it started."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data.times import utc_now
from serving.process.lifeline import Lifeline
from serving.quality import watch
from serving.quality.found import FILE
from serving.settings import Settings
from tests.serving.quality.small_quality import quality


class Enough(Exception):  # noqa: N818 - it ends the watch
    pass


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, Lifeline]]:
    """The supervisor's end of a lifeline, and that of the watch."""
    monkeypatch.setattr(watch, "BEAT_SECONDS", 0.01)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, Lifeline(theirs)


def looks(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_it_looks_again_and_again_with_signs_of_life(
    ends: tuple[socket.socket, Lifeline], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "looks"
    command = (sys.executable, "-S", "-c", f"open({os.fspath(file)!r}, 'a').write('x\\n')")
    beat = Lifeline.beat

    def until_three(own: Lifeline) -> None:
        beat(own)
        if looks(file) == 3:
            raise Enough

    monkeypatch.setattr(Lifeline, "beat", until_three)
    with pytest.raises(Enough):
        watch.watch(0.0, 0.01, ends[1], command)

    assert ends[0].recv(1000)


def test_a_look_that_hangs_is_ended(ends: tuple[socket.socket, Lifeline], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_SECONDS", 0.05)
    began = time.monotonic()

    watch._look((sys.executable, "-S", "-c", "import time; time.sleep(600)"), ends[1])

    assert time.monotonic() - began < 300
    assert ends[0].recv(1000)


def test_after_a_restart_it_waits_until_the_last_look_is_old_enough(tmp_path: Path) -> None:
    settings = Settings(quality=tmp_path, quality_every_seconds=3600)

    first = watch.wait_before_first(settings)
    quality(tried_at=utc_now() - timedelta(seconds=600)).write(tmp_path)
    recent = watch.wait_before_first(settings)
    quality(tried_at=utc_now() + timedelta(days=9)).write(tmp_path)
    ahead = watch.wait_before_first(settings)
    (tmp_path / FILE).write_text("{")
    broken = watch.wait_before_first(settings)

    assert first == broken == watch.FIRST_SECONDS
    assert 2990 < recent <= 3000
    assert ahead == 3600
