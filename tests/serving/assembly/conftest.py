"""The files that a run leaves, in a folder that is the current one."""

import json
import shutil
from pathlib import Path

import pytest

from features.online_state.seed_file import STATE
from serving.http.writer import client
from serving.model.folder import Pointer
from serving.settings import Settings
from tests.serving.served_shop import pointer, served_shop
from tests.workspace import TOP
from training.registry.provenance import folder_digest


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with params.yaml, the seed and a champion, made the current one."""
    shop = served_shop()
    monkeypatch.setattr(client, "START_SECONDS", 0.05)
    monkeypatch.chdir(tmp_path)
    shutil.copy(TOP / "params.yaml", "params.yaml")
    shutil.copytree(TOP / "data" / "policies", Path("data", "policies"))
    shutil.copytree(shop.seed, STATE)
    about = json.loads((STATE / "about.json").read_text())
    (STATE / "about.json").write_text(json.dumps(about | {"id_key": None}))
    models = tmp_path / "models"
    shop.bundle.save(models / "7")
    Pointer(**{**pointer().model_dump(), "bundle_sha256": folder_digest(models / "7")}).write(models)
    return Settings(state=f"lmdb:{tmp_path / 'store'}", model_dir=models, prediction_log=tmp_path / "log")
