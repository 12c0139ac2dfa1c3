"""Describes the version in shadow, from the files of the model folder."""

import time
from pathlib import Path
from typing import TypeVar

from data.errors import UserError
from data.times import to_us
from serving.json_file import JsonFile
from serving.model.folder import Challenger, ShadowLook, ShadowStatus
from serving.ports import ShadowDescription

LOOK_SECONDS = 5.0
FileT = TypeVar("FileT", bound=JsonFile)


class ShadowOf:
    """Describes the shadow of a model folder; the files are read again after some seconds, as many ask."""

    def __init__(self, model_dir: Path) -> None:
        self._dir = model_dir
        self._read_at = float("-inf")
        self._known: ShadowDescription | None = None

    def __call__(self) -> ShadowDescription | None:
        """Give the description; None where no version is in shadow."""
        now = time.monotonic()
        if now - self._read_at > LOOK_SECONDS:
            self._read_at, self._known = now, describe(self._dir)
        return self._known


def describe(model_dir: Path) -> ShadowDescription | None:
    """Describe the shadow, as `ShadowOf` does, from the files of now."""
    pointer = _read(Challenger, model_dir)
    if pointer is None:
        return None
    found = ShadowDescription(str(pointer.version), pointer.role, to_us(pointer.entered_at))
    status, look = _read(ShadowStatus, model_dir), _read(ShadowLook, model_dir)
    values = {name: getattr(found, name) for name in found.__dataclass_fields__}
    if status is not None and status.version == pointer.version:
        values |= {"refusal": status.refusal, "scored_lines": status.scored}
    if look is not None and (look.version, look.role) == (pointer.version, pointer.role) and look.at is not None:
        names = ("lines", "low", "high", "e_value", "needed", "act", "why")
        values |= {name: getattr(look, name) for name in names}
        values |= {"looked_at": to_us(look.at), "difference": look.mean}
    return ShadowDescription(**values)


def _read(kind: type[FileT], model_dir: Path) -> FileT | None:
    try:
        return kind.read(model_dir)
    except UserError:  # of another version of the code: what is broken says so in its own process
        return None
