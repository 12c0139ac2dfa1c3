import os
from pathlib import Path

import pytest

from serving import whole_file


def test_a_file_is_replaced_as_a_whole_for_its_owners_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file.json"

    whole_file.replace(file, "old")
    before = whole_file.stamp(file)
    whole_file.replace(file, "new")

    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o600)
    assert before is not None
    assert before != whole_file.stamp(file)


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file.json"
    whole_file.replace(file, "old")

    def full(_: int) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no room"):
        whole_file.replace(file, "new")

    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])


def test_a_file_that_is_not_there_has_no_stamp(tmp_path: Path) -> None:
    assert whole_file.stamp(tmp_path / "none") is None
