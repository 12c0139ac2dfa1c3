"""What was told and what is still to be told, in a file that is whole after any kill."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import UserError
from data.files import write_private
from serving.telling.news import AlarmNews
from serving.telling.sending import Message

FILE: Final = "told.json"
LOCK: Final = "told.lock"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Waiting(_Model):
    """A message that did not arrive yet: the ``tries`` so far, when the ``next_at`` is, and the last ``problem``."""

    message: Message
    next_at: datetime
    tries: int = 0
    problem: str = ""


class Book(_Model):
    """``told``: the last news of each alarm that goes on. ``waiting``: what is to be sent. ``given_up``: how many."""

    told: tuple[AlarmNews, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    given_up: int = 0

    @classmethod
    def read(cls, folder: Path) -> "Book":
        """Read the book in ``folder``, empty where there is none; `UserError` where it can't be read."""
        file = folder / FILE
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return cls()
        except (ValidationError, OSError) as error:
            raise UserError(
                expected=f"{file} as this version of the service writes it",
                found=" ".join(str(error).split())[:300],
                fix="remove it: then all alarms that go on are told once more",
            ) from None

    def write(self, folder: Path) -> None:
        """Replace the file; it is on the disk when this returns."""
        write_private(self.model_dump_json(indent=1) + "\n", folder / FILE)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the book alone: the quality watch and a command may both want to change it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
