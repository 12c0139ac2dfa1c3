"""The whole command, on the small project."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.training.small_matrix import SPLIT, write_matrix
from training.model.split import final_split
from training.registry.mlflow_registry import Registry
from training.search import __main__ as search

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["search", *arguments])
    search.main()


def test_a_search_ends_with_a_change_of_params_yaml_and_a_nested_run_for_each_trial(
    searched: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (searched / "params.yaml").read_text()

    run(monkeypatch)

    found = json.loads((searched / "reports/search/search.json").read_text())
    said = capsys.readouterr().out
    assert "6 trials" in said
    assert "params.yaml " in said
    assert len(found["trials"]) == 6
    assert found["trials"][0]["values"] == {"linear.share": 0.4, "model.num_leaves": 4}  # those of params.yaml
    assert (searched / "params.yaml").read_text() == before
    diff = (searched / "reports/search/params.diff").read_text()
    assert (diff != "") == (found.get("difference_high", 0) < 0)
    if diff:
        assert diff in said
        subprocess.run(["git", "apply", "reports/search/params.diff"], cwd=searched, check=True)
        best = found["trials"][int(found["best_trial"])]["values"]
        after = yaml.safe_load((searched / "params.yaml").read_text())
        assert {path: after[path.split(".")[0]][path.split(".")[1]] for path in best} == best
    owner = registry._client.get_experiment_by_name("return-risk").experiment_id
    runs = registry._client.search_runs([owner])
    (parent,) = [each for each in runs if each.data.tags["role"] == "search"]
    trials = [each for each in runs if each.data.tags["role"] == "trial"]
    assert {each.data.tags["mlflow.parentRunId"] for each in trials} == {parent.info.run_id}
    assert sorted(int(each.data.tags["trial"]) for each in trials) == list(range(6))
    assert parent.data.metrics["best_log_loss"] == pytest.approx(found["best_log_loss"], abs=1e-6)
    assert all(("backtest_log_loss" in each.data.metrics) == (each.data.tags["pruned"] == "false") for each in trials)


def test_a_search_reads_no_test_line(
    searched: Path, registry: Registry, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry.uri.endswith("mlflow.db")
    run(monkeypatch, "--trials", "2")
    first = json.loads((searched / "reports/search/search.json").read_text())
    altered = frame.copy()
    tested = final_split(frame, SPLIT).test(frame)
    altered.loc[tested, "label"] = 1 - altered.loc[tested, "label"]
    write_matrix(altered, searched / "features/matrix/lines.parquet")

    run(monkeypatch, "--trials", "2")

    second = json.loads((searched / "reports/search/search.json").read_text())
    assert first["search"] != second["search"]  # other data, another study
    assert np.array_equal([each["folds"] for each in first["trials"]], [each["folds"] for each in second["trials"]])
