"""The model folder: through it, the model watch names the model that the workers serve.

``current.json`` points to the bundle to serve, and ``registry.json`` holds the state of the registry at the last poll.
The workers write ``served.json``: it points to the bundle that they served last, for a worker that starts while the
current bundle is unfit. ``challenger.json`` points to the bundle in shadow, ``shadow.json`` has what the process that
scores with it says, and ``shadow_look.json`` how it stood at the last look. ``level.json`` holds the level of a bundle
(`serving.model.level`). Each file is replaced as a whole, so that a reader sees the old file or the new one. The
bundles lie beside the files, a folder each.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import write_private
from training.registry.alias_history import ShadowRole


class ModelFile(BaseModel):
    """A JSON file of the model folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    WRITER: ClassVar[str] = "the model watch"

    @classmethod
    def path(cls, model_dir: Path) -> Path:
        """Where the file is in ``model_dir``."""
        raise NotImplementedError

    @classmethod
    def read(cls, model_dir: Path) -> Self | None:
        """Read the file; None where there is none.

        Raises
        ------
        UserError
            The file exists, but can't be read or is not valid.
        """
        file = cls.path(model_dir)
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError) as error:
            found = " ".join(str(error).split())[:300]
            fix = f"remove the file: {cls.WRITER} writes a new one"
            raise UserError(expected=f"{file} as {cls.WRITER} writes it", found=found, fix=fix) from None

    def write(self, model_dir: Path) -> None:
        """Replace the file by this content; with a full disk (`OSError`), the old file stays."""
        write_private(self.model_dump_json(indent=1) + "\n", self.path(model_dir))


class Pointer(ModelFile):
    """Names the bundle to serve.

    ``folder`` is a name within the model folder, ``bundle_sha256`` the `training.registry.provenance.folder_digest` of
    what is in it; ``tags`` are the version's in the registry, its metrics among them; ``since``: when the pointer
    first named this version; ``fetched_at``: when its files were fetched.
    """

    name: str
    version: int
    bundle_sha256: str
    folder: str
    tags: Mapping[str, str]
    since: datetime
    fetched_at: datetime

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "current.json"


class Served(Pointer):
    """The pointer that a worker last followed."""

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "served.json"


class Challenger(Pointer):
    """The pointer to the bundle in shadow; without the file none is.

    ``role``: what it is in shadow for; ``entered_at``: since when it is there.
    """

    role: ShadowRole
    entered_at: datetime

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "challenger.json"


class ShadowStatus(ModelFile):
    """What the process that scores in shadow says: the ``version`` it scores with, and what it did since its start.

    ``scored``, ``late``: lines; the latter came too late to be scored by the state as it was. ``refusal``: why it can't
    score with the version, None while it can.
    """

    WRITER: ClassVar[str] = "the shadow"

    at: datetime
    version: int
    scored: int
    late: int
    refusal: str | None

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "shadow.json"


class ShadowLook(ModelFile):
    """How the version in shadow stood at the last look (`training.monitoring.shadow.Standing`).

    ``champion``: the version that it was compared with. ``acted``: whether ``act`` was carried out. ``problem``: why
    the look at ``tried_at`` told nothing; then the others are those of the look before, at ``at``.
    """

    WRITER: ClassVar[str] = "the next look"

    tried_at: datetime
    problem: str | None = None
    at: datetime | None = None
    version: int | None = None
    champion: int | None = None
    role: ShadowRole | None = None
    lines: int = 0
    open_lines: int = 0
    days: float = 0.0
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    e_value: float | None = None
    needed: float | None = None
    act: str | None = None
    acted: bool = False
    why: str = ""

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "shadow_look.json"


class RegistryStatus(ModelFile):
    """The state of the registry at the last poll.

    ``problem``: why the champion could not be followed; None where all is well. ``since``: when this state began.
    ``checked_at``: the time of the poll. ``champion``: the version that held the alias when the registry last answered.
    ``challenger_problem``: why the version in shadow could not be followed; None where it could, or there is none.
    """

    checked_at: datetime
    since: datetime
    problem: str | None
    champion: int | None
    challenger_problem: str | None = None

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "registry.json"
