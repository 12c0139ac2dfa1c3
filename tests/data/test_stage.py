"""The doors of the pipeline: each stage names the stage to run where an input of it is missing."""

import importlib
import os
import runpy
import shutil
import signal
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError, wrapped
from data.files import whole_file
from data.stage import how_to_write, parts, run
from tests.workspace import TOP

ON_DEMAND = ("training/monitoring/dvc.yaml", "training/understanding/dvc.yaml")
FILES = {"dvc.yaml": ""} | {file: f"{file}:" for file in ON_DEMAND}
"""The files of stages, with what DVC wants before the name of a stage in them."""


def declared(file: str, prefix: str) -> dict[str, dict[str, Any]]:
    stages = yaml.safe_load((TOP / file).read_text(encoding="utf-8"))["stages"]
    return {prefix + name: stage for name, stage in stages.items()}


STAGES = {name: stage for file, prefix in FILES.items() for name, stage in declared(file, prefix).items()}


def outputs(stage: dict[str, Any]) -> list[str]:
    found = [each for kind in ("outs", "metrics", "plots") for each in stage.get(kind, ())]
    return [next(iter(each)) if isinstance(each, dict) else each for each in found]


WRITERS = {output: name for name, stage in STAGES.items() for output in outputs(stage)}


def inputs(stage: dict[str, Any]) -> dict[str, str]:
    """The outputs of other stages that ``stage`` reads, each with its writer."""
    return {
        dep: writer
        for dep in stage["deps"]
        for output, writer in WRITERS.items()
        if dep == output or dep.startswith(f"{output}/")
    }


DOORS = [(name, dep, writer) for name, stage in STAGES.items() for dep, writer in inputs(stage).items()]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the pipeline and its parameters, in which nothing has run."""
    for file in ON_DEMAND:
        (tmp_path / file).parent.mkdir(parents=True)
    for name in (*FILES, "params.yaml"):
        shutil.copy(TOP / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(path: Path) -> None:
    """Make an empty file or, for a name without an ending, a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch() if path.suffix else path.mkdir(exist_ok=True)


@pytest.mark.parametrize(("stage", "missing", "writer"), DOORS)
def test_a_stage_without_one_of_its_inputs_names_the_stage_to_run(
    stage: str, missing: str, writer: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for dep in inputs(STAGES[stage]):
        if dep != missing and not missing.startswith(f"{dep}/") and not dep.startswith(f"{missing}/"):
            make(project / dep)
    door = importlib.import_module(STAGES[stage]["cmd"].split()[-1])

    with pytest.raises(SystemExit) as ended:
        run(door.main)

    message = capsys.readouterr().err
    assert ended.value.code == 1
    assert f"{missing}, which an earlier stage writes" in message
    assert f"dvc repro {writer}" in message


def test_every_stage_but_the_first_has_inputs() -> None:
    assert {name for name, *_ in DOORS} == STAGES.keys() - {"ingest"}


def test_a_file_that_no_stage_writes_has_no_stage_to_name(project: Path) -> None:
    assert how_to_write(Path("elsewhere/x.parquet")) == "run the stages before this one: dvc repro"
    assert how_to_write(Path("data/validated/returns.parquet")) == "run the stage validate: dvc repro validate"
    (project / "dvc.yaml").unlink()
    assert "dvc repro" in how_to_write(Path("data/validated/returns.parquet"))


def test_ctrl_c_ends_a_stage_without_a_traceback_and_leaves_what_was_there(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "reports").mkdir()
    (project / "reports/metrics.json").write_text("{}")

    def stage() -> None:
        with whole_file(Path("reports/metrics.json")) as unfinished:
            unfinished.write_text('{"half": ')
            raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        run(stage, long=True)

    assert ended.value.code == 130
    assert "interrupted. Nothing is half-written" in capsys.readouterr().err
    assert [(file.name, file.read_text()) for file in (project / "reports").iterdir()] == [("metrics.json", "{}")]
    assert not (project / ".cache").exists()


def test_ctrl_c_that_a_library_turns_into_an_error_of_its_own_is_an_interruption(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stage() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None  # as DuckDB says it

    with pytest.raises(SystemExit) as ended:
        run(stage, long=True)

    assert ended.value.code == 130
    assert "interrupted. Nothing is half-written" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not (project / ".cache").exists()


def test_a_stage_leaves_its_journal_and_a_command_leaves_none(project: Path) -> None:
    run(lambda: None)
    assert not (project / ".cache").exists()

    run(lambda: None, long=True)

    assert [file.suffix for file in (project / ".cache/journal").iterdir()] == [".json"]


def test_where_ctrl_c_is_ignored_as_in_a_background_job_it_stays_ignored(project: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run(lambda: signal.raise_signal(signal.SIGINT), long=True)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

    assert (project / ".cache/journal").is_dir()


@pytest.mark.parametrize(
    "door", ["data.draft", "training.learn_policy", "training.experiment", "training.search.quick"]
)
@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_commands_that_take_long_show_what_they_are_at(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages of the pipeline do so by themselves."""
    found = dict[str, Any]()
    monkeypatch.setattr("data.stage.run", lambda _, **given: found.update(given))

    runpy.run_module(door, run_name="__main__")

    assert found == {"long": True}


PART = """
import sys, time
from pathlib import Path
from data.stage import run
def stage():
    Path(sys.argv[1]).touch()
    time.sleep(60)
run(stage, part=True)
"""
IMPORTING = "import sys, time; from pathlib import Path; Path(sys.argv[1]).touch(); time.sleep(60)"


@pytest.mark.parametrize("code", [PART, IMPORTING], ids=["running", "importing"])
def test_ctrl_c_ends_a_program_and_its_parts_with_one_message(
    code: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As a terminal does it: the signal reaches all of them."""
    begun = [tmp_path / name for name in ("a", "b")]
    found = []

    def stage() -> None:
        with parts([[sys.executable, "-c", code, str(each)] for each in begun], cwd=TOP) as started:
            found.extend(started)
            while not all(each.exists() for each in begun):
                time.sleep(0.01)
            for each in started:
                each.send_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(SystemExit) as ended:
        run(stage)

    assert ended.value.code == 130
    assert [each.returncode for each in found] == [130 if code == PART else -signal.SIGTERM] * 2
    assert [line.partition(": ")[2][:11] for line in capfd.readouterr().err.splitlines() if line] == ["interrupted"]


def test_a_message_on_a_terminal_is_no_wider_than_it_and_keeps_commands_and_paths_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = 'make experiment S="model.num_leaves=20 linear.share=0.3"'
    path = "features/matrix/" + "x" * 60 + ".parquet"
    error = UserError(expected="words " * 40, found=f"{path} and " * 3, fix=f"{'so ' * 20}run {command}, then look")

    def stage() -> None:
        raise error

    reader, writer = os.openpty()
    termios.tcsetwinsize(writer, (40, 100))
    with os.fdopen(writer, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with pytest.raises(SystemExit):
            run(stage)
    told = os.read(reader, 10_000).decode().replace("\r", "")
    os.close(reader)

    assert max(map(len, told.splitlines())) <= 100
    assert told.split() == f"{__name__}: stopped {error}".split()
    assert command in told
    assert told.count(path) == 3


@given(st.text("ab /-.\n=", max_size=200), st.integers(12, 60))
def test_wrapping_changes_spaces_alone(text: str, width: int) -> None:
    assert wrapped(text, width).split() == text.split()


def test_elsewhere_than_on_a_terminal_a_message_is_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    def stage() -> None:
        raise UserError(expected="words " * 40, found="x", fix="y")

    with pytest.raises(SystemExit):
        run(stage)

    assert "expected: " + "words " * 40 + "\n" in capsys.readouterr().err
