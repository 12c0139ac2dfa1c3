"""A small shop whose customers have secrets, a copy of its own for each test."""

import shutil
from pathlib import Path

import pytest

from serving.http.writer import client
from tests.made_once import made_once
from tests.serving.rights import small_shop
from tests.serving.rights.small_shop import SmallShop


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "small-shop", small_shop.make)


@pytest.fixture
def shop(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallShop:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(client, "START_SECONDS", 0.05)
    return small_shop.of_folder(tmp_path)
