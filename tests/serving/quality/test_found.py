"""The file of what was found."""

from pathlib import Path

import pytest

from data.errors import UserError
from serving.quality.found import FILE, Quality
from tests.serving.quality.small_quality import alarm, quality


def test_what_was_written_is_read_and_names_all_recent_lines_and_the_alarms_that_go_on(tmp_path: Path) -> None:
    quality().write(tmp_path / "new")

    found = Quality.read(tmp_path / "new")

    assert found == quality()
    assert found.whole is not None
    assert found.whole.name == "last 28 days"
    assert found.open_alarms == (alarm("Bolt & <Sons>"),)
    assert Quality.read(tmp_path) is None


@pytest.mark.parametrize("content", ["{", "[]", '{"tried_at": "2024-06-30T12:00:00Z", "parts": 3}', '{"other": 1}'])
def test_a_file_of_other_content_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    with pytest.raises(UserError, match="make quality"):
        Quality.read(tmp_path)
