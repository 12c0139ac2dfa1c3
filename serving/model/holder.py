"""The model that a worker scores with, swapped while requests run.

A thread follows the pointer that the model watch writes. It loads, prepares and rehearses a new bundle beside the
current one, and swaps them by one assignment: a request reads `ChampionHolder.model` once and keeps it. Loading a
bundle of 394 trees takes 8 ms. The tables of its explainer take 1.5 s, and block the event loop once for 0.15 s.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from data.errors import UserError
from data.files import Stamp, stamp
from data.logs import log
from data.times import utc_now
from serving.model.folder import Pointer, RegistryStatus, Served
from serving.model.level import NO_LEVEL, ServedLevel
from training.model.bundle import Bundle
from training.registry.provenance import folder_digest

LOOK_SECONDS = 1.0
RETRY_SECONDS = 10.0
"""Time after which a refused bundle is tried again, as the cause may have been the machine."""

WAIT_SECONDS = 60.0
"""Longest time after its start that a worker without a model waits for word of one; then it is ready without it."""
LOAD_SECONDS = 300.0
"""The same where the model is there and is being prepared: the first start on a machine compiles what scores."""
NEWS = timedelta(seconds=WAIT_SECONDS)
"""A registry's state of so long before the start of a worker is of now: workers are started again at any time."""

P = TypeVar("P")


@dataclass(frozen=True)
class LoadedModel(Generic[P]):
    """A model that scores: where it is from, its bundle, what was prepared from it, and when this worker took it.

    ``level``: that of its scores, which changes while the model stays.
    """

    pointer: Pointer
    bundle: Bundle
    prepared: P
    since: datetime
    level: ServedLevel = NO_LEVEL


@dataclass(frozen=True)
class ModelRefusal:
    """A model that is not served though the pointer names it: its pointer, why, and since when."""

    pointer: Pointer | None
    why: str
    at: datetime


class ChampionHolder(Generic[P]):
    """Holds the model that is served. `model`, `refusal` and `registry` may be read from any thread.

    Parameters
    ----------
    model_dir
        The folder that the model watch fills.
    prepare
        Makes from a bundle what scoring needs. Any exception of it, or of ``rehearse``, refuses the model.
    rehearse
        Scores a test basket with the loaded model.
    level_of
        Reads the level of the model that a pointer names.
    kind
        The pointer that is followed. Where it is not `Pointer`, that to the champion, its file may go: then there is no
        model. Nor is such a model remembered for the next start.
    """

    def __init__(
        self,
        model_dir: Path,
        prepare: Callable[[Bundle], P],
        rehearse: Callable[[LoadedModel[P]], None],
        look_seconds: float = LOOK_SECONDS,
        level_of: Callable[[Pointer], ServedLevel] = lambda _: NO_LEVEL,
        kind: type[Pointer] = Pointer,
    ) -> None:
        self._dir, self._prepare, self._rehearse = model_dir, prepare, rehearse
        self._look_seconds, self._level_of, self._kind = look_seconds, level_of, kind
        self._seen: Stamp | None = None
        self._tried = 0.0
        self._began, self._since = time.monotonic(), utc_now()
        self._stop, self._preparing = threading.Event(), False
        self._thread: threading.Thread | None = None
        self.model: LoadedModel[P] | None = None
        self.refusal: ModelRefusal | None = None
        self.registry: RegistryStatus | None = None

    def start(self) -> None:
        """Load the model that the pointer names, else the one served last; then follow the pointer in a thread."""
        self.look()
        if self.model is None and self._remembers:
            self._fall_back()
        self._thread = threading.Thread(target=self._run, name="champion", daemon=True)
        self._thread.start()

    def is_decided(self) -> bool:
        """Whether there is a model to score with, or it is known why there is none.

        True after `WAIT_SECONDS`, and after `LOAD_SECONDS` while a model is being prepared.
        """
        longest = LOAD_SECONDS if self._preparing else WAIT_SECONDS
        if self.model is not None or self.refusal is not None or time.monotonic() - self._began > longest:
            return True
        status = self.registry
        return status is not None and status.problem is not None and status.checked_at >= self._since - NEWS

    def stop(self) -> None:
        """Stop following the pointer; the model stays."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10 * self._look_seconds)

    def look(self) -> None:
        """Read the pointer once, and swap the model if it names another. Never raises: `refusal` has the error."""
        try:
            self.registry = RegistryStatus.read(self._dir)
        except UserError as error:
            log.warning("the registry's status can't be read: %s", error.found)
        stat, now = stamp(self._kind.path(self._dir)), time.monotonic()
        again = self.refusal is not None and now - self._tried > RETRY_SECONDS
        if stat is not None and (stat != self._seen or again):
            self._seen, self._tried = stat, now
            self._follow()
        elif stat is None and not self._remembers:
            self.model, self.refusal, self._seen = None, None, None
        self._follow_level()

    def _follow_level(self) -> None:
        """Swap the level if the file has another, or if it has grown too old."""
        model = self.model
        if model is not None and (level := self._level_of(model.pointer)) != model.level:
            self.model = replace(model, level=level)
            if level.trouble is None:
                log.info("the log-odds of all lines are shifted by %.4f", level.shift)
            else:
                log.warning("scoring without a level: %s", level.trouble)

    @property
    def _remembers(self) -> bool:
        return self._kind is Pointer

    def _follow(self) -> None:
        pointer: Pointer | None = None
        try:
            pointer = self._kind.read(self._dir)
            if pointer is None:
                return
            serving = self.model
            if serving is None or serving.pointer.bundle_sha256 != pointer.bundle_sha256:
                self.model = self._load(pointer)
                if self._remembers:
                    log.info("serving %s version %s", pointer.name, pointer.version)
                    self._remember(pointer)
            elif serving.pointer != pointer:  # the same bundle under another name, or fetched again
                self.model = replace(serving, pointer=pointer)
            self.refusal = None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a new model, the old one goes on
            self._refuse(pointer, error)

    def _fall_back(self) -> None:
        """Load the model that workers served last, as the pointer may name an unfit model at this start."""
        try:
            served = Served.read(self._dir)
            if served is not None:
                self.model = self._load(served)
                log.warning("serving %s version %s, which was served last", served.name, served.version)
        except Exception:  # as in `_follow`
            log.warning("the model that was served last can't be loaded either", exc_info=True)

    def _remember(self, pointer: Pointer) -> None:
        try:
            Served(**pointer.model_dump()).write(self._dir)
        except OSError as error:  # a full disk is no reason not to serve
            log.warning("served.json can't be written: %s", error)

    def _load(self, pointer: Pointer) -> LoadedModel[P]:
        folder = self._dir / pointer.folder
        if folder_digest(folder) != pointer.bundle_sha256:
            raise UserError(
                expected=f"the bundle of {pointer.name} version {pointer.version} as it was registered",
                found=f"other content in {folder}",
                fix="the model watch fetches it again; without it, remove the folder and restart",
            )
        self._preparing = True
        try:
            bundle = Bundle.load(folder)
            model = LoadedModel(pointer, bundle, self._prepare(bundle), utc_now(), self._level_of(pointer))
            self._rehearse(model)
        finally:
            self._preparing = False
        return model

    def _refuse(self, pointer: Pointer | None, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        if isinstance(error, UserError):
            why = f"expected {error.expected}; found {error.found}; {error.fix}"
        known = self.refusal
        if known is None or (known.pointer, known.why) != (pointer, why):
            self.refusal = ModelRefusal(pointer, why, utc_now())
            named = "" if pointer is None else f"{pointer.name} version {pointer.version}: "
            log.error("a model was refused, the one before stays: %s%s", named, why)

    def _run(self) -> None:
        while not self._stop.wait(self._look_seconds):
            self.look()
