"""The level that is served: a file of the model folder, for one bundle and for some days, and the record of its moves.

`serving.level` finds it from the tables of a run, and the quality watch from the log of the served scores.

A level of another bundle, one that is too old, and a file that can't be read are no level: then the model scores
without one, and says why.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import UserError
from data.files import read_json, write_private
from data.times import utc_now
from serving.json_file import JsonFile
from serving.model.folder import Pointer
from training.model.bundle import Bundle
from training.model.level.level import Level

SOURCE: Final = Path("data/raw/source.json")
MOVES: Final = "levels.jsonl"
MOST_MOVES: Final = 1000
"""Moves that stay on record: more than a month of one each hour."""


class Source(StrEnum):
    """What a level was found from."""

    TABLES = "tables"
    LOG = "log"


class LevelFile(JsonFile):
    """A level as `training.model.level` found it, and the `Pointer.bundle_sha256` of its bundle.

    ``lines``: those that it is from; ``settled_lines``: those of them whose outcome was known; ``bounded``: whether its
    bound cut it off. ``source``: whether it is from the tables of a run, or from the log of the served scores.
    ``held``: why a person keeps it; then it grows no older, and the service does not move it by itself.
    """

    NAME: ClassVar[str] = "level.json"
    WRITER: ClassVar[str] = "`make level`"

    bundle_sha256: str
    shift: Annotated[float, Field(ge=-5, le=5)]
    as_of: datetime
    lines: Annotated[int, Field(ge=0)]
    settled_lines: Annotated[int, Field(ge=0)]
    bounded: bool
    source: Source = Source.TABLES
    held: str | None = None

    @classmethod
    def of(cls, found: Level, pointer: Pointer, source: Source) -> Self:
        """The file of a level that was found for the bundle of ``pointer``."""
        return cls(
            bundle_sha256=pointer.bundle_sha256,
            shift=found.shift,
            as_of=found.as_of.to_pydatetime().replace(tzinfo=UTC),
            lines=found.lines,
            settled_lines=found.settled,
            bounded=found.bounded,
            source=source,
        )


class ChallengerLevel(LevelFile):
    """The level of the version in shadow: that of its own bundle, as it would be if it were served."""

    NAME: ClassVar[str] = "challenger_level.json"


class LevelMove(BaseModel):
    """One move of the level: ``level`` from ``at`` on, None for none, and ``why``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    level: LevelFile | None
    why: str


def move(model_dir: Path, level: LevelFile | None, why: str) -> None:
    """Give the service another level, and record that; `OSError` where the folder can't be written.

    The record comes first: a move that is on record and was not made is made by the next one.
    """
    moves = [*moves_of(model_dir), LevelMove(at=utc_now(), level=level, why=why)][-MOST_MOVES:]
    lines = (each.model_dump_json() for each in moves)
    write_private("".join(f"{line}\n" for line in lines), model_dir / MOVES)
    if level is None:
        LevelFile.path(model_dir).unlink(missing_ok=True)
    else:
        level.write(model_dir)


def why_no_level(bundle: Bundle) -> str:
    """Say why a bundle can have no level; empty where it can."""
    if bundle.learned_until is None:
        return "it is of an earlier version of the code, and does not know what it learned from"
    ahead = read_json(SOURCE).get("decisions", {}).get("order_lines.closes_at", {}).get("ahead", 0)
    # Returns of such lines are not in the tables yet (`data.sources.events`): all of them would seem to be open.
    return (
        f"{ahead:.0f} lines have a closes_at that lies ahead, and their returns are not in the tables" if ahead else ""
    )


def moves_of(model_dir: Path) -> list[LevelMove]:
    """Give the recorded moves, oldest first.

    Raises
    ------
    UserError
        The record was damaged.
    """
    file = model_dir / MOVES
    try:
        return [LevelMove.model_validate_json(line) for line in file.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []
    except (ValidationError, UnicodeDecodeError) as error:
        raise UserError(
            expected=f"{file} to hold a move of the level in each line",
            found=" ".join(str(error).split())[:300],
            fix="move the file away: the next move begins another one",
        ) from None


@dataclass(frozen=True)
class ServedLevel:
    """The level that scores have: ``shift`` in log-odds, 0 without a ``source``.

    ``trouble``: why the file that is there is not used; None where it is used, or where there is none.
    """

    source: LevelFile | None = None
    trouble: str | None = None

    @property
    def shift(self) -> float:
        """What the log-odds of each line have on top."""
        return 0.0 if self.source is None else self.source.shift


NO_LEVEL = ServedLevel()


@dataclass(frozen=True)
class LevelOf:
    """Reads the level of the model that a pointer names; levels are used for ``max_age_days``.

    ``kind``: the file that should hold it. A level in the other file counts, too, where it is of this model: so it
    comes along when champion and version in shadow change places.
    """

    model_dir: Path
    max_age_days: float
    kind: type[LevelFile] = LevelFile

    def __call__(self, pointer: Pointer) -> ServedLevel:
        """Read the files; it never raises."""
        own = self._read(self.kind, pointer)
        if own.source is not None:
            return own
        other = self._read(LevelFile if self.kind is ChallengerLevel else ChallengerLevel, pointer)
        return own if other.source is None else other

    def _read(self, kind: type[LevelFile], pointer: Pointer) -> ServedLevel:
        try:
            found = kind.read(self.model_dir)
        except UserError as error:
            return ServedLevel(trouble=f"{error.found}; {error.fix}")
        if found is None:
            return NO_LEVEL
        if found.bundle_sha256 != pointer.bundle_sha256:
            return ServedLevel(trouble="the level is of another model than the one that is served; run make level")
        if found.held is None and utc_now() - found.as_of > timedelta(days=self.max_age_days):
            return ServedLevel(trouble=f"the level is of {found.as_of:%Y-%m-%d %H:%M} UTC, and too old; run make level")
        return ServedLevel(found)
