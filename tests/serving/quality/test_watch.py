"""The watch looks again and again, gives signs of life meanwhile, and ends with what it started."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.process import looks as process_looks
from serving.process.lifeline import Lifeline
from serving.process.looks import Look, Looks
from serving.quality import watch
from serving.quality.found import Quality


class Enough(Exception):  # noqa: N818 - it ends the watch
    pass


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, Lifeline]]:
    """The supervisor's end of a lifeline, and that of the watch."""
    monkeypatch.setattr(watch, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(process_looks, "FIRST_SECONDS", 0.0)
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
        watch.watch(Looks(Look(command, 0.01), Quality, tmp_path, "a test"), ends[1])

    assert ends[0].recv(1000)
