import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from data.errors import UserError
from data.times import utc_now
from serving.model import holder as champion
from serving.model.folder import Pointer, RegistryStatus
from serving.model.holder import ChampionHolder, LoadedModel
from tests.serving.small_models import NAME, bundle
from training.model.bundle import Bundle
from training.registry.provenance import folder_digest

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def point(model_dir: Path, version: int, rounds: int | None = None) -> Path:
    """Put a bundle in the folder and point to it, as the model watch does; return the bundle's folder."""
    folder = model_dir / f"{version}-x"
    bundle(version if rounds is None else rounds).save(folder)
    Pointer(
        name=NAME,
        version=version,
        bundle_sha256=folder_digest(folder),
        folder=folder.name,
        tags={},
        since=NOW,
        fetched_at=utc_now(),
    ).write(model_dir)
    return folder


def trees(bundle: Bundle) -> int:
    return int(bundle.model.rounds)


def rehearse_all(_: LoadedModel[int]) -> None: ...


def holder(
    model_dir: Path,
    prepare: Callable[[Bundle], int] = trees,
    rehearse: Callable[[LoadedModel[int]], None] = rehearse_all,
) -> ChampionHolder[int]:
    return ChampionHolder(model_dir, prepare, rehearse, look_seconds=0.01)


def served(holder: ChampionHolder[int]) -> tuple[int, int] | None:
    """Version and number of trees of the served model."""
    return None if holder.model is None else (holder.model.pointer.version, holder.model.prepared)


def refuse() -> NoReturn:
    raise UserError(expected="a feature that this service computes", found="elsewhere", fix="train anew")


def refuse_three(bundle: Bundle) -> int:
    if trees(bundle) == 3:
        refuse()
    return trees(bundle)


def test_what_is_pointed_at_is_served_with_what_was_prepared_of_it(tmp_path: Path) -> None:
    point(tmp_path, 3)
    held = holder(tmp_path)

    held.look()

    assert served(held) == (3, 3)
    assert held.refusal is None


def test_nothing_is_served_where_nothing_is_pointed_at(tmp_path: Path) -> None:
    held = holder(tmp_path / "none")

    held.start()
    held.stop()

    assert served(held) is None
    assert held.refusal is None


def test_a_running_worker_follows_the_pointer(tmp_path: Path) -> None:
    held = holder(tmp_path)
    held.start()

    for version in (2, 3):
        point(tmp_path, version)
        wait_for(held, version)

    held.stop()


def wait_for(held: ChampionHolder[int], version: int) -> None:
    for _ in range(1000):
        if served(held) == (version, version):
            return
        time.sleep(0.01)
    pytest.fail("it did not come")


def test_a_model_serves_only_after_it_was_rehearsed_and_the_old_one_until_then(tmp_path: Path) -> None:
    seen: list[tuple[int, tuple[int, int] | None]] = []
    held = holder(tmp_path, rehearse=lambda model: seen.append((model.prepared, served(held))))

    for version in (2, 3):
        point(tmp_path, version)
        held.look()

    assert seen == [(2, None), (3, (2, 2))]
    assert served(held) == (3, 3)


@pytest.mark.parametrize("damage", ["cut_booster", "cut_json", "altered", "gone", "not_json", "not_a_pointer"])
def test_a_broken_bundle_is_refused_and_the_old_one_stays(tmp_path: Path, damage: str) -> None:
    held = holder(tmp_path)
    point(tmp_path, 2)
    held.look()
    folder = point(tmp_path, 3)
    broken = {"cut_booster": folder / "booster.txt", "not_a_pointer": tmp_path / "current.json"}.get(damage)
    broken = broken or folder / "bundle.json"
    content = broken.read_text()
    match damage:
        case "cut_booster" | "cut_json":
            broken.write_text(content[: len(content) // 2])
        case "altered":
            broken.write_text(content.replace('"shop": 0.3', '"shop": 0.4'))
        case "gone":
            broken.unlink()
        case _:
            broken.write_text("{}")

    held.look()

    assert served(held) == (2, 2)
    assert held.refusal is not None


def test_a_bundle_that_does_not_fit_is_refused_with_the_reason_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion, "RETRY_SECONDS", -1)
    held = holder(tmp_path, prepare=refuse_three)
    point(tmp_path, 2)
    held.look()
    point(tmp_path, 3)

    for _ in range(3):
        held.look()

    assert served(held) == (2, 2)
    assert held.refusal is not None
    assert held.refusal.pointer is not None
    assert held.refusal.pointer.version == 3
    assert "a feature that this service computes" in held.refusal.why
    assert caplog.text.count("a model was refused") == 1


def test_a_model_that_fails_its_rehearsal_is_refused(tmp_path: Path) -> None:
    def fail(_: LoadedModel[int]) -> None:
        np.array([1.0]) @ np.array([1.0, 2.0])

    held = holder(tmp_path, rehearse=fail)
    point(tmp_path, 2)

    held.look()

    assert served(held) is None
    assert held.refusal is not None
    assert held.refusal.why.startswith("ValueError")


def test_a_refused_model_is_tried_again_when_the_pointer_changes_and_not_before(tmp_path: Path) -> None:
    tried: list[int] = []

    def prepare(bundle: Bundle) -> int:
        tried.append(trees(bundle))
        refuse()

    held = holder(tmp_path, prepare)
    point(tmp_path, 2)

    held.look()
    held.look()
    point(tmp_path, 2)
    held.look()

    assert tried == [2, 2]


def test_a_refused_model_is_tried_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unwell = [OSError("the disk sleeps")]

    def rehearse(_: LoadedModel[int]) -> None:
        if unwell:
            raise unwell.pop()

    held = holder(tmp_path, rehearse=rehearse)
    point(tmp_path, 2)
    held.look()
    first = served(held)
    monkeypatch.setattr(champion, "RETRY_SECONDS", -1)

    held.look()

    assert first is None
    assert served(held) == (2, 2)


def test_a_refusal_is_forgotten_when_a_good_model_comes(tmp_path: Path) -> None:
    held = holder(tmp_path)
    (point(tmp_path, 2) / "booster.txt").unlink()
    held.look()
    refusal = held.refusal

    point(tmp_path, 3)
    held.look()

    assert refusal is not None
    assert held.refusal is None
    assert served(held) == (3, 3)


def test_a_pointer_that_goes_back_to_what_is_served_loads_nothing(tmp_path: Path) -> None:
    held = holder(tmp_path)
    point(tmp_path, 2)
    held.look()
    before = held.model
    point(tmp_path, 4, rounds=2)

    held.look()

    assert before is not None
    assert held.model is not None
    assert held.model.bundle is before.bundle
    assert held.model.pointer.version == 4


def test_a_worker_that_starts_when_the_model_is_unfit_takes_what_was_served_last(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    point(tmp_path, 2)
    holder(tmp_path).look()
    point(tmp_path, 3)
    held = holder(tmp_path, prepare=refuse_three)

    held.start()
    held.stop()

    assert served(held) == (2, 2)
    assert held.refusal is not None
    assert "which was served last" in caplog.text


def test_the_model_stays_when_its_folder_is_removed(tmp_path: Path) -> None:
    held = holder(tmp_path)
    folder = point(tmp_path, 2)
    held.look()
    for file in (*folder.iterdir(), tmp_path / "current.json"):
        file.unlink()

    held.look()

    assert held.model is not None
    assert len(held.model.bundle.model.margin(np.zeros((1, 3)))) == 1


def test_whoever_scores_meanwhile_always_finds_a_whole_model(tmp_path: Path) -> None:
    held = holder(tmp_path)
    point(tmp_path, 2)
    held.start()
    stop, odd = threading.Event(), []

    def score() -> None:
        while not stop.is_set():
            model = held.model
            if model is None or model.prepared != trees(model.bundle) or model.pointer.version != model.prepared:
                odd.append(model)

    scoring = threading.Thread(target=score)
    scoring.start()
    for version in (3, 4, 5, 2):
        point(tmp_path, version)
        wait_for(held, version)
    stop.set()
    scoring.join()
    held.stop()

    assert odd == []


def test_the_state_of_the_registry_is_passed_on(tmp_path: Path) -> None:
    RegistryStatus(checked_at=NOW, since=NOW, problem="no answer", champion=3).write(tmp_path)
    held = holder(tmp_path)

    held.look()

    assert held.registry is not None
    assert held.registry.problem == "no answer"
    assert json.loads((tmp_path / "registry.json").read_text())["since"] == "2024-06-01T00:00:00Z"


def status_of(problem: str | None, checked_at: datetime) -> RegistryStatus:
    return RegistryStatus(checked_at=checked_at, since=checked_at, problem=problem, champion=None)


def test_a_worker_is_undecided_until_it_has_a_model_or_knows_why_there_is_none(tmp_path: Path) -> None:
    unsure, without, refusing, following = (tmp_path / name for name in ("unsure", "without", "refusing", "following"))
    for folder in (unsure, without, refusing, following):
        folder.mkdir()
    status_of("no such file", utc_now() - timedelta(days=1)).write(unsure)
    status_of("no such file", utc_now()).write(without)
    (point(refusing, 1) / "bundle.json").unlink()
    holders = [holder(folder) for folder in (unsure, without, refusing, following)]

    before = [each.is_decided() for each in holders]
    point(following, 1)
    for each in holders:
        each.look()

    assert before == [False] * 4
    assert [each.is_decided() for each in holders] == [False, True, True, True]


def test_a_worker_does_not_wait_for_ever_for_word_of_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = holder(tmp_path)
    before = waiting.is_decided()
    monkeypatch.setattr(champion, "WAIT_SECONDS", -1)

    assert (before, waiting.is_decided()) == (False, True)


def test_a_worker_waits_longer_while_its_first_model_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion, "WAIT_SECONDS", -1)
    seen: list[bool] = []
    waiting = holder(tmp_path, rehearse=lambda _: seen.append(waiting.is_decided()))
    point(tmp_path, 1)

    waiting.look()

    assert (seen, waiting.is_decided()) == ([False], True)
