"""The course of every line of a shop."""

from datetime import datetime
from pathlib import Path

import pytest

from data.errors import UserError
from data.predicted.course import OF_LINES, OF_OUTCOMES, course
from data.schema import ORDER_LINES, RETURNS
from tests.data.predicted.test_join import DAY, RULE, T, back, line, write_table


def lines_of(folder: Path, known_until: datetime | None = None) -> dict[str, dict[str, object]]:
    found = course(folder, RULE, known_until)
    assert found.column_names == [*OF_LINES, *OF_OUTCOMES]
    return {row["line_id"]: row for row in found.to_pylist()}


def test_a_line_is_settled_by_its_return_or_by_its_close_and_open_ones_by_nothing(tmp_path: Path) -> None:
    lines = [line("kept", "o", T), line("back", "o", T), line("open", "p", T + 30 * DAY)]
    write_table(ORDER_LINES, lines, tmp_path)
    write_table(RETURNS, [back("back", T + 3 * DAY)], tmp_path)

    found = lines_of(tmp_path)

    assert {name: row["label"] for name, row in found.items()} == {"kept": 0, "back": 1, "open": None}
    assert {name: row["settled_at"] for name, row in found.items()} == {
        "kept": T + 21 * DAY,
        "back": T + 3 * DAY,
        "open": None,
    }
    assert list(found) == ["back", "kept", "open"]


def test_a_close_after_the_tables_were_written_is_not_known(tmp_path: Path) -> None:
    write_table(ORDER_LINES, [line("l", "o", T), line("later", "o", T + 40 * DAY)], tmp_path)
    write_table(RETURNS, [back("later", T + 41 * DAY)], tmp_path)

    assert lines_of(tmp_path)["l"]["label"] == 0
    assert lines_of(tmp_path, T + 20 * DAY)["l"]["label"] is None


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="order_lines"):
        course(tmp_path, RULE)
