"""The stage, on the log that goes with the data."""

import json
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from data import tables
from data.errors import UserError
from tests.training.experiment_project import PROJECT, write_project, write_shop
from tests.workspace import set_params
from training import readout
from training.decisions.experiment_files import reading, report

OWN = Path("data/decisions")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_in_a_fresh_clone_it_says_that_there_are_no_decisions(project: Path) -> None:
    shutil.copytree(PROJECT / OWN, project / OWN)

    readout.main()

    said = json.loads((project / report.OF_STAGE.summary).read_text())
    assert (said["state"], said["experiments"]) == ("no decisions yet", [])
    assert pq.read_table(project / report.OF_STAGE.folder / report.FILE).num_rows == 0


def test_it_reads_the_same_from_its_folder_as_the_command_and_leaves_the_commands_read_out(project: Path) -> None:
    write_shop(project, visits_a_day=15)
    log = project / "serving/var/decisions"
    reading.read(log, tables.VALIDATED, project / "none", report.OF_COMMAND)
    before = report.OF_COMMAND.summary.stat().st_mtime_ns
    log.rename(project / OWN)

    readout.main()

    assert report.OF_STAGE.summary.read_bytes() == report.OF_COMMAND.summary.read_bytes()
    assert report.OF_COMMAND.summary.stat().st_mtime_ns == before


def test_a_folder_that_is_not_there_is_named_with_the_fix(project: Path) -> None:
    set_params(project, {"experiment.log": "elsewhere"})
    with pytest.raises(UserError, match=re.escape("elsewhere")):
        readout.main()


def test_the_folder_that_the_parameter_names_is_what_the_pipeline_looks_at() -> None:
    """A clone has the folder, so DVC finds what the stage depends on; and a log is never committed."""
    stage = yaml.safe_load((PROJECT / "dvc.yaml").read_text())["stages"]["experiment"]
    assert "${experiment.log}" in stage["deps"]
    assert stage["outs"] == [report.OF_STAGE.folder.as_posix()]
    assert yaml.safe_load((PROJECT / "params.yaml").read_text())["experiment"]["log"] == OWN.as_posix()
    assert (PROJECT / OWN / ".gitignore").read_text().split("\n")[1:3] == ["*", "!.gitignore"]
