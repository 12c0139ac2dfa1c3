import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import UserError
from data.files import scratch
from serving.model import watch as model_watch
from serving.model.folder import Challenger, Pointer, RegistryStatus, Served
from serving.model.watch import ModelWatch
from serving.process.lifeline import Lifeline
from tests.serving.small_models import NAME, bundle, register
from tests.training.conftest import empty_database, project, registry  # noqa: F401 - fixtures
from training.model.bundle import Bundle
from training.registry import shadow
from training.registry.mlflow_registry import Registry
from training.registry.provenance import folder_digest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others


@pytest.fixture
def champion(registry: Registry, project: Path) -> Callable[[int], None]:  # noqa: F811 - the fixtures
    """Register a bundle of so many trees and make it the champion."""

    def make(rounds: int) -> None:
        register(registry, project / "training/bundle", rounds)

    return make


@pytest.fixture
def watch(registry: Registry, project: Path) -> ModelWatch:  # noqa: ARG001, F811 - the fixtures
    """A watch of the project's registry, which is empty."""
    return ModelWatch(NAME, project / "models")


def pointer(watch: ModelWatch) -> Pointer:
    found = Pointer.read(watch.dir)
    assert found is not None
    return found


def bundles(watch: ModelWatch) -> list[str]:
    return sorted(folder.name for folder in watch.dir.iterdir() if folder.is_dir())


def trees(watch: ModelWatch) -> int:
    """Number of trees of the bundle that the pointer names."""
    return int(Bundle.load(watch.dir / pointer(watch).folder).model.rounds)


def test_the_champion_is_fetched_and_pointed_at(champion: Callable[[int], None], watch: ModelWatch) -> None:
    champion(2)

    status = watch.poll()

    found = pointer(watch)
    assert (found.name, found.version, found.tags["test.log_loss"]) == (NAME, 1, "0.61")
    assert found.folder == f"1-{found.bundle_sha256[:8]}"
    assert folder_digest(watch.dir / found.folder) == found.bundle_sha256
    assert trees(watch) == 2
    assert (status.problem, status.champion) == (None, 1)
    assert RegistryStatus.read(watch.dir) == status


def test_a_new_champion_is_followed_and_only_the_one_before_is_kept(
    champion: Callable[[int], None], watch: ModelWatch
) -> None:
    for rounds in (2, 3, 4):
        champion(rounds)
        watch.poll()
        assert trees(watch) == rounds
        Served(**pointer(watch).model_dump()).write(watch.dir)  # as the workers do when they have it

    assert [name[0] for name in bundles(watch)] == ["2", "3"]


def test_what_another_process_is_writing_is_not_pruned_and_what_a_killed_one_left_is(
    champion: Callable[[int], None], watch: ModelWatch
) -> None:
    (watch.dir / ".1-0a0a0a0a.unfinished-1234" / "bundle").mkdir(parents=True)
    champion(2)

    with scratch(Served.path(watch.dir)) as held:
        watch.poll()

        assert bundles(watch) == [held.name, pointer(watch).folder]


def test_a_champion_that_stays_is_left_alone(
    champion: Callable[[int], None], watch: ModelWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    champion(2)
    watch.poll()
    before = (watch.dir / "current.json").stat()
    monkeypatch.setattr(Registry, "fetch", None)

    status = watch.poll()

    assert status.problem is None
    assert (watch.dir / "current.json").stat().st_ino == before.st_ino


def test_a_bundle_that_was_damaged_here_is_fetched_again(champion: Callable[[int], None], watch: ModelWatch) -> None:
    champion(2)
    watch.poll()
    before = pointer(watch)
    booster = watch.dir / before.folder / "booster.txt"
    booster.write_text(booster.read_text()[:1000])

    watch.poll()

    assert trees(watch) == 2
    assert pointer(watch).since == before.since
    assert pointer(watch).fetched_at > before.fetched_at


def test_while_the_registry_is_away_the_pointer_stays_and_the_status_says_why(
    champion: Callable[[int], None],
    watch: ModelWatch,
    project: Path,  # noqa: F811 - the fixture
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    champion(2)
    watch.poll()
    (project / "mlflow.db").rename(project / "away.db")

    first = watch.poll()
    second = watch.poll()
    (project / "away.db").rename(project / "mlflow.db")
    third = watch.poll()

    assert first.problem is not None
    assert "no such file" in first.problem
    assert (second.problem, second.since, second.champion) == (first.problem, first.since, 1)
    assert second.checked_at > first.checked_at
    assert third.problem is None
    assert third.since > first.since
    assert pointer(watch).version == 1
    assert caplog.text.count("no champion to follow") == 1
    assert caplog.text.count("the registry answers again") == 1


def test_a_watch_that_starts_while_the_registry_is_away_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    watch = ModelWatch(NAME, tmp_path / "models")

    status = watch.poll()

    assert status.champion is None
    assert status.problem is not None
    assert Pointer.read(watch.dir) is None
    assert not (tmp_path / "mlflow.db").exists()


def test_a_registry_without_a_champion_is_a_problem_and_not_the_end(watch: ModelWatch) -> None:
    status = watch.poll()

    assert status.problem is not None
    assert "the alias 'champion'" in status.problem


def test_a_champion_whose_bundle_was_altered_in_the_store_is_not_followed(
    champion: Callable[[int], None],
    watch: ModelWatch,
    project: Path,  # noqa: F811 - the fixture
) -> None:
    champion(2)
    watch.poll()
    champion(3)
    for stored in (project / "mlartifacts").rglob("booster.txt"):
        stored.write_text("tree\n")

    status = watch.poll()

    assert status.problem is not None
    assert "other content" in status.problem
    assert status.champion == 2
    assert pointer(watch).version == 1
    assert trees(watch) == 2
    assert len(bundles(watch)) == 1


def test_a_champion_that_does_not_load_is_not_followed(
    registry: Registry,  # noqa: F811 - the fixture
    watch: ModelWatch,
    project: Path,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Bundle, "save", lambda _, folder: (folder / "bundle.json").write_text('{"format": 0}'))
        register(registry, project / "training/bundle", 2)

    first = watch.poll()
    monkeypatch.setattr(Registry, "fetch", None)  # it isn't fetched again
    second = watch.poll()

    assert first.problem is not None
    assert first.problem == f"expected version 1 of {NAME} to be a bundle that this service reads; found format 0"
    assert (second.problem, second.since) == (first.problem, first.since)
    assert Pointer.read(watch.dir) is None


def test_the_version_in_shadow_is_fetched_beside_the_champion_until_it_leaves(
    champion: Callable[[int], None],
    watch: ModelWatch,
    registry: Registry,  # noqa: F811 - the fixture
    project: Path,  # noqa: F811 - the fixture
) -> None:
    for rounds in (2, 3):
        champion(rounds)
    shadow.enter(registry, NAME, 1, "a try")

    watch.poll()

    found = Challenger.read(watch.dir)
    assert found is not None
    assert (found.version, found.role, pointer(watch).version) == (1, "challenger", 2)
    assert folder_digest(watch.dir / found.folder) == found.bundle_sha256
    assert [name[0] for name in bundles(watch)] == ["1", "2"]

    for stored in (project / "mlartifacts").rglob("booster.txt"):
        stored.write_text("tree\n")
    shutil.rmtree(watch.dir / found.folder)
    status = watch.poll()
    assert (status.problem, status.champion) == (None, 2)
    assert status.challenger_problem is not None
    assert "other content" in status.challenger_problem
    assert Challenger.read(watch.dir) is None

    shadow.leave(registry, NAME, "enough")
    assert watch.poll().challenger_problem is None


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    """A model folder whose pointers name the model of another shop."""
    bundle(2).save(tmp_path / "1-x")
    content = {"name": "return-risk-bads", "version": 1, "bundle_sha256": "0", "folder": "1-x", "tags": {}}
    times = {"since": "2024-06-01T00:00:00Z", "fetched_at": "2024-06-01T00:00:00Z"}
    for name in ("current.json", "served.json"):
        (tmp_path / name).write_text(json.dumps(content | times))
    return tmp_path


def test_the_model_of_another_shop_is_let_go(model_dir: Path) -> None:
    ModelWatch(NAME, model_dir).drop_others()

    assert Pointer.read(model_dir) is None
    assert Served.read(model_dir) is None


def test_the_model_of_this_shop_stays(model_dir: Path) -> None:
    ModelWatch("return-risk-bads", model_dir).drop_others()

    assert Pointer.read(model_dir) is not None


def test_a_pointer_that_is_broken_is_written_anew(champion: Callable[[int], None], watch: ModelWatch) -> None:
    watch.dir.mkdir()
    (watch.dir / "current.json").write_text("{")
    champion(2)

    watch.poll()

    assert pointer(watch).version == 1


def test_a_folder_that_can_not_be_written_is_logged_and_the_watch_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) > 2:
            raise SystemExit

    monkeypatch.setattr("serving.model.watch.time.sleep", nap)
    monkeypatch.setattr(ModelWatch, "_champion", lambda _: 1 / 0)

    with pytest.raises(SystemExit):
        model_watch.watch(ModelWatch(NAME, tmp_path / "models"), 60, Lifeline(None))

    assert "the model folder can't be written" in caplog.text


def test_a_status_that_is_broken_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text("[]")

    with pytest.raises(UserError, match="as the model watch writes it"):
        RegistryStatus.read(tmp_path)
    shutil.rmtree(tmp_path)
