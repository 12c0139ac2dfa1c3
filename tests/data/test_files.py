"""Atomic writes: wherever a write stops, the old or the new content is complete, and the next write works."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data import files
from data.errors import UserError

WRITES: dict[str, Callable[[Path, str], None]] = {}
"""Every way to write, with a text, which goes into two files of a folder."""


def write(function: Callable[[Path, str], None]) -> Callable[[Path, str], None]:
    WRITES[function.__name__] = function
    return function


@write
def a_text(path: Path, text: str) -> None:
    files.write_text(text, path)


@write
def a_private_text(path: Path, text: str) -> None:
    files.write_private(text, path)


@write
def json_of(path: Path, text: str) -> None:
    files.write_json({"text": text}, path)


@write
def a_file(path: Path, text: str) -> None:
    with files.whole_file(path) as unfinished:
        unfinished.write_text(text)


@write
def a_folder(path: Path, text: str) -> None:
    with files.whole_folder(path) as unfinished:
        (unfinished / "one").write_text(text)
        files.write_text(text, unfinished / "two")


@write
def a_folder_where_two_cant_change_places(path: Path, text: str) -> None:
    files._exchange = lambda *_: False
    a_folder(path, text)


@pytest.fixture(params=WRITES)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(files, "_exchange", files._exchange)  # put back what a way puts aside
    return str(request.param)


def content(path: Path) -> str | dict[str, str] | None:
    if path.is_dir():
        return {file.name: file.read_text() for file in path.iterdir()}
    return path.read_text() if path.exists() else None


# --- what is written ---


def test_a_write_makes_the_folders_above_and_leaves_nothing_beside(way: str, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "it.json"

    for text in ("old", "new"):
        WRITES[way](path, text)

        assert text in json.dumps(content(path))
    assert list(path.parent.iterdir()) == [path]


def test_a_new_folder_keeps_nothing_of_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    (tmp_path / "it" / "former").write_text("of a version before")

    a_folder(tmp_path / "it", "new")

    assert content(tmp_path / "it") == {"one": "new", "two": "new"}


def test_readers_never_miss_a_folder_that_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_folder(tmp_path / "it", "old")
    monkeypatch.setattr(Path, "replace", None)  # the two change places: neither is moved away first

    with files.scratch(tmp_path / "it") as beside:
        (beside / "it").mkdir()
        files.replace_folder(beside / "it", tmp_path / "it")

    assert content(tmp_path / "it") == {}


@pytest.mark.parametrize("way", ["a_text", "json_of", "a_file", "a_folder"])
def test_what_is_written_has_the_rights_that_any_file_has(way: str, tmp_path: Path) -> None:
    WRITES[way](tmp_path / "it", "new")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    usual = tmp_path / ("folder" if way == "a_folder" else "file")
    assert (tmp_path / "it").stat().st_mode == usual.stat().st_mode


def test_a_private_file_is_for_its_owners_eyes_only_and_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "it").touch(mode=0o644)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))

    files.write_private("new", tmp_path / "it")

    assert (tmp_path / "it").stat().st_mode & 0o777 == 0o600
    assert synced == [(tmp_path / "it").stat().st_ino, tmp_path.stat().st_ino]


def test_json_is_the_same_each_time(tmp_path: Path) -> None:
    files.write_json({"b": (1 / 3, -1e-9, 2), "a": {"ü": None}}, tmp_path / "it.json")

    assert (tmp_path / "it.json").read_text(encoding="utf-8") == (
        '{\n  "a": {\n    "ü": null\n  },\n  "b": [\n    0.333333,\n    0.0,\n    2\n  ]\n}\n'
    )


def test_a_number_that_json_lacks_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    files.write_json({"a": 1}, tmp_path / "it.json")

    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json({"a": float("nan")}, tmp_path / "it.json")

    assert files.read_json(tmp_path / "it.json") == {"a": 1}


def test_a_stamp_changes_with_each_write(tmp_path: Path) -> None:
    assert files.stamp(tmp_path / "it") is None
    files.write_private("old", tmp_path / "it")
    before = files.stamp(tmp_path / "it")

    files.write_private("new", tmp_path / "it")

    assert None is not before != files.stamp(tmp_path / "it")

    then = files.stamp(tmp_path / "it")
    (tmp_path / "it").chmod(0o604)

    assert files.stamp(tmp_path / "it") != then


# --- what is stopped ---


@pytest.mark.parametrize("step", ["os.fsync", "os.replace", "pathlib.Path.write_text", "pathlib.Path.write_bytes"])
def test_a_step_that_fails_leaves_what_was_there_and_nothing_else(
    way: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    WRITES[way](path, "old")
    before, failed = content(path), []

    def full(*given: object, **_: object) -> None:
        failed.append(given)
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(step, full)
        try:
            WRITES[way](path, "new")
        except OSError as error:
            assert error.strerror == "no room"  # noqa: PT017 - not every way takes every step
            assert content(path) == before

    assert list(tmp_path.iterdir()) == [path]
    WRITES[way](path, "newer")
    assert "newer" in json.dumps(content(path))


STOPPED = """
import os, signal, sys
from pathlib import Path
from tests.data import test_files

EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "fcntl.flock", "ctypes.dlopen",
          "ctypes.dlsym"}
_, way, path, how = sys.argv

def stopped_at(left):
    def stop(event, given):
        nonlocal left
        if event in EVENTS:
            left -= 1
            if left == -1 and how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if left == -1:
                raise KeyboardInterrupt
    sys.addaudithook(stop)
    try:
        test_files.WRITES[way](Path(path), "new")
    except KeyboardInterrupt:
        pass
    os._exit(left < 0)

for step in sys.stdin:
    child = os.fork() or stopped_at(int(step))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def stopped_writes(way: str, path: Path, how: str) -> Iterator[int]:
    """Write in a process that is stopped at its first step, at its second and so on, until one goes through."""
    command = [sys.executable, "-c", STOPPED, way, str(path), how]
    top = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=top, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for step in range(100):
            print(step, file=process.stdin, flush=True)
            ended = int(process.stdout.readline())
            if ended == 0:
                process.stdin.close()
                return
            assert ended == (-signal.SIGKILL if how == "killed" else 1)
            yield step
    raise AssertionError("a write takes fewer steps than that")


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_process_stopped_at_any_step_leaves_the_old_or_the_new_and_the_next_write_clears_up(
    way: str, how: str, tmp_path: Path
) -> None:
    path = tmp_path / "it"
    WRITES[way](path, "old")
    old = content(path)
    WRITES[way](path, "new")
    new, seen, steps = content(path), [], 0
    WRITES[way](path, "old")

    for step in stopped_writes(way, path, how):
        if not path.exists():  # killed while a folder was aside: the next write beside it brings it back
            assert (way, how) == ("a_folder_where_two_cant_change_places", "killed")
            files.write_text("", tmp_path / "beside")
            (tmp_path / "beside").unlink()
        seen.append(content(path))
        assert seen[-1] in (old, new), f"step {step}"
        assert all(files.is_unfinished(left) for left in tmp_path.iterdir() if left != path)

        WRITES[way](path, "old")

        assert (content(path), list(tmp_path.iterdir())) == (old, [path]), f"step {step}"
        steps += 1

    assert steps >= 6
    assert old in seen
    assert new in seen


# --- what others are writing ---


def test_what_another_is_writing_is_left_alone(tmp_path: Path) -> None:
    with files.whole_folder(tmp_path / "it") as mine:
        (mine / "one").write_text("mine")
        with files.whole_folder(tmp_path / "it") as yours:
            (yours / "one").write_text("yours")
        assert content(tmp_path / "it") == {"one": "yours"}

    assert content(tmp_path / "it") == {"one": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


@pytest.mark.parametrize("step", ["made", "opened"])
def test_a_scratch_folder_that_another_took_for_a_leftover_is_made_again(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, lock = tempfile.mkdtemp, fcntl.flock
    made: list[str] = []

    def making(**given: str) -> str:
        made.append(str(make(**given)))
        if (step, len(made)) == ("made", 1):
            files._remove_leftovers(tmp_path)  # another process, before this one holds it
        return made[-1]

    def locking(handle: int, how: int) -> None:
        if (step, len(made), how) == ("opened", 1, fcntl.LOCK_EX):
            files._remove_leftovers(tmp_path)
        lock(handle, how)

    monkeypatch.setattr(tempfile, "mkdtemp", making)
    monkeypatch.setattr(fcntl, "flock", locking)

    files.write_text("new", tmp_path / "it")

    assert (len(made), content(tmp_path / "it")) == (2, "new")


def test_without_locks_leftovers_stay_and_disturb_no_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / ".it.unfinished-1234"
    left.mkdir()

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", none)

    files.write_text("new", tmp_path / "it")

    assert (content(tmp_path / "it"), left.is_dir()) == ("new", True)


def test_git_and_dvc_ignore_what_is_unfinished(tmp_path: Path, top: Path) -> None:
    with files.scratch(tmp_path / "products") as folder:
        assert files.is_unfinished(folder)
        name = f"reports/{folder.name}/"
    for ignore in (".gitignore", ".dvcignore"):
        asked = ["git", "-c", f"core.excludesFile={top / ignore}", "check-ignore", "--quiet", "--no-index", name]
        assert subprocess.run(asked, cwd=tmp_path_repository(tmp_path), check=False).returncode == 0, ignore


def tmp_path_repository(folder: Path) -> Path:
    """A repository without any rule of its own."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


# --- what is read ---


def test_an_object_and_a_list_are_read(tmp_path: Path) -> None:
    (tmp_path / "object").write_text('{"a": [1]}')
    (tmp_path / "list").write_text('[{"a": 1}]')

    assert files.read_json(tmp_path / "object") == {"a": [1]}
    assert files.read_json_list(tmp_path / "list") == [{"a": 1}]


@pytest.mark.parametrize(
    ("bytes_", "expected", "found"),
    [
        (None, "the metrics", "no such file"),
        (b'{"a": ', "it.json to be JSON", "JSONDecodeError: Expecting value: line 1 column 7"),
        (b"", "it.json to be JSON", "JSONDecodeError: Expecting value: line 1 column 1"),
        (b'{"a": "\xff"}', "it.json to be JSON", "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
        (b"3", "it.json to hold ", "int"),
    ],
    ids=["none", "cut", "empty", "not UTF-8", "a number"],
)
@pytest.mark.parametrize("read", [files.read_json, files.read_json_list])
def test_a_file_that_is_not_json_gives_one_clear_message(
    read: Callable[..., object], bytes_: bytes | None, expected: str, found: str, tmp_path: Path
) -> None:
    if bytes_ is not None:
        (tmp_path / "it.json").write_bytes(bytes_)

    with pytest.raises(UserError) as caught:
        read(tmp_path / "it.json", expected="the metrics", fix="dvc repro evaluate")

    assert expected in caught.value.expected
    assert caught.value.found.startswith(found)
    assert caught.value.fix == "dvc repro evaluate"


def test_a_list_is_no_object_and_an_object_no_list(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("[]")
    (tmp_path / "object").write_text("{}")

    with pytest.raises(UserError, match=r"list to hold named values\n   found: list"):
        files.read_json(tmp_path / "list")
    with pytest.raises(UserError, match=r"object to hold a list\n   found: dict"):
        files.read_json_list(tmp_path / "object")


def test_a_file_that_can_not_be_opened_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "it.json").mkdir()

    with pytest.raises(UserError, match="which an earlier stage writes") as caught:
        files.read_json(tmp_path / "it.json")

    assert (caught.value.found, caught.value.fix) == ("Is a directory", "make it anew: dvc repro")
