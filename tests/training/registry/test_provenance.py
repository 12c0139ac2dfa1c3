import getpass
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.registry import provenance

OUTCOMES = st.dictionaries(st.text(min_size=1), st.integers(0, 1), max_size=8)


def git(top: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=top, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("a = 1\n")
    (tmp_path / "dvc.lock").write_text("stages\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Start")
    return tmp_path


def test_a_clean_clone_has_its_commit(clone: Path) -> None:
    code = provenance.code(clone)

    assert len(code.commit) == 40
    assert not code.dirty


def test_changed_code_is_dirty_and_changed_outputs_are_not(clone: Path) -> None:
    (clone / "dvc.lock").write_text("new hashes\n")
    assert not provenance.code(clone).dirty

    (clone / "code.py").write_text("a = 2\n")
    assert provenance.code(clone).dirty


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert provenance.code(tmp_path) == provenance.Code("none", dirty=True)


def test_an_account_without_a_name_can_still_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(getpass, "getuser", nameless)

    assert provenance.actor() == "unknown account"


def test_a_folder_is_known_by_names_and_contents(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("same")
    assert provenance.folder_digest(tmp_path / "a") == provenance.folder_digest(tmp_path / "b")

    (tmp_path / "b/file").rename(tmp_path / "b/other")
    assert provenance.folder_digest(tmp_path / "a") != provenance.folder_digest(tmp_path / "b")


@given(OUTCOMES, OUTCOMES)
def test_test_sets_are_the_same_when_lines_and_outcomes_are_whatever_their_order(
    one: dict[str, int], two: dict[str, int]
) -> None:
    def digest(outcomes: dict[str, int], *, backwards: bool) -> str:
        items = sorted(outcomes.items(), reverse=backwards)
        return provenance.outcomes_digest([line for line, _ in items], [label for _, label in items])

    assert (digest(one, backwards=False) == digest(two, backwards=True)) == (one == two)
