"""What was told and what is still to be told, in a file that is whole after any kill."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict

from serving.json_file import JsonFile
from serving.telling.news import AlarmNews
from serving.telling.sending import Message

FILE: Final = "told.json"
LOCK: Final = "told.lock"


class Waiting(BaseModel):
    """A message that did not arrive yet: the ``tries`` so far, when the ``next_at`` is, and the last ``problem``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: Message
    next_at: datetime
    tries: int = 0
    problem: str = ""


class Book(JsonFile):
    """``told``: the last news of each alarm that goes on. ``waiting``: what is to be sent. ``given_up``: how many."""

    NAME: ClassVar[str] = FILE
    WRITER: ClassVar[str] = "this version of the service"
    CURE: ClassVar[str] = "remove it: then all alarms that go on are told once more"

    told: tuple[AlarmNews, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    given_up: int = 0

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Read the book in ``folder``, empty where there is none; `UserError` where it can't be read."""
        return cls.read(folder) or cls()


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
