import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pandas as pd
import pytest

from data.errors import UserError
from training.registry import mlflow_registry, provenance
from training.registry.alias_history import Cause
from training.registry.mlflow_model import PackagedModel
from training.registry.mlflow_registry import BUNDLE_TAG, Registry, RunRecord, Version

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others
NAME = "return-risk-simulated"


def log(registry: Registry, content: str = "a", name: str = NAME) -> Version:
    bundle = Path("training/bundle")
    (bundle / "bundle.json").write_text(json.dumps(content))
    record = RunRecord("run", {"a.b": "1"}, {"test.log_loss": 0.6}, {}, {}, "shop", "0" * 64)
    frame = pd.DataFrame({"x": [0.5, float("nan")]})
    answer = pd.DataFrame({"probability": [0.1, 0.2]})
    code = [Path("data"), Path("features"), Path("training")]
    tags = {BUNDLE_TAG: provenance.folder_digest(bundle)}
    return registry.log("return-risk", record, name, PackagedModel(bundle, code, frame, answer, ["pandas"]), tags)


def test_the_champion_comes_as_the_bundle_that_was_registered(registry: Registry, tmp_path: Path) -> None:
    registry.move_alias(NAME, log(registry, "first").number, "measured", Cause.COMPARED)
    log(registry, "second")

    version, path = mlflow_registry.champion(NAME, tmp_path / "serving")

    assert version.number == 1
    assert json.loads((path / "bundle.json").read_text()) == "first"


def test_a_bundle_that_was_altered_in_the_store_is_refused(registry: Registry, tmp_path: Path) -> None:
    version = log(registry)
    (stored,) = (tmp_path / "mlartifacts").rglob("bundle.json")
    stored.write_text("other")

    with pytest.raises(UserError, match="other content"):
        registry.fetch(version, tmp_path / "to")


def test_the_model_carries_code_but_no_data(registry: Registry, project: Path) -> None:
    (project / "data/raw/order_lines.parquet").write_bytes(b"orders")

    log(registry)

    files = {file.name for file in (project / "mlartifacts").rglob("*")}
    assert {"MLmodel", "__init__.py", "bundle.json"} <= files
    assert "order_lines.parquet" not in files
    assert not [name for name in files if name.endswith((".pkl", ".pickle"))]


def test_a_run_that_breaks_off_is_marked_as_failed_and_registers_nothing(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(mlflow_registry, "save", broken)

    with pytest.raises(OSError, match="disk full"):
        log(registry)

    (run,) = registry._client.search_runs([registry._client.get_experiment_by_name("return-risk").experiment_id])
    assert run.info.status == "FAILED"
    assert registry.find(NAME, "0") is None


def test_the_environment_keeps_its_tracking_address(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///elsewhere.db")

    log(registry)

    assert pytest.importorskip("mlflow").get_tracking_uri() == "sqlite:///elsewhere.db"


def test_an_unreachable_server_is_one_clear_message_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ada:secret@127.0.0.1:9")

    with pytest.raises(UserError, match=r"http://\*\*\*@127.0.0.1:9 to answer") as raised:
        mlflow_registry.connect()

    assert "secret" not in str(raised.value)
    assert "start the server or correct MLFLOW_TRACKING_URI" in raised.value.fix


@pytest.fixture
def another_server() -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_that_is_not_mlflow_is_one_clear_message(another_server: str) -> None:
    with pytest.raises(UserError, match="404"):
        mlflow_registry.connect(another_server)


def test_a_damaged_database_is_one_clear_message_at_once(project: Path) -> None:
    (project / "mlflow.db").write_text("not a database, whatever its name says")

    with pytest.raises(UserError, match="to be the SQLite file"):
        mlflow_registry.connect()


def test_an_experiment_in_a_copy_of_dvc_uses_the_store_of_its_project(
    registry: Registry, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(registry)
    copy = project / ".dvc/tmp/exps/tmpx7"
    copy.mkdir(parents=True)
    shutil.copytree(project / "training", copy / "training")
    shutil.copytree(project / "data", copy / "data")
    shutil.copytree(project / "features", copy / "features")
    monkeypatch.chdir(copy)

    version = log(mlflow_registry.connect(), "from the copy")

    assert version.number == 2
    assert not (copy / "mlflow.db").exists()
    shutil.rmtree(copy)
    assert registry.fetch(version, project / "to").is_dir()


def test_importing_tracking_does_not_import_mlflow() -> None:
    code = "import sys, training.registry.mlflow_registry; sys.exit('mlflow' in sys.modules)"

    top = Path(mlflow_registry.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=top, check=False).returncode == 0
