"""A small JSON file of the service: a model that is read from a folder, and replaced there as a whole."""

from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import write_private


class JsonFile(BaseModel):
    """The content of the file ``NAME`` in a folder; a reader sees the old content or the new one.

    ``WRITER``: who writes it. ``CURE``: what to do about a file that can't be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    NAME: ClassVar[str]
    WRITER: ClassVar[str]
    CURE: ClassVar[str] = ""

    @classmethod
    def path(cls, folder: Path) -> Path:
        """Where the file is in ``folder``."""
        return folder / cls.NAME

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the file; None where there is none.

        Raises
        ------
        UserError
            The file exists, but can't be read, is not valid, or is of another version of the code.
        """
        file = cls.path(folder)
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError) as error:
            raise UserError(
                expected=f"{file} as {cls.WRITER} writes it",
                found=_in_short(error),
                fix=cls.CURE or f"remove the file: {cls.WRITER} writes a new one",
            ) from None

    def write(self, folder: Path) -> None:
        """Replace the file, readable by its owner only; with a full disk (`OSError`), the old file stays."""
        write_private(self.model_dump_json(indent=1) + "\n", self.path(folder))


def _in_short(error: ValidationError | OSError) -> str:
    """The first thing that is wrong with the file, without what the file has."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{first['msg']}{f' at {place}' if place else ''}"
