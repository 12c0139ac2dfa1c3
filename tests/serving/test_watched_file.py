"""Files that people change while the service runs."""

from itertools import count
from pathlib import Path

import pytest

from data.errors import UserError
from serving.watched_file import WatchedFile


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is ten seconds after the one before."""
    ticks = count(0, 10)
    monkeypatch.setattr("serving.watched_file.time.monotonic", lambda: float(next(ticks)))


def read(path: Path) -> str:
    """Read ``path``, which names another file."""
    try:
        return path.with_name(path.read_text()).read_text()
    except OSError as error:
        raise UserError(expected="a file", found=str(error), fix="write it") from None


def test_a_file_that_is_broken_at_the_start_stops_it_or_gives_what_is_said_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "first"
    with pytest.raises(UserError):
        WatchedFile(path, read, "the file")
    watched = WatchedFile(path, read, "the file", until_valid=lambda: "nothing")

    assert watched.content() == "nothing"
    assert "No such file" in (watched.trouble() or "")
    (tmp_path / "second").write_text("mended")
    path.write_text("second")
    assert (watched.content(), watched.trouble()) == ("mended", None)


def test_a_file_that_gets_broken_later_keeps_its_content_or_gives_what_holds_without_it(tmp_path: Path) -> None:
    path = tmp_path / "first"
    (tmp_path / "second").write_text("valid")
    path.write_text("second")
    kept = WatchedFile(path, read, "the file", until_valid=lambda: "nothing")
    left = WatchedFile(path, read, "the file", until_valid=lambda: "nothing", keep_valid=False)

    path.write_text("missing one")
    assert (kept.content(), left.content()) == ("valid", "nothing")
    path.write_text("second")
    assert (kept.content(), left.content()) == ("valid", "valid")


def test_a_broken_file_is_taken_once_another_that_it_names_is_mended_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "first"
    path.write_text("second")
    watched = WatchedFile(path, read, "the file", until_valid=lambda: "nothing")

    assert [watched.content() for _ in range(3)] == ["nothing"] * 3
    assert len(caplog.records) == 1
    (tmp_path / "second").write_text("mended")
    assert (watched.content(), watched.trouble()) == ("mended", None)
