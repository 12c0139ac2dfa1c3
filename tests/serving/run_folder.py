"""The folder of a shop after a run, as the parts of the service are put together from it."""

import json
import shutil
from pathlib import Path

import pytest

from features.online_state.seed_file import STATE
from serving.http.writer import client
from serving.settings import Settings
from tests.serving.served_shop import served_shop
from tests.workspace import TOP
from training.registry.provenance import folder_digest


def run_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Lay out params.yaml, the policies and the seed in ``folder``, make it the current one, and give its settings."""
    monkeypatch.setattr(client, "START_SECONDS", 0.05)
    monkeypatch.chdir(folder)
    shutil.copy(TOP / "params.yaml", "params.yaml")
    shutil.copytree(TOP / "data" / "policies", Path("data", "policies"))
    shutil.copytree(served_shop().seed, STATE)
    about = json.loads((STATE / "about.json").read_text())
    (STATE / "about.json").write_text(json.dumps(about | {"id_key": None}))
    return Settings(
        state=f"lmdb:{folder / 'store'}",
        model_dir=folder / "models",
        prediction_log=folder / "log",
        shadow_log=folder / "beside",
    )


def saved(models: Path, version: int) -> dict[str, object]:
    """Save the bundle as a ``version`` in the folder ``models``; give what a pointer says of it."""
    folder = models / str(version)
    served_shop().bundle.save(folder)
    return {"version": version, "folder": folder.name, "bundle_sha256": folder_digest(folder)}
