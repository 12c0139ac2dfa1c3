"""The folder through which the model watch tells the workers which model to serve.

``current.json`` points at the bundle to serve, ``registry.json`` says how the registry was last found, and
``served.json`` is written by the workers: what they last found fit to serve, for a worker that starts when the current
one isn't. Each is replaced as a whole, so that a reader sees the old one or the new one. Beside them lie the bundles, a
folder each.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import write_private


class _File(BaseModel):
    """A JSON file of the folder; `_name` is what it is called there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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
            The file is there and does not hold what it should.
        """
        file = cls.path(model_dir)
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError) as error:
            found = " ".join(str(error).split())[:300]
            fix = "remove it: the model watch writes it anew"
            raise UserError(expected=f"{file} as the model watch writes it", found=found, fix=fix) from None

    def write(self, model_dir: Path) -> None:
        """Replace the file by this; what was there stays where the disk is full (`OSError`)."""
        write_private(self.model_dump_json(indent=1) + "\n", self.path(model_dir))


class Pointer(_File):
    """Which bundle is to be served.

    ``folder`` is a name within the model folder, ``bundle_sha256`` the `training.registry.provenance.folder_digest` of
    what is in it; ``tags`` are the version's in the registry, its metrics among them; ``since``: when this version was
    first pointed at; ``fetched_at``: when its files came.
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


class RegistryStatus(_File):
    """How the registry was found.

    ``problem`` says why the champion could not be had, None where all is well; ``since`` is when that began, and
    ``checked_at`` when it was last so. ``champion`` is the version that held the alias when the registry last answered.
    """

    checked_at: datetime
    since: datetime
    problem: str | None
    champion: int | None

    @classmethod
    def path(cls, model_dir: Path) -> Path:  # noqa: D102 - as above
        return model_dir / "registry.json"
