"""The level that is served: a file of the model folder, which `serving.level` writes, for one bundle and for some days.

A level of another bundle, one that is too old, and a file that can't be read are no level: then the model scores
without one, and says why.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from data.errors import UserError
from data.times import utc_now
from serving.model.folder import ModelFile, Pointer


class LevelFile(ModelFile):
    """A level as `training.model.level` found it, and the `Pointer.bundle_sha256` of its bundle.

    ``lines``: those that it is from; ``settled_lines``: those of them whose outcome was known; ``bounded``: whether its
    bound cut it off.
    """

    WRITER: ClassVar[str] = "`make level`"

    bundle_sha256: str
    shift: Annotated[float, Field(ge=-5, le=5)]
    as_of: datetime
    lines: Annotated[int, Field(ge=0)]
    settled_lines: Annotated[int, Field(ge=0)]
    bounded: bool

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "level.json"


class ChallengerLevel(LevelFile):
    """The level of the version in shadow: that of its own bundle, as it would be if it were served."""

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "challenger_level.json"


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

    ``kind``: the file that holds it.
    """

    model_dir: Path
    max_age_days: float
    kind: type[LevelFile] = LevelFile

    def __call__(self, pointer: Pointer) -> ServedLevel:
        """Read the file; it never raises."""
        try:
            found = self.kind.read(self.model_dir)
        except UserError as error:
            return ServedLevel(trouble=f"{error.found}; {error.fix}")
        if found is None:
            return NO_LEVEL
        if found.bundle_sha256 != pointer.bundle_sha256:
            return ServedLevel(trouble="the level is of another model than the one that is served; run make level")
        if utc_now() - found.as_of > timedelta(days=self.max_age_days):
            return ServedLevel(trouble=f"the level is of {found.as_of:%Y-%m-%d %H:%M} UTC, and too old; run make level")
        return ServedLevel(found)
