"""A tracking store of its own for each test, and a small project whose models are known."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.made_once import made_once
from tests.training.small_project import write_model, write_project
from training.registry import mlflow_registry
from training.registry.mlflow_registry import Registry


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables without a row: making them takes seconds, copying the file none."""
    made = made_once(
        tmp_path_factory, "mlflow", lambda folder: mlflow_registry.connect(f"sqlite:///{folder}/mlflow.db")
    )
    return made / "mlflow.db"


@pytest.fixture
def registry(empty_database: Path, project: Path) -> Registry:
    """The registry that the project in the current folder uses by default, empty."""
    shutil.copyfile(empty_database, project / "mlflow.db")
    return mlflow_registry.connect()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the stages before registration leave, made the current one."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    return tmp_path


@pytest.fixture
def train(project: Path) -> Callable[..., None]:
    """Leave a model as the stages before do: its bundle, what it says of the test lines, and its metrics."""
    return partial(write_model, project)
