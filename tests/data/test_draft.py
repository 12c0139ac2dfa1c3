from pathlib import Path

import pytest
from rich.console import Console

from data.draft import draft
from data.errors import UserError
from tests.data.drafting.files import COMMENTS


def test_a_mapping_is_never_overwritten(tmp_path: Path) -> None:
    mapping = tmp_path / "mine.yaml"
    mapping.write_text("of the shop", encoding="utf-8")

    with pytest.raises(UserError, match="never overwritten"):
        draft([tmp_path / "a.csv"], mapping, COMMENTS, Console(quiet=True))

    assert mapping.read_text(encoding="utf-8") == "of the shop"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a\.csv"):
        draft([tmp_path / "a.csv"], tmp_path / "mine.yaml", COMMENTS, Console(quiet=True))
