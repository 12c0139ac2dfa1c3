import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data import params
from data.errors import UserError
from data.progress import journal
from data.progress.journal import Entry, Point, Span
from data.progress.machine import Sample
from tests.training.registry.known_bundles import FakeBundle
from tests.training.small_project import write_params
from training import register
from training.registry import provenance, pyfunc, registration
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


def test_a_run_lasts_as_long_as_its_training_with_folds_below_it_and_the_curve_of_the_loss(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    folds = project / "reports/backtest.csv"
    folds.write_text("fold,test_from,test_until,lines,log_loss\n1,2024-01-01,2024-02-01,90,0.61\n")
    curve = (Point(1, 2_000_000, {"log_loss": 0.6}), Point(2, 3_000_000, {"log_loss": 0.5}))
    boosting = Span(("boosting",), 2_000_000, 4_000_000, curve)
    machine = (Sample(1_500_000, {"cpu_utilization_percentage": 50.0}),)
    made = {"training/bundle": provenance.folder_digest(Path("training/bundle"))}
    journal.write(Entry("training.train", 1_000_000, 61_000_000, 1.0, 100.0, made, (boosting,), machine))
    fold = Span(("backtest", "fold 1"), 70_000_000, 80_000_000)
    of_folds = {"reports/backtest.csv": provenance.file_digest(folds)}
    journal.write(Entry("training.backtest", 1_000_000, 61_000_000, 1.0, 100.0, of_folds, (fold,), ()))

    run_stage(capsys)

    client, run_id = registry._client, registry.version(NAME, 1).run_id
    run = client.get_run(run_id)
    assert (run.info.start_time, run.info.end_time) == (1_000, 61_000)
    assert run.data.tags["times"] == "of the training"
    history = client.get_metric_history(run_id, "boosting.log_loss")
    assert [(each.step, each.timestamp, each.value) for each in history] == [(1, 2000, 0.6), (2, 3000, 0.5)]
    assert run.data.metrics["system/cpu_utilization_percentage"] == 50.0
    (below,) = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'")
    assert (below.info.run_name, below.info.status) == ("fold 1, 2024-01-01 to 2024-02-01", "FINISHED")
    assert (below.info.start_time, below.info.end_time) == (70_000, 80_000)
    assert below.data.metrics == {"lines": 90, "log_loss": 0.61}


def test_a_run_says_what_it_is_of_which_data_and_where_its_card_is(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    (project / "reports/model_card.md").write_text("# Model card\n")

    run_stage(capsys)

    client, version = registry._client, registry.version(NAME, 1)
    run = client.get_run(version.run_id)
    assert run.data.tags["mlflow.note.content"].startswith("On 600 test lines")
    assert run.data.tags["mlflow.note.content"].endswith("The gate: passed.")
    assert (run.data.tags["source"], len(run.data.tags["data_version"])) == ("simulated", 12)
    assert run.data.tags["times"].startswith("of the logging")
    kind = client.get_experiment(run.info.experiment_id).tags["mlflow.experimentKind"]
    assert kind == "custom_model_development"
    said = client.get_model_version(NAME, "1").description
    assert (
        f"[Model card](#/experiments/{run.info.experiment_id}/runs/{version.run_id}/artifacts/report/model_card.md)"
        in said
    )
    assert "champion is on the version that scores" in client.get_registered_model(NAME).description
    assert "report/model_card.md" in {file.path for file in client.list_artifacts(version.run_id, "report")}


def test_the_data_of_a_run_are_data_sets_that_mlflow_can_read(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)

    run_stage(capsys)

    (logged,) = registry._client.get_run(registry.version(NAME, 1).run_id).inputs.dataset_inputs
    data = pytest.importorskip("mlflow.data", reason="imported here: it takes seconds")
    assert (logged.dataset.name, logged.tags[0].value) == ("simulated testing", "testing")
    profile = json.loads(logged.dataset.profile)
    assert (profile["num_rows"], profile["ordered_from"]) == (600, "2024-06-01T00:00:00")
    columns = {each["name"]: each["type"] for each in json.loads(logged.dataset.schema)["mlflow_colspec"]}
    assert (columns["x"], columns["ordered_at"], columns["line_id"]) == ("double", "datetime", "string")
    assert data.get_source(logged.dataset).load() == str(Path("features/matrix/lines.parquet").resolve())
