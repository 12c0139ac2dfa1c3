import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from data.errors import UserError
from training.gate import main
from training.registry.gate import Gate, verdict

BOUNDS = Gate(
    baselines=["global_rate", "logistic"],
    max_ece=0.05,
    max_roc_auc=0.85,
    max_unsent_shift=0.03,
    min_coverage=0.8,
    max_joint_excess=0.01,
    max_group_gap=0.02,
    max_group_false_alarms=0.1,
    max_group_actions=0.1,
    max_membership_auc=0.6,
    required=["test.log_loss"],
)
GOOD: dict[str, Any] = {
    "test": {"log_loss": 0.61, "ece": 0.02, "ece_noise": 0.004, "roc_auc": 0.7},
    "baselines": {
        "global_rate": {"difference": -0.05, "difference_high": -0.04},
        "logistic": {"difference": -0.01, "difference_high": -0.002},
    },
    "unsent": {"max_shift": 0.012},
    "interval": {"customers": {"groups": 60, "inside": 0.9}, "products": {"groups": 60, "inside": 0.88}},
    "joint": {"all": {"difference": -0.02}},
    "undefined": [],
    "fairness": {"worst": {"calibration_gap": {"at_least": 0.0, "difference": 0.03, "group": "title ms"}}},
    "membership": {"at_least": 0.51, "ids_in_bundle": 0},
}
PARAMS = """
gate:
  baselines: [global_rate, logistic]
  max_ece: 0.05
  max_roc_auc: 0.85
  max_unsent_shift: 0.03
  min_coverage: 0.8
  max_joint_excess: 0.01
  max_group_gap: 0.02
  max_group_false_alarms: 0.1
  max_group_actions: 0.1
  max_membership_auc: 0.6
  required: [test.log_loss]
"""


def changed(path: str, value: Any) -> dict[str, Any]:
    metrics = copy.deepcopy(GOOD)
    *folders, name = path.split(".")
    place = metrics
    for folder in folders:
        place = place[folder]
    place[name] = value
    return metrics


def refusals(metrics: dict[str, Any]) -> dict[str, str]:
    return {check.name: check.message for check in verdict(metrics, BOUNDS) if not check.passed}


def test_a_good_model_passes_every_check() -> None:
    assert refusals(GOOD) == {}


def test_a_model_that_ties_with_a_baseline_is_refused_by_how_much() -> None:
    found = refusals(changed("baselines.logistic.difference_high", 0.0031))
    assert list(found) == ["beats logistic"]
    assert "its log-loss less that of logistic is -0.0100" in found["beats logistic"]
    assert "reaches +0.0031, 0.0031 too high" in found["beats logistic"]
    assert "more test lines" in found["beats logistic"]


def test_more_test_lines_are_no_advice_where_the_baseline_is_better() -> None:
    metrics = changed("baselines.logistic.difference", 0.002)
    metrics["baselines"]["logistic"]["difference_high"] = 0.0031
    assert "test lines" not in refusals(metrics)["beats logistic"]


def test_intervals_that_hold_too_few_rates_are_refused_where_enough_are_compared() -> None:
    few = changed("interval.products", {"groups": 49, "inside": 0.2})

    assert refusals(few) == {}
    found = refusals(changed("interval.products.inside", 0.7))
    assert "0.7000 of 60, 0.1000 below the bound of 0.8" in found["covers products"]


def test_a_model_that_is_wrong_on_baskets_is_refused() -> None:
    assert list(refusals(changed("joint.all.difference", 0.03))) == ["takes baskets together"]


def test_a_model_that_tells_who_was_in_the_training_or_names_a_customer_is_refused() -> None:
    assert list(refusals(changed("membership.at_least", 0.7))) == ["hides who was in the training"]
    assert list(refusals(changed("membership.ids_in_bundle", 1))) == ["names no customer"]


def test_a_group_that_is_surely_wronged_beyond_the_bound_is_named() -> None:
    found = refusals(changed("fairness.worst.calibration_gap.at_least", 0.05))

    assert "title ms, whose difference from the rest is +0.0300" in found["scores no group too high or too low"]


def test_a_difference_of_nothing_is_no_win() -> None:
    assert list(refusals(changed("baselines.logistic.difference_high", 0.0))) == ["beats logistic"]


def test_a_baseline_that_no_parameter_names_must_be_beaten_too() -> None:
    metrics = changed("baselines.product_rate", {"difference": 0.01, "difference_high": 0.02})
    assert list(refusals(metrics)) == ["beats product_rate"]


def test_a_model_out_of_calibration_is_refused_by_how_much() -> None:
    found = refusals(changed("test.ece", 0.0712))
    assert list(found) == ["is calibrated"]
    assert "test.ece is 0.0712, 0.0172 above the bound of 0.054" in found["is calibrated"]
    assert "0.05, and 0.0040 that a perfect model of this test would have" in found["is calibrated"]


def test_a_model_is_not_refused_for_what_chance_shows_on_few_lines() -> None:
    few = changed("test.ece", 0.057)
    few["test"]["ece_noise"] = 0.051

    assert refusals(few) == {}
    few["test"]["ece"] = 0.102
    assert list(refusals(few)) == ["is calibrated"]


def test_a_model_too_good_to_be_true_is_refused_by_how_much() -> None:
    found = refusals(changed("test.roc_auc", 0.93))
    assert list(found) == ["is credible"]
    assert "looks like a leak: test.roc_auc is 0.9300, 0.0800 above the bound of 0.85" in found["is credible"]


def test_a_model_that_is_misled_by_requests_without_a_field_is_refused_by_how_much() -> None:
    found = refusals(changed("unsent.max_shift", 0.107))
    assert list(found) == ["is steady without a field"]
    assert "unsent.max_shift is 0.1070, 0.0770 above the bound of 0.03" in found["is steady without a field"]
    assert "model.unsent_lines" in found["is steady without a field"]


def test_where_no_line_was_measured_without_fields_nothing_is_refused() -> None:
    assert refusals({name: part for name, part in GOOD.items() if name != "unsent"}) == {}


@pytest.mark.parametrize("path", ["test.log_loss", "test.ece", "test.roc_auc", "baselines.logistic.difference_high"])
def test_a_metric_without_value_is_named_with_its_reason(path: str) -> None:
    metrics = changed(path, None)
    metrics["undefined"] = [{"metric": path, "reason": "all 12 lines were kept"}]
    assert refusals(metrics) == {f"has {path}": f"{path} is missing: all 12 lines were kept"}


@pytest.mark.parametrize("metrics", [{}, {"test": {"ece": "good"}}, {"test": 3}])
def test_metrics_that_were_never_reported_are_each_named(metrics: dict[str, Any]) -> None:
    found = refusals(metrics)
    paths = {"test.log_loss", "test.ece", "test.roc_auc"}
    paths |= {f"baselines.{name}.difference_high" for name in ("global_rate", "logistic")}
    assert set(found) == {f"has {path}" for path in paths}
    assert all("did not report it" in message for message in found.values())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    Path("reports").mkdir()
    Path("reports/fairness.json").write_text('{"worst": {}}')
    Path("reports/membership.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["gate"])
    return tmp_path / "reports"


def test_a_pass_is_written_and_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "evaluation.json").write_text(json.dumps(GOOD))
    main()
    written = json.loads((project / "gate.json").read_text())
    assert written["passed"] is True
    assert {"name", "passed", "value", "bound", "message"} == set(written["checks"][0])
    assert "gate: passed" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["gate", "--last"])
    main()


def test_a_refusal_is_a_verdict_that_lists_every_failing_check_and_ends_no_run(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = changed("test.ece", 0.2)
    metrics["test"]["roc_auc"] = 0.99
    (project / "evaluation.json").write_text(json.dumps(metrics))

    main()

    printed = capsys.readouterr().out
    assert "gate: refused, 2 of" in printed
    assert max(map(len, printed.splitlines())) <= 120
    monkeypatch.setattr(sys, "argv", ["gate", "--last"])
    with pytest.raises(UserError, match=r"out of calibration[^\n]*\n *- looks like a leak"):
        main()
    written = json.loads((project / "gate.json").read_text())
    assert written["passed"] is False
    assert [check["name"] for check in written["checks"] if not check["passed"]] == ["is calibrated", "is credible"]


@pytest.mark.parametrize(("text", "found"), [(None, "no such file"), ('{"test": {', "Expecting"), ("[]", "list")])
def test_metrics_that_can_not_be_read_are_one_clear_message(project: Path, text: str | None, found: str) -> None:
    if text is not None:
        (project / "evaluation.json").write_text(text)
    with pytest.raises(UserError, match=found):
        main()
    assert not (project / "gate.json").exists()
