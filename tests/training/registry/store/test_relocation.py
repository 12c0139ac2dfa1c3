"""Artifacts lie beside the database: a project that was moved or copied works on its own."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.training.registry.test_mlflow_registry import NAME, log
from training.registry import mlflow_registry
from training.registry.alias_history import Cause
from training.registry.mlflow_registry import Registry
from training.registry.store import relocation

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others


def addresses(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as store:
        return {
            row[0]
            for table, _, column in relocation.ADDRESSES
            for row in store.execute(f"select {column} from {table} where {column} like '%/mlartifacts/%'")
        }


def test_a_moved_project_serves_its_champion_and_registers_the_next(
    registry: Registry, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.move_alias(NAME, log(registry, "first").number, "measured", Cause.COMPARED)
    moved = tmp_path.parent / f"{tmp_path.name} moved"
    shutil.move(project, moved)
    monkeypatch.chdir(moved)

    version, bundle = mlflow_registry.champion(NAME, moved / "serving")
    second = log(mlflow_registry.connect(), "second")

    assert json.loads((bundle / "bundle.json").read_text()) == "first"
    assert (version.number, second.number) == (1, 2)
    assert all(
        address.startswith(f"file://{tmp_path}%20moved/mlartifacts/") for address in addresses(Path("mlflow.db"))
    )
    assert not project.exists()


def test_a_copy_uses_its_own_artifacts_and_leaves_those_of_the_original(
    registry: Registry, project: Path, tmp_path: Path
) -> None:
    version = log(registry)
    copy = tmp_path.parent / f"{tmp_path.name}-copy"
    shutil.copytree(project, copy)
    (stored,) = (project / "mlartifacts").rglob("bundle.json")
    stored.write_text("altered in the original")

    got = mlflow_registry.connect(f"sqlite:///{copy}/mlflow.db").fetch(version, copy / "to")

    assert json.loads((got / "bundle.json").read_text()) == "a"
    assert all(str(copy) in address for address in addresses(copy / "mlflow.db"))
    assert not [address for address in addresses(project / "mlflow.db") if str(copy) in address]


@pytest.mark.parametrize(
    "address",
    ["s3://shop/mlartifacts/return-risk", "file:///elsewhere/artifacts/return-risk", "/old/mlartifacts/other", ""],
)
def test_an_address_that_someone_chose_stays(address: str, tmp_path: Path) -> None:
    (tmp_path / "return-risk").mkdir()

    assert relocation.beside(address, tmp_path) is None


def test_a_database_that_can_not_be_written_is_left_as_it_is_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = tmp_path / "mlflow.db"
    (tmp_path / "mlartifacts/shop").mkdir(parents=True)
    with closing(sqlite3.connect(database)) as store, store:
        store.execute("create table runs (run_uuid text, artifact_uri text)")
        store.execute("insert into runs values ('a', 'file:///old/mlartifacts/shop/a/artifacts')")
    with closing(sqlite3.connect(database)) as other, pytest.MonkeyPatch.context() as patch:
        patch.setattr(relocation, "TIMEOUT", 0.01)
        other.execute("begin exclusive")

        changed = relocation.relocate(database)

    assert changed == 0
    assert "can't be set: database is locked" in caplog.text
