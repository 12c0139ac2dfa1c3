from pathlib import Path

import pytest

from data.errors import UserError
from data.logged.files import LogFiles, begun

LOG = LogFiles("predictions")


def test_files_are_read_in_the_order_in_which_they_were_begun_and_no_others(tmp_path: Path) -> None:
    for begun_us, process, line in ((20, 3, 1), (3, 20, 0), (1_700_000_000_000_000, 1, 2)):
        (tmp_path / LOG.file_name(begun_us, process)).write_text(f'{{"line": {line}}}\n')
    (tmp_path / "predictions-notes.txt").write_text("no prediction\n")

    assert [line["line"] for line in LOG.read(tmp_path)] == [0, 1, 2]
    assert [begun(file) for file in LOG.files(tmp_path)] == [3, 20, 1_700_000_000_000_000]


def test_a_last_line_that_was_cut_is_left_out_and_a_broken_one_before_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "predictions-1700000000000000-1.jsonl"
    file.write_text('{"line": 0}\n{"li')
    assert list(LOG.read(tmp_path)) == [{"line": 0}]

    file.write_text('{"li\n{"line": 1}\n')

    with pytest.raises(UserError, match="in line 1"):
        list(LOG.read(tmp_path))


def test_a_line_that_is_no_object_is_named(tmp_path: Path) -> None:
    (tmp_path / "predictions-1700000000000000-1.jsonl").write_text("{}\n[1]\n")

    with pytest.raises(UserError, match="a list, in line 2"):
        list(LOG.read(tmp_path))


def test_a_folder_with_the_name_of_a_file_is_no_file_and_no_record_may_be_read_past_it(tmp_path: Path) -> None:
    file, folder = (tmp_path / LOG.file_name(begun_us, 1) for begun_us in (1, 2))
    file.write_text('{"line": 0}\n')
    folder.mkdir()

    assert LOG.files(tmp_path) == [file]
    with pytest.raises(UserError, match="to be a file of the log that can be read"):
        list(LOG.read(tmp_path))


def test_a_folder_that_is_not_there_holds_no_records(tmp_path: Path) -> None:
    assert list(LOG.read(tmp_path / "none")) == []
