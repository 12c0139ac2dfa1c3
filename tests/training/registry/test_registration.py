import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import params
from data.arrays import Floats
from data.errors import UserError
from data.progress import journal
from data.progress.journal import Entry, Point, Span
from data.progress.machine import Sample
from tests.training.small_project import write_orders, write_params
from training import champion, register
from training.registry import provenance, pyfunc, registration
from training.registry.mlflow_registry import Registry
from training.registry.names import RegistryParams

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others
NAME = "return-risk-simulated"
Train = Callable[..., None]


@dataclass(frozen=True)
class FakeScores:
    probability: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class FakeDrivers:
    """The feature ``x`` is all of the factor product, and moves the log-odds by its weight."""

    weight: float
    factors: tuple[str, ...] = ("customer and product", "product")

    def of_features(self, x: Floats) -> Floats:
        return self.weight * x[:, :1]

    def of_factors(self, of_features: Floats) -> Floats:
        return np.column_stack([0 * of_features, of_features])


@dataclass(frozen=True)
class FakeBundle:
    """A bundle whose probabilities are known: see `tests.training.small_project.write_model`.

    Each of the eleven reasons is as likely as any other.
    """

    features: tuple[str, ...]
    weight: float

    @classmethod
    def load(cls, path: Path) -> "FakeBundle":
        content = json.loads((path / "bundle.json").read_text())
        return cls(tuple(content["features"]), content["weight"])

    @property
    def learned_until(self) -> None:
        """As of a bundle of an earlier version, which has no level."""

    @property
    def score_features(self) -> tuple[str, ...]:
        return self.features

    @property
    def drivers(self) -> FakeDrivers:
        return FakeDrivers(self.weight)

    def rows(self, frame: pd.DataFrame, names: Sequence[str]) -> Floats:
        return frame[list(names)].to_numpy(dtype=np.float64)

    def score(self, frame: pd.DataFrame, shift: Floats | float = 0.0) -> FakeScores:
        assert not np.any(shift)
        assert set(self.features) <= set(frame.columns)
        return self.score_rows(self.rows(frame, self.features))

    def score_rows(self, x: Floats) -> FakeScores:
        p = 1 / (1 + np.exp(-self.weight * x[:, 0]))
        return FakeScores(p, p - 0.01, p + 0.01)

    def reason_rows(self, x: Floats) -> Floats | None:
        return np.full((len(x), 11), 1 / 11)


@pytest.fixture(autouse=True)
def known_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "Bundle", FakeBundle)
    monkeypatch.setattr(pyfunc, "Bundle", FakeBundle)


def run_stage(capsys: pytest.CaptureFixture[str]) -> str:
    register.main()
    return capsys.readouterr().out


def champion_number(registry: Registry, name: str = NAME) -> int:
    return registry.champion(name).number


def test_the_first_model_becomes_champion_and_the_record_says_so(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=0.8)

    said = run_stage(capsys)

    assert champion_number(registry) == 1
    (change,) = registry.history(NAME)
    assert (change.previous, change.version, change.cause) == (None, 1, "first")
    assert "no champion to compare with" in said


def test_a_worse_model_is_registered_but_not_champion_and_is_told_by_how_much(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    run_stage(capsys)
    train(weight=-1.0)

    said = run_stage(capsys)

    assert champion_number(registry) == 1
    assert len(registry.history(NAME)) == 1
    # mean log-loss of weight w is that of log(1 + exp(-w x)) over returned lines and log(1 + exp(w x)) over kept ones;
    # between weights 1 and -1 each returned line differs by x and each kept one by -x
    lines = pd.read_parquet("features/matrix/lines.parquet")
    difference = float(np.where(lines["label"] == 1, lines["x"], -lines["x"]).mean())
    assert f"worse by {difference:.6f}, more than the tolerance of 0.001" in said
    assert "python -m training.champion promote 2" in said
    assert registry.version(NAME, 2).tags["decision"].startswith("is not the champion")


def test_a_better_model_becomes_champion(registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    train(weight=1.0)

    said = run_stage(capsys)

    assert champion_number(registry) == 2
    assert "better by" in said
    assert "fair comparison" in said
    assert [(c.previous, c.version, c.cause) for c in registry.history(NAME)] == [
        (None, 1, "first"),
        (1, 2, "compared"),
    ]


def test_a_model_within_the_tolerance_becomes_champion(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=0.99)
    run_stage(capsys)
    train(weight=0.98)

    said = run_stage(capsys)

    assert champion_number(registry) == 2
    # Lines 0.01 further from the truth are worse by 0.00008 nats a line here.
    assert "worse by 0.00008" in said
    assert ", within the tolerance of 0.001" in said


def test_the_champion_is_scored_on_the_present_test_lines_not_on_those_it_was_registered_with(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    run_stage(capsys)
    write_orders(project, seed=2, test_from="2024-09-01")
    train(weight=-1.0)

    said = run_stage(capsys)

    assert "scored now by its own bundle on the same 600 test lines" in said
    assert champion_number(registry) == 1


@pytest.mark.usefixtures("registry")
def test_a_champion_that_learned_from_the_test_lines_is_told_of(
    project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    run_stage(capsys)
    write_orders(project, seed=2, test_from="2024-05-10")
    train(weight=-1.0)

    said = run_stage(capsys)

    assert "not a fair comparison, in the champion's favour: it learned from outcomes up to 2024-05-20" in said


def test_a_champion_whose_features_are_gone_is_held_to_its_record_on_the_same_lines(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    matrix = project / "features/matrix/lines.parquet"
    pd.read_parquet(matrix).drop(columns="spare").to_parquet(matrix, index=False)
    train(weight=1.0, features=("x",))

    said = run_stage(capsys)

    assert champion_number(registry) == 2
    assert "recorded when it was registered" in said
    assert "asks for 1 features that the matrix no longer has (spare)" in said


def test_a_champion_that_cannot_be_compared_is_never_replaced_silently(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    write_orders(project, seed=2)
    matrix = project / "features/matrix/lines.parquet"
    pd.read_parquet(matrix).drop(columns="spare").to_parquet(matrix, index=False)
    train(weight=1.0, features=("x",))

    said = run_stage(capsys)

    assert champion_number(registry) == 1
    assert "not comparable with the champion, version 1" in said
    assert "python -m training.champion promote 2" in said


def test_the_same_bundle_twice_is_one_version_and_the_receipt_is_the_same(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)
    run_stage(capsys)
    receipt = Path("reports/registration.json").read_bytes()

    said = run_stage(capsys)

    assert "version 1 is the champion already" in said
    assert Path("reports/registration.json").read_bytes() == receipt
    assert len(registry.history(NAME)) == 1
    with pytest.raises(UserError, match="no version 2; there are 1"):
        registry.version(NAME, 2)


def test_a_bundle_that_was_rolled_back_does_not_come_back_by_itself(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    train(weight=1.0)
    run_stage(capsys)
    champion.rollback(registry, NAME, "shoes were scored too low")

    said = run_stage(capsys)

    assert champion_number(registry) == 1
    assert "rolled back" in said
    assert "shoes were scored too low" in said


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


def test_another_shop_has_a_champion_of_its_own(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    write_params(project, source="mapped")
    train(weight=1.0)

    run_stage(capsys)

    assert champion_number(registry, NAME) == 1
    assert champion_number(registry, "return-risk-bads") == 1
    assert registry.champion("return-risk-bads").tags["shop"] == "bads"


def test_a_model_is_only_registered_where_promotion_is_switched_off(
    registry: Registry, project: Path, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=-1.0)
    run_stage(capsys)
    write_params(project, promote=False)
    train(weight=1.0)

    said = run_stage(capsys)

    assert champion_number(registry) == 1
    assert "registry.promote in params.yaml is false" in said


def test_a_run_holds_parameters_metrics_data_versions_and_reports(
    registry: Registry, train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    train(weight=1.0)

    run_stage(capsys)

    run = registry._client.get_run(registry.champion(NAME).run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["registry.tolerance"] == "0.001"
    assert run.data.metrics == {"log_loss": 0.6, "roc_auc": 0.7}
    assert run.data.tags["gate"] == "passed"
    assert len(run.data.tags["data_md5.data/raw/order_lines.parquet"]) == 32
    assert run.data.tags["git_commit"] == "none"
    artifacts = {file.path for file in registry._client.list_artifacts(run.info.run_id, "report")}
    assert artifacts >= {"report/report.html", "report/metrics.json", "report/gate.json", "report/backtest.json"}
    assert [file.path for file in registry._client.list_artifacts(run.info.run_id, "figures")] == ["figures/lift.png"]


def test_a_misspelt_parameter_is_named(project: Path) -> None:
    write_params(project, tolerence=0.1)

    with pytest.raises(UserError, match="did you mean 'tolerance'"):
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

    client, run_id = registry._client, registry.champion(NAME).run_id
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

    client, version = registry._client, registry.champion(NAME)
    run = client.get_run(version.run_id)
    assert run.data.tags["mlflow.note.content"].startswith("On 600 test lines")
    assert run.data.tags["mlflow.note.content"].endswith("The gate: passed.")
    assert (run.data.tags["source"], len(run.data.tags["data_version"])) == ("simulated", 12)
    assert run.data.tags["times"].startswith("of the logging")
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

    (logged,) = registry._client.get_run(registry.champion(NAME).run_id).inputs.dataset_inputs
    data = pytest.importorskip("mlflow.data", reason="imported here: it takes seconds")
    assert (logged.dataset.name, logged.tags[0].value) == ("simulated testing", "testing")
    profile = json.loads(logged.dataset.profile)
    assert (profile["num_rows"], profile["ordered_from"]) == (600, "2024-06-01T00:00:00")
    columns = {each["name"]: each["type"] for each in json.loads(logged.dataset.schema)["mlflow_colspec"]}
    assert (columns["x"], columns["ordered_at"], columns["line_id"]) == ("double", "datetime", "string")
    assert data.get_source(logged.dataset).load() == str(Path("features/matrix/lines.parquet").resolve())
