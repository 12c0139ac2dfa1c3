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
from typing import ClassVar

from serving.json_file import JsonFile
from serving.process.looks import LookFile
from training.registry.alias_history import ShadowRole


class Pointer(JsonFile):
    """Names the bundle to serve.

    ``folder`` is a name within the model folder, ``bundle_sha256`` the `training.registry.provenance.folder_digest` of
    what is in it; ``tags`` are the version's in the registry, its metrics among them; ``since``: when the pointer
    first named this version; ``fetched_at``: when its files were fetched.
    """

    NAME: ClassVar[str] = "current.json"
    WRITER: ClassVar[str] = "the model watch"

    name: str
    version: int
    bundle_sha256: str
    folder: str
    tags: Mapping[str, str]
    since: datetime
    fetched_at: datetime


class Served(Pointer):
    """The pointer that a worker last followed."""

    NAME: ClassVar[str] = "served.json"


class Challenger(Pointer):
    """The pointer to the bundle in shadow; without the file none is.

    ``role``: what it is in shadow for; ``entered_at``: since when it is there.
    """

    NAME: ClassVar[str] = "challenger.json"

    role: ShadowRole
    entered_at: datetime


class ShadowStatus(JsonFile):
    """What the process that scores in shadow says: the ``version`` it scores with, and what it did since its start.

    ``scored``, ``late``: lines; the latter came too late to be scored by the state as it was. ``refusal``: why it can't
    score with the version, None while it can.
    """

    NAME: ClassVar[str] = "shadow.json"
    WRITER: ClassVar[str] = "the shadow"

    at: datetime
    version: int
    scored: int
    late: int
    refusal: str | None


class ShadowLook(LookFile):
    """How the version in shadow stood at the last look (`training.monitoring.shadow.Standing`).

    ``champion``: the version that it was compared with. ``acted``: whether ``act`` was carried out. ``problem``: why
    the look at ``tried_at`` told nothing; then the others are those of the look before, at ``at``.
    """

    NAME: ClassVar[str] = "shadow_look.json"
    WRITER: ClassVar[str] = "the next look"

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


class RegistryStatus(JsonFile):
    """The state of the registry at the last poll.

    ``problem``: why the champion could not be followed; None where all is well. ``since``: when this state began.
    ``checked_at``: the time of the poll. ``champion``: the version that held the alias when the registry last answered.
    ``challenger_problem``: why the version in shadow could not be followed; None where it could, or there is none.
    """

    NAME: ClassVar[str] = "registry.json"
    WRITER: ClassVar[str] = "the model watch"

    checked_at: datetime
    since: datetime
    problem: str | None
    champion: int | None
    challenger_problem: str | None = None
