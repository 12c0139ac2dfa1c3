"""The command, on files as the service and the pipeline leave them."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.experiment_project import write_project, write_shop
from training import experiment
from training.decisions.experiment_files import inputs, reading, report


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_log_it_says_so_and_its_files_do(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["experiment"])

    experiment.main()

    assert capsys.readouterr().out == "no decisions yet\n"
    said = json.loads((project / report.OF_COMMAND.summary).read_text())
    assert (said["state"], said["experiments"], said["as_of"]) == ("no decisions yet", [], None)
    assert pq.read_table(project / report.OF_COMMAND.folder / report.FILE).num_rows == 0


def test_it_reads_log_and_tables_and_writes_money_looks_and_dictionary(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shop(project)
    monkeypatch.setattr("sys.argv", ["experiment"])

    experiment.main()

    first, chosen, action = capsys.readouterr().out.splitlines()
    assert first.startswith("start: earns after ")
    assert chosen.startswith("  chosen: €")
    assert action.startswith("  action:advice: €")
    summary = json.loads((project / report.OF_COMMAND.summary).read_text())
    assert summary["costs_left_out"] == ["advice"]  # the policy of the project has no such action
    (said,) = summary["experiments"]
    scope = said["scopes"]["chosen"]
    assert (said["verdict"], said["decisions"]) == ("earns", 120 * 28)
    assert scope["earned_a_month"]["low_minor"] > 0
    assert set(scope["measures"]["profit_minor"]) == {"figure", "figure_against", "difference", "low", "high"}
    assert said["scopes"]["all"]["too_early"] == ["contacts", "repurchase"]  # no contact was reported
    looks = pq.read_table(project / report.OF_COMMAND.folder / report.FILE)
    assert looks.schema == report.SCHEMA
    rows = looks.select(list(report.KEY)).to_pylist()
    assert len({tuple(row.values()) for row in rows}) == len(rows) > 100
    dictionary = (project / report.OF_COMMAND.folder / report.DICTIONARY).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in dictionary[1:]] == looks.column_names


def test_a_log_that_lies_elsewhere_gives_the_same_files(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shop(project, visits_a_day=15)
    reading.read(project / "serving/var/decisions", project / "data/validated", project / "none", report.OF_COMMAND)
    files = (project / report.OF_COMMAND.summary, project / report.OF_COMMAND.folder / report.FILE)
    first = [file.read_bytes() for file in files]
    (project / "serving/var/decisions").rename(project / "elsewhere")
    monkeypatch.setenv(inputs.LOG_VARIABLE, "elsewhere")
    monkeypatch.setattr("sys.argv", ["experiment"])

    experiment.main()

    assert [file.read_bytes() for file in files] == first
