import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data import params
from data.errors import UserError
from tests.training.registry.known_bundles import FakeBundle
from tests.training.small_project import write_params
from training import register
from training.registry import pyfunc, registration
from training.registry.alias_history import Cause
from training.registry.mlflow_registry import Registry
from training.registry.names import RegistryParams

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others
NAME = "return-risk-simulated"
Train = Callable[..., None]


@pytest.fixture(autouse=True)
def known_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "Bundle", FakeBundle)
    monkeypatch.setattr(pyfunc, "Bundle", FakeBundle)


def run_stage(capsys: pytest.CaptureFixture[str]) -> str:
    register.main()
    return capsys.readouterr().out


def test_a_run_registers_a_candidate_and_leaves_the_champion_alone(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    first = run_stage(capsys)
    registry.move_alias(NAME, 1, "by hand", Cause.BY_HAND)
    train(weight=1.0)

    run_stage(capsys)

    assert "version 1 is a candidate; make promote decides" in first
    assert registry.numbers(NAME) == [1, 2]
    assert registry.champion(NAME).number == 1
    assert len(registry.history(NAME)) == 1


def test_the_same_bundle_twice_is_one_version_and_the_receipt_is_the_same(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    run_stage(capsys)
    receipt = Path("reports/registration.json").read_bytes()

    said = run_stage(capsys)

    assert "version 1 is a candidate" in said
    assert Path("reports/registration.json").read_bytes() == receipt
    with pytest.raises(UserError, match="no version 2; there are 1"):
        registry.version(NAME, 2)


def test_a_refused_model_is_no_version_and_its_run_is_logged_once(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    checks = [{"name": "is calibrated", "passed": False, "message": "out of calibration: test.ece is 0.2"}]
    (project / "reports/gate.json").write_text(json.dumps({"passed": False, "checks": checks}))

    said = run_stage(capsys)
    run_stage(capsys)

    assert "not registered, since the gate refused" in said
    assert registry.numbers(NAME) == []
    receipt = json.loads((project / "reports/registration.json").read_text())
    assert (receipt["registered"], receipt["refusals"]) == (False, ["out of calibration: test.ece is 0.2"])
    experiment = registry._client.get_experiment_by_name("return-risk").experiment_id
    logged = registry._client.search_runs([experiment])
    assert [(run.info.status, run.data.tags["gate"]) for run in logged] == [("FINISHED", "refused")]
    assert logged[0].data.metrics == {"log_loss": 0.6, "roc_auc": 0.7}


def test_predictions_of_another_model_register_nothing(registry: Registry, project: Path, train: Train) -> None:
    train(weight=1.0)
    (project / "training/bundle/bundle.json").write_text(json.dumps({"features": ["x"], "weight": 0.5}))

    with pytest.raises(UserError, match="the reports are of another model"):
        register.main()

    assert registry.holder(NAME) is None


def test_another_shop_has_candidates_of_its_own(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    write_params(project, source="mapped")
    train(weight=1.0)

    run_stage(capsys)

    assert registry.numbers(NAME) == [1]
    assert registry.version("return-risk-bads", 1).tags["shop"] == "bads"


def test_a_run_holds_parameters_metrics_data_versions_and_reports(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)

    run_stage(capsys)

    run = registry._client.get_run(registry.version(NAME, 1).run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["registry.experiment"] == "return-risk"
    assert run.data.metrics == {"log_loss": 0.6, "roc_auc": 0.7}
    assert run.data.tags["gate"] == "passed"
    assert len(run.data.tags["data_md5.data/raw/order_lines.parquet"]) == 32
    assert run.data.tags["git_commit"] == "none"
    artifacts = {file.path for file in registry._client.list_artifacts(run.info.run_id, "report")}
    assert artifacts >= {"report/report.html", "report/metrics.json", "report/gate.json", "report/backtest.json"}
    assert [file.path for file in registry._client.list_artifacts(run.info.run_id, "figures")] == ["figures/lift.png"]


def test_a_misspelt_parameter_is_named(project: Path) -> None:
    write_params(project, modell="shoes")

    with pytest.raises(UserError, match="did you mean 'model'"):
        params.load("registry", RegistryParams)
