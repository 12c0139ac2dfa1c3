"""The command that finds the level of the served model and hands it to the service."""

import json
import shutil
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pandas as pd
import pytest
import yaml

from data.errors import UserError
from data.times import utc_now
from features import recipe
from serving import level
from serving.model.folder import Pointer, RegistryStatus
from serving.model.level import LevelFile, move
from tests.training.small_matrix import CATALOG, LEVEL, SPLIT, TRAINING, matrix_frame, write_matrix
from tests.workspace import TOP
from training.model import fit
from training.model.bundle import Bundle
from training.model.level.days import latest_level
from training.model.split import final_split
from training.registry.provenance import folder_digest

FRAME = matrix_frame()
MODELS = Path("serving/var/models")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    matrix = write_matrix(FRAME, tmp_path_factory.mktemp("matrix") / "lines.parquet")
    return fit.train(matrix, FRAME, final_split(FRAME, SPLIT), CATALOG, TRAINING)[0]


@pytest.fixture
def project(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder after `dvc repro features`, whose service serves ``bundle``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["level"])
    monkeypatch.delenv("RETURN_RISK_MODEL_DIR", raising=False)
    shutil.copy(TOP / "params.yaml", tmp_path)
    write_matrix(FRAME, Path("features/matrix/lines.parquet"))
    recipe.write(TRAINING.recipe, Path("features/matrix/recipe.json"))
    Path("data/raw").mkdir(parents=True)
    Path("data/raw/source.json").write_text("{}")
    serve(bundle)
    return tmp_path


def serve(bundle: Bundle, name: str = "return-risk-simulated") -> None:
    bundle.save(MODELS / "7-x")
    now, digest = utc_now(), folder_digest(MODELS / "7-x")
    Pointer(name=name, version=7, bundle_sha256=digest, folder="7-x", tags={}, since=now, fetched_at=now).write(MODELS)


def test_the_service_gets_the_level_of_its_model_as_of_the_tables(project: Path, bundle: Bundle) -> None:
    level.main()

    found, pointer = LevelFile.read(MODELS), Pointer.read(MODELS)
    wanted = latest_level(bundle, project / "features/matrix/lines.parquet", FRAME, LEVEL)
    assert found is not None
    assert pointer is not None
    assert found.bundle_sha256 == pointer.bundle_sha256
    assert (found.shift, found.lines, found.settled_lines) == (wanted.shift, wanted.lines, wanted.settled)
    assert found.shift != 0
    assert pd.Timestamp(found.as_of.astimezone(UTC)).tz_localize(None) == wanted.as_of


def test_where_no_service_has_served_there_is_nothing_to_do(project: Path) -> None:
    Pointer.path(MODELS).unlink()

    level.main()

    assert project.is_dir()
    assert not LevelFile.path(MODELS).exists()


@pytest.mark.parametrize("why", ["earlier bundle", "closes ahead", "off"])
def test_where_there_is_no_level_to_find_the_old_one_goes(project: Path, bundle: Bundle, why: str) -> None:
    level.main()
    if why == "earlier bundle":
        serve(replace(bundle, built={}))
    elif why == "closes ahead":
        Path("data/raw/source.json").write_text(json.dumps({"decisions": {"order_lines.closes_at": {"ahead": 3}}}))
    else:
        params = yaml.safe_load(Path("params.yaml").read_text())
        params["level"]["deviation"] = 0
        Path("params.yaml").write_text(yaml.safe_dump(params))

    level.main()

    assert project.is_dir()
    assert not LevelFile.path(MODELS).exists()


def test_a_matrix_of_another_shop_or_of_other_features_is_refused(project: Path, bundle: Bundle) -> None:
    recipe.write(replace(TRAINING.recipe, columns=frozenset({"price_minor"})), Path("features/matrix/recipe.json"))
    with pytest.raises(UserError, match="another recipe"):
        level.main()

    serve(bundle, name="return-risk-other")
    with pytest.raises(UserError, match="return-risk-other"):
        level.main()
    assert not (project / LevelFile.path(MODELS)).exists()


def test_a_service_that_runs_is_waited_for_and_none_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("serving.level.time.sleep", slept.append)
    level.wait_for_poll(tmp_path, 60)
    assert slept == []

    def poll(seconds: float) -> None:
        slept.append(seconds)
        now = utc_now()
        RegistryStatus(checked_at=now, since=now, problem=None, champion=7).write(tmp_path)

    poll(0)
    monkeypatch.setattr("serving.level.time.sleep", poll)
    level.wait_for_poll(tmp_path, 60)

    assert slept == [0, level.LOOK_SECONDS]


def test_moves_are_on_record_and_the_last_one_can_be_undone_with_a_reason(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["level", "--history"])
    level.main()
    assert "has not moved" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["level"])
    level.main()
    first = LevelFile.read(MODELS)
    assert first is not None
    move(MODELS, first.model_copy(update={"shift": 0.19}), "a test")

    with pytest.raises(UserError, match="reason"):
        level.undo(MODELS, " ")
    monkeypatch.setattr("sys.argv", ["level", "--undo", "returns of a test"])
    level.main()

    assert LevelFile.read(MODELS) == first.model_copy(update={"held": "returns of a test"})
    monkeypatch.setattr("sys.argv", ["level", "--history"])
    level.main()
    lines = capsys.readouterr().out.splitlines()
    assert [f"{first.shift:+.4f}" in lines[0], "+0.1900  a test" in lines[1]] == [True, True]
    assert lines[2].endswith(f"{first.shift:+.4f}  undone: returns of a test")
    monkeypatch.setattr("sys.argv", ["level"])
    level.main()
    assert LevelFile.read(MODELS) == first
    assert project.is_dir()


def test_the_first_move_undone_leaves_no_shift_and_without_a_move_there_is_nothing_to_undo(project: Path) -> None:
    with pytest.raises(UserError, match="has not moved"):
        level.undo(MODELS, "nothing")
    level.main()

    level.undo(MODELS, "too high")

    found = LevelFile.read(MODELS)
    assert found is not None
    assert (found.shift, found.held) == (0.0, "too high")
    assert project.is_dir()
