"""The files that a run leaves, in a folder that is the current one."""

from pathlib import Path

import pytest

from serving.model.folder import Pointer
from serving.settings import Settings
from tests.serving.run_folder import run_folder, saved
from tests.serving.served_shop import pointer


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with params.yaml, the seed and a champion, made the current one."""
    found = run_folder(tmp_path, monkeypatch)
    Pointer(**pointer().model_dump() | saved(found.model_dir, 7)).write(found.model_dir)
    return found
