import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.errors import UserError
from data.times import utc_now
from serving.model.description import ServedModels
from serving.model.folder import Pointer
from serving.model.holder import ChampionHolder, LoadedModel
from serving.model.level import NO_LEVEL, ChallengerLevel, LevelFile, LevelOf
from tests.serving.model.test_holder import point, trees

DAYS = 3.0


def write(model_dir: Path, shift: float = 0.04, age: timedelta = timedelta(0), digest: str | None = None) -> LevelFile:
    pointer = Pointer.read(model_dir)
    assert pointer is not None
    file = LevelFile(
        bundle_sha256=pointer.bundle_sha256 if digest is None else digest,
        shift=shift,
        as_of=utc_now() - age,
        lines=900,
        settled_lines=300,
        bounded=False,
    )
    file.write(model_dir)
    return file


def rehearse(model: LoadedModel[int]) -> None:
    assert model.prepared == 3


def holder(model_dir: Path) -> ChampionHolder[int]:
    return ChampionHolder(model_dir, trees, rehearse, level_of=LevelOf(model_dir, DAYS))


def shift_and_trouble(held: ChampionHolder[int]) -> tuple[float, str | None]:
    assert held.model is not None
    return held.model.level.shift, held.model.level.trouble


def test_without_a_file_there_is_no_level_and_no_trouble(tmp_path: Path) -> None:
    point(tmp_path, 3)
    held = holder(tmp_path)

    held.look()

    assert held.model is not None
    assert held.model.level == NO_LEVEL


def test_a_new_level_is_taken_over_while_the_model_stays(tmp_path: Path) -> None:
    point(tmp_path, 3)
    held = holder(tmp_path)
    held.look()
    before = held.model
    assert before is not None

    for shift in (0.04, -0.02):
        write(tmp_path, shift)
        held.look()
        assert shift_and_trouble(held) == (shift, None)
        assert held.model is not None
        assert held.model.bundle is before.bundle


@pytest.mark.parametrize(
    ("age", "digest", "said"),
    [(timedelta(days=DAYS, minutes=1), None, "too old"), (timedelta(0), "x", "another model")],
)
def test_a_level_that_is_stale_or_of_another_model_is_none_and_said(
    tmp_path: Path, age: timedelta, digest: str | None, said: str
) -> None:
    point(tmp_path, 3)
    write(tmp_path, age=age, digest=digest)
    held = holder(tmp_path)

    held.look()

    shift, trouble = shift_and_trouble(held)
    assert shift == 0
    assert said in str(trouble)
    assert ServedModels(held).describe().level.trouble == trouble


def test_a_level_grows_too_old_while_its_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point(tmp_path, 3)
    file = write(tmp_path)
    held = holder(tmp_path)
    held.look()
    assert shift_and_trouble(held)[0] == file.shift

    monkeypatch.setattr("serving.model.level.utc_now", lambda: utc_now() + timedelta(days=DAYS, minutes=1))
    held.look()

    assert shift_and_trouble(held)[0] == 0


def test_a_broken_file_is_no_level(tmp_path: Path) -> None:
    point(tmp_path, 3)
    for text in ("{", json.dumps({"shift": 99})):
        LevelFile.path(tmp_path).write_text(text)
        held = holder(tmp_path)
        held.look()
        shift, trouble = shift_and_trouble(held)
        assert shift == 0
        assert "`make level` writes a new one" in str(trouble)
        with pytest.raises(UserError, match=r"level\.json as `make level` writes it"):
            LevelFile.read(tmp_path)


def test_the_description_names_the_level_from_when_and_from_how_many_lines(tmp_path: Path) -> None:
    point(tmp_path, 3)
    file = write(tmp_path)
    held = holder(tmp_path)
    held.look()

    found = ServedModels(held).describe().level

    assert (found.shift, found.lines, found.settled_lines, found.bounded) == (0.04, 900, 300, False)
    assert found.as_of is not None
    assert datetime.fromtimestamp(found.as_of / 1e6, UTC) == file.as_of


def test_a_level_comes_along_when_champion_and_version_in_shadow_change_places(tmp_path: Path) -> None:
    point(tmp_path, 3)
    own, pointer = write(tmp_path, digest="of the champion before"), Pointer.read(tmp_path)
    assert pointer is not None
    content = {"bundle_sha256": pointer.bundle_sha256, "shift": 0.02}
    ChallengerLevel(**own.model_dump() | content).write(tmp_path)
    former = pointer.model_copy(update={"bundle_sha256": "of the champion before"})

    promoted, in_shadow = LevelOf(tmp_path, DAYS)(pointer), LevelOf(tmp_path, DAYS, ChallengerLevel)(former)

    assert (promoted.shift, promoted.trouble) == (0.02, None)
    assert (in_shadow.shift, in_shadow.trouble) == (0.04, None)
    assert LevelOf(tmp_path, DAYS)(pointer.model_copy(update={"bundle_sha256": "x"})).trouble is not None
