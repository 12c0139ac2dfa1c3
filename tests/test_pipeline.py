"""The whole pipeline as a user runs it: `dvc repro` in copies of the project, on a small simulated shop."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from serving.privacy.byte_search import Searcher, search
from serving.privacy.proof import files_of as files_below
from serving.privacy.traces import Trace
from tests.notebooks.executing import execute
from tests.workspace import SMALL_SHOP, TOP, commit, copy_project, environment, set_params
from training.products.columns import ITEMS, TABLES

# One worker runs all of a file (--dist loadfile): the tests of this one share two long runs.
# Beside other programs these take longer than any other test may.
pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(3600)]


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    text: str


def run(project: Path, *command: str, **variables: str) -> Said:
    done = subprocess.run(
        command, cwd=project, env=environment(**variables), check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return Said(done.returncode, done.stdout)


ALL_STAGES = """
import runpy, sys
modules, sys.argv[1:] = sys.argv[1:], []
for module in modules:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""Runs modules one after another in one process, each as `python -m` would: what all of them import is read once."""
ALL_OF_DVC = """
import shlex, sys
from dvc.cli import main
for command in sys.argv[1:]:
    print(f"$ dvc {command}", flush=True)
    if code := main(shlex.split(command)):
        sys.exit(code)
"""
"""Runs commands of DVC one after another in one process, each with its line before it, up to one that fails."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two clean runs in two folders, whose sets and dicts hash differently: by DVC, and in one process without it."""
    first, second = (copy_project(tmp_path_factory.mktemp("shop"), SMALL_SHOP) for _ in range(2))
    commit(first)
    commit(second)
    modules = [stage["cmd"].removeprefix("python -m ") for stage in stages_of(TOP / "dvc.yaml").values()]
    commands = {first: ["dvc", "repro"], second: [sys.executable, "-c", ALL_STAGES, *modules]}
    started = []
    for seed, (project, command) in enumerate(commands.items()):
        with log_of(project).open("w") as log:
            variables = environment(PYTHONHASHSEED=str(seed), OMP_NUM_THREADS="1")
            started.append(subprocess.Popen(command, cwd=project, env=variables, stdout=log, stderr=log))
    try:
        codes = [process.wait() for process in started]
    finally:
        for process in started:
            process.terminate()
    for project, code in zip(commands, codes, strict=True):
        assert code == 0, log_of(project).read_text()[-4000:]
    return first, second


def log_of(project: Path) -> Path:
    return project.parent / f"{project.name}.log"


@pytest.fixture(scope="module")
def finished(runs: tuple[Path, Path]) -> Path:
    """The clean run by DVC."""
    return runs[0]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which nothing has run."""
    project = copy_project(tmp_path_factory.mktemp("fresh"), SMALL_SHOP)
    commit(project)
    return project


@pytest.fixture
def newcomer(fresh: Path) -> Iterator[Path]:
    """The clone, with params.yaml put back afterwards."""
    yield fresh
    subprocess.run(["git", "checkout", "--quiet", "params.yaml"], cwd=fresh, env=environment(), check=True)


def stages_of(file: Path) -> dict[str, Any]:
    """The stages of a dvc.yaml, or what its dvc.lock has of each: the hashes of everything that it read and wrote."""
    stages: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["stages"]
    return stages


def files_of(outputs: Path) -> dict[str, bytes]:
    """The bytes of a file, or of each file of a folder by its path in it."""
    files = [outputs] if outputs.is_file() else [file for file in outputs.rglob("*") if file.is_file()]
    return {str(file.relative_to(outputs)): file.read_bytes() for file in files}


def test_two_clean_runs_write_the_same_bytes(runs: tuple[Path, Path]) -> None:
    first, second = runs
    locked = stages_of(first / "dvc.lock")

    assert list(locked) == list(stages_of(TOP / "dvc.yaml"))
    for stage, entry in locked.items():
        for output in (out["path"] for out in entry["outs"]):
            written = files_of(first / output)
            assert written
            assert written == files_of(second / output), f"the output {output} of {stage} differs"


def test_a_second_run_does_nothing(finished: Path) -> None:
    before = stages_of(finished / "dvc.lock")

    said = run(finished, "dvc", "repro")

    assert said.code == 0
    assert "Running stage" not in said.text
    assert stages_of(finished / "dvc.lock") == before


def test_a_run_leaves_only_its_lock_to_commit(finished: Path) -> None:
    said = run(finished, "git", "status", "--short", "--untracked-files=all")

    assert said.text.split() == ["??", "dvc.lock"]


def test_the_audits_look_at_score_and_actions_of_every_group_and_the_dossier_has_their_figures(finished: Path) -> None:
    fairness, membership = (
        json.loads((finished / f"reports/{name}.json").read_text()) for name in ("fairness", "membership")
    )
    dossier = (finished / "reports/dossier.md").read_text(encoding="utf-8")

    assert {each["attribute"] for each in fairness["groups"]} >= {"account", "title", "age", "region"}
    assert any("acted_though_kept" in each["figures"] for each in fairness["groups"])
    assert {each["attribute"] for each in fairness["proxies"]} >= {"title", "age"}
    assert membership["ids_in_bundle"] == 0
    assert f"| loss | {membership['attacks']['loss']['roc_auc']:.4f} |" in dossier
    assert "hides who was in the training" in dossier


def test_the_metrics_that_the_gate_and_people_read_are_there(finished: Path) -> None:
    metrics = json.loads((finished / "reports/evaluation.json").read_text())
    headline = json.loads((finished / "reports/metrics.json").read_text())

    assert len(headline) == 12
    assert (headline["log_loss"], headline["roc_auc"]) == (metrics["test"]["log_loss"], metrics["test"]["roc_auc"])
    assert headline["backtest_log_loss"] is not None
    assert {"lines", "return_rate", "log_loss", "roc_auc", "brier", "ece"} <= set(metrics["test"])
    assert all({"log_loss", "roc_auc"} <= set(baseline) for baseline in metrics["baselines"].values())
    assert metrics["oracle"]["log_loss"] < metrics["test"]["log_loss"]
    assert "slices" in metrics


def test_the_summary_closes_with_where_to_look_next(finished: Path) -> None:
    said = run(finished, sys.executable, "-m", "training.summary")

    assert said.code == 0
    assert "gate: passed" in said.text
    assert "reports/report.html" in said.text


@pytest.fixture(scope="module")
def promoted(finished: Path) -> Said:
    """What is said as the first run's model becomes the first champion, as `make repro` has it."""
    return run(finished, sys.executable, "-m", "training.champion", "challenge", "--first")


@pytest.mark.usefixtures("promoted")
def test_the_examples_of_results_in_python_run_on_the_projects_own_matrix(finished: Path) -> None:
    page = (TOP / "docs/how-to/results-in-python.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    checks = """
assert len(scores) == len(lines) == 1000
assert scores["probability"].between(0, 1).all()
assert "int64" in set(lines.dtypes.astype(str))
assert len(runs) == 1
assert runs["tags.times"].tolist() == ["of the training"]
assert runs["metrics.boosting.log_loss"].notna().all()
"""

    said = run(finished, sys.executable, "-c", "\n".join([*examples, checks]))

    assert len(examples) == 3
    assert said.code == 0, said.text
    assert "# Model card: returns of the shop simulated" in said.text


def test_the_notebook_runs_on_what_the_pipeline_made(finished: Path) -> None:
    done = execute(TOP / "notebooks/first_questions.ipynb", finished)

    assert all(cell.get("outputs") for cell in done.cells if cell.cell_type == "code")


def test_the_report_tells_the_money_of_the_metrics_in_whole_yen(finished: Path) -> None:
    never = json.loads((finished / "reports/evaluation.json").read_text())["business"]["never"]

    assert f"<td>{never['cost_minor']:,.0f}</td>" in (finished / "reports/report.html").read_text()


def test_nothing_that_is_made_after_the_split_names_a_customer(finished: Path) -> None:
    names = pq.read_table(finished / "data" / "validated" / "customers.parquet")["customer_id"].to_pylist()
    searcher = Searcher([Trace("customer", name.encode()) for name in names])
    places = [finished / each for each in ("reports", "training", "mlruns", "mlartifacts")]
    on_demand = (finished / "reports" / "understanding").resolve()
    files = [file for file in files_below(places) if on_demand not in file.parents and file.suffix != ".py"]

    assert len(files) > 20
    assert [hit.file for file in files for hit in search(file, searcher)] == []
    assert search(finished / "features" / "matrix" / "lines.parquet", searcher)  # the search finds what is there


def test_the_product_report_is_whole_and_says_of_what_it_is(finished: Path) -> None:
    report = finished / "reports/products"

    about = json.loads((report / "about.json").read_text())
    items = pq.read_table(report / "items.parquet")
    assert {table.file for table in TABLES} <= {file.name for file in report.iterdir()}
    assert items.schema.equals(ITEMS.schema)
    assert about["lines"] == pq.read_metadata(finished / "features/matrix/lines.parquet").num_rows
    page = (finished / "reports/products.html").read_text()
    assert "<script" not in page


def test_the_product_report_is_held_against_what_came_later_and_against_the_truth(finished: Path) -> None:
    mean = json.loads((finished / "reports/products_accuracy.json").read_text())["mean"]

    assert {"same_lines", "next_lines", "true_rates"} <= set(mean["coverage"])
    assert {"faults", "top", "spikes"} <= set(mean["detection"])


def test_the_service_starts_with_the_champion_and_its_curl_line_works(finished: Path, promoted: Said) -> None:
    variables = environment(RETURN_RISK_PORT="0", OMP_NUM_THREADS="1", RETURN_RISK_LOG_LEVEL="warning")
    command = [sys.executable, "-m", "serving"]
    with subprocess.Popen(command, cwd=finished, env=variables, stdout=subprocess.PIPE, text=True) as service:
        try:
            curl = next(line for line in service.stdout or () if line.strip().startswith("curl "))
            said = run(finished, "bash", "-c", curl)
        finally:
            service.terminate()

    answer = json.loads(said.text)
    assert "return-risk-simulated version 1 is the champion now" in promoted.text
    assert (answer["degraded"], answer["model"]) == ([], {"version": "1"})
    assert all(0 < line["probability"] < 1 for line in answer["lines"])
    assert service.returncode == 0
    assert run(finished, "git", "status", "--short", "--untracked-files=all").text.split() == ["??", "dvc.lock"]


def test_the_same_model_runs_again_as_an_experiment_with_another_parameter(finished: Path, tmp_path: Path) -> None:
    project = shutil.copytree(finished, tmp_path / "shop", symlinks=True)
    commit_all = [["git", "add", "--all"], ["git", "commit", "--quiet", "--message", "A run"]]
    assert [run(project, *command).code for command in commit_all] == [0, 0]

    experiment = run(project, "dvc", "exp", "run", "--set-param", "gate.max_ece=0.21", "--name", "looser")
    shown = run(project, sys.executable, "-m", "training.compare")
    commands = ["params diff", "metrics diff --all --json", "plots show --out dvc_plots"]
    views = run(project, sys.executable, "-c", ALL_OF_DVC, *commands)

    assert experiment.code == 0, experiment.text
    assert "Running stage 'train'" not in experiment.text
    assert max(map(len, shown.text.splitlines())) <= 120
    assert [line.split()[0] for line in shown.text.splitlines() if "gate.max_ece=0.21" in line] == ["looser"]
    assert views.code == 0, views.text
    difference, metrics, _ = re.split(r"^\$ dvc .*$", views.text, flags=re.MULTILINE)[1:]
    assert "0.21" in difference
    assert "backtest_log_loss" in metrics
    page = (project / "dvc_plots/index.html").read_text()
    assert all(f"vegaEmbed('#{plot}'" in page for plot in ("calibration", "precision_and_recall", "lift", "backtest"))
    assert '"mean_probability": "0.' in page


def test_a_misspelt_parameter_is_one_message_that_offers_the_right_one(newcomer: Path) -> None:
    text = (newcomer / "params.yaml").read_text()
    (newcomer / "params.yaml").write_text(text.replace("  lines:", "  lins:"))

    said = run(newcomer, "dvc", "repro", "ingest")

    assert_one_message(said, "did you mean 'lines'?")


def test_a_misspelt_parameter_of_an_experiment_is_one_message(newcomer: Path) -> None:
    said = run(newcomer, "dvc", "exp", "run", "--set-param", "simulator.lins=5", "ingest")

    assert_one_message(said, "simulator.lins")


INGEST = (sys.executable, "-m", "data.ingest")
"""The stage by itself: that DVC adds no traceback to the message of a stage is seen where a key is misspelt."""


def test_a_wrong_path_is_one_message_that_names_it(newcomer: Path) -> None:
    set_params(newcomer, {"data.source": "mapped", "data.path": "../no/such/shop"})

    said = run(newcomer, *INGEST)

    assert_one_message(said, "no/such/shop")


@pytest.mark.parametrize(
    ("content", "part"),
    [("", "order_lines.csv"), ("line,bought_on\n1,2024-01-01\n", "bought_at")],
    ids=["an empty file", "a column that isn't there"],
)
def test_a_file_that_is_not_as_mapped_is_one_message(newcomer: Path, tmp_path: Path, content: str, part: str) -> None:
    (tmp_path / "order_lines.csv").write_text(content)
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(MAPPING))
    set_params(
        newcomer,
        {"data.source": "mapped", "data.path": str(tmp_path), "data.mapping": str(tmp_path / "mapping.yaml")},
    )

    said = run(newcomer, *INGEST)

    assert_one_message(said, part)


MAPPING = {
    "files": {"lines": {"path": "order_lines.csv"}},
    "order_lines": {
        "file": "lines",
        "columns": {
            "line_id": "line",
            "order_id": "order",
            "customer_id": "customer",
            "product_id": "product",
            "ordered_at": "bought_at",
            "quantity": {"constant": "1"},
            "price_minor": "price",
        },
    },
    "returns": {
        "flag": {"column": "returned", "returned": "1", "kept": "0"},
        "known_after": {"delivered_days": 14, "ordered_days": 21},
    },
}


def test_without_git_there_is_one_message_that_says_what_to_do(tmp_path: Path) -> None:
    copy_project(tmp_path, {})

    # the folder of tests may lie in a clone of something else
    said = run(tmp_path, "make", "repro", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))

    assert_one_message(said, "git init")


def test_an_old_python_is_one_message_that_says_which_is_needed(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\ncase $2 in *platform*) echo 3.9.2;; *) exit 1;; esac\n")
    old.chmod(0o755)

    said = run(TOP, "make", "env", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")

    assert_one_message(said, "Python 3.11 or later")
    assert "3.9.2" in said.text


def assert_one_message(said: Said, part: str) -> None:
    assert said.code != 0
    assert "Traceback" not in said.text, said.text
    assert part in said.text, said.text


@pytest.fixture(scope="module")
def understood(finished: Path) -> Path:
    """The first run, with the stages that run on demand."""
    said = run(finished, "dvc", "repro", "training/understanding/dvc.yaml", OMP_NUM_THREADS="1")
    assert said.code == 0, said.text[-4000:]
    return finished


def test_what_runs_on_demand_leaves_its_page_and_only_its_lock_to_commit(understood: Path) -> None:
    said = run(understood, "git", "status", "--short", "--untracked-files=all")

    assert (understood / "reports/understanding/report.html").is_file()
    assert said.text.split() == ["??", "dvc.lock", "??", "training/understanding/dvc.lock"]


def test_two_equal_runs_are_compared_and_nothing_moved(runs: tuple[Path, Path], understood: Path) -> None:
    said = run(understood, sys.executable, "-m", "training.understanding.compare_runs", str(runs[1]))

    assert said.code == 0, said.text
    assert "log-loss +0.0000, 95% interval +0.0000 to +0.0000" in said.text


def test_the_notebook_of_understanding_runs_on_what_the_stages_made(understood: Path) -> None:
    done = execute(TOP / "notebooks/understanding.ipynb", understood)

    assert all(cell.get("outputs") for cell in done.cells if cell.cell_type == "code")
