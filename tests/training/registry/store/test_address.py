from pathlib import Path

import pytest

from data.errors import UserError
from training.registry.store import address as store_address


def test_without_an_address_it_is_the_file_at_the_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)

    assert store_address.resolve(None) == f"sqlite:///{tmp_path}/mlflow.db"


def test_the_environment_names_another_and_an_argument_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://tracking.example.org")

    assert store_address.resolve(None) == "https://tracking.example.org"
    assert store_address.resolve("sqlite:////elsewhere/x.db") == "sqlite:////elsewhere/x.db"


def test_a_copy_that_dvc_made_for_an_experiment_belongs_to_the_project_it_was_made_from() -> None:
    assert store_address.project(Path("/home/shop/.dvc/tmp/exps/tmpx7")) == Path("/home/shop")
    assert store_address.project(Path("/home/shop/.dvc/tmp/exps/standalone/tmpx7")) == Path("/home/shop")
    assert store_address.project(Path("/home/exps/shop")) == Path("/home/exps/shop")


def test_artifacts_lie_beside_the_database_and_a_server_decides_itself(tmp_path: Path) -> None:
    place = store_address.artifacts(f"sqlite:///{tmp_path}/mlflow.db", "return risk/2")

    assert place == (tmp_path / "mlartifacts/return-risk-2").as_uri()
    assert store_address.artifacts("http://127.0.0.1:5000", "return-risk") is None


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://ada:secret@tracking.example.org/x", "https://***@tracking.example.org/x"),
        ("postgresql://ada:p@ss@db:5432/mlflow", "postgresql://***@db:5432/mlflow"),
        ("sqlite:////home/a@b/mlflow.db", "sqlite:////home/a@b/mlflow.db"),
    ],
)
def test_an_address_is_shown_without_its_password(uri: str, shown: str) -> None:
    assert store_address.safe(uri) == shown


def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a folder of that name"):
        store_address.check(f"sqlite:///{tmp_path}")
