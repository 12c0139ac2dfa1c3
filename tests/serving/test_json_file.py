"""A small file that is replaced as a whole, and says clearly what is wrong with it."""

from pathlib import Path
from typing import ClassVar

import pytest

from data.errors import UserError
from serving.json_file import JsonFile


class Note(JsonFile):
    NAME: ClassVar[str] = "note.json"
    WRITER: ClassVar[str] = "the test"

    number: int


def test_what_was_written_is_read_by_its_owner_alone_and_nothing_where_there_is_no_file(tmp_path: Path) -> None:
    Note(number=3).write(tmp_path / "new")

    assert Note.read(tmp_path / "new") == Note(number=3)
    assert Note.path(tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert Note.read(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "found"),
    [('{"number": "of C-1042"}', "valid integer.* at number"), ('{"number": 1, "more": 2}', "at more"), ("{", "JSON")],
)
def test_a_broken_file_is_refused_with_its_place_and_without_its_content(
    tmp_path: Path, content: str, found: str
) -> None:
    Note.path(tmp_path).write_text(content)

    with pytest.raises(UserError, match=found) as refused:
        Note.read(tmp_path)

    assert "C-1042" not in str(refused.value)
    assert refused.value.expected == f"{Note.path(tmp_path)} as the test writes it"
    assert refused.value.fix == "remove the file: the test writes a new one"


def test_what_can_not_be_read_as_a_file_says_why(tmp_path: Path) -> None:
    Note.path(tmp_path).mkdir()

    with pytest.raises(UserError, match="Is a directory"):
        Note.read(tmp_path)
