"""The model watch keeps the model folder at the registry's champion and at its version in shadow.

It is a process, ``python -m serving.model.watch``.

Of the serving processes only this one uses MLflow, whose import takes seconds and 200 MB. While the registry does not
answer, has no champion, or has one with a broken bundle, the pointer stays and ``registry.json`` has the cause.
"""

import shutil
import signal
import time
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from data.errors import UserError
from data.files import is_unfinished, replace_folder, scratch
from data.logs import log
from data.stage import run
from data.times import utc_now
from serving.model.folder import Challenger, Pointer, RegistryStatus, Served
from serving.process import logs
from serving.process.file_rights import keep_from_others
from serving.process.lifeline import Lifeline
from serving.settings import Settings
from training.model.bundle import Bundle
from training.registry import mlflow_registry, shadow
from training.registry.mlflow_registry import BUNDLE_TAG, CHAMPION, Registry, Version
from training.registry.names import model_name
from training.registry.provenance import folder_digest
from training.registry.store import address as store_address

BEAT_SECONDS = 1.5
"""Time between signs of life; the first comes so long after the first poll, when the workers have the model."""


PointerT = TypeVar("PointerT", bound=Pointer)


class ModelWatch:
    """Follows the champion of the model ``name`` into the folder ``model_dir``."""

    def __init__(self, name: str, model_dir: Path) -> None:
        self.name, self.dir = name, model_dir
        self._registry: Registry | None = None
        self._broken: dict[str, str] = {}
        self._status: RegistryStatus | None = None
        self._challenger_problem: str | None = None

    def poll(self) -> RegistryStatus:
        """Poll the registry once, follow its champion, and write ``registry.json``. Raises only `OSError`."""
        problem, champion = None, None if self._status is None else self._status.champion
        try:
            version = self._champion()
            champion = version.number
            self.follow(version)
            self._follow_challenger()
        except UserError as error:
            problem = f"expected {error.expected}; found {error.found}"
        except Exception as error:  # whatever MLflow raises, the next poll may do better
            log.debug("the poll broke off", exc_info=True)
            problem = f"{type(error).__name__}: {error}"
        self._note(problem, champion)
        return self._write_status(problem, champion)

    def follow(self, version: Version) -> None:
        """Fetch and check the bundle of ``version``, and point to it as the one to serve.

        Raises
        ------
        UserError
            The bundle can't be fetched, or is broken; the pointer does not change.
        """
        if self._point(version, Pointer):
            log.info("%s version %s is the one to serve", version.name, version.number)

    def _follow_challenger(self) -> None:
        """Point to the version in shadow; the champion goes on whatever is wrong with that one."""
        problem = None
        try:
            found = None if self._registry is None else shadow.in_shadow(self._registry, self.name)
            if found is None:
                Challenger.path(self.dir).unlink(missing_ok=True)
            elif self._point(
                found.version, Challenger, role=found.role, entered_at=found.since or self._entered_at(found.version)
            ):
                log.info("%s version %s is in shadow: %s", self.name, found.version.number, found.role)
        except UserError as error:
            problem = f"expected {error.expected}; found {error.found}"
            Challenger.path(self.dir).unlink(missing_ok=True)
        if problem is not None and problem != self._challenger_problem:
            log.warning("there is no shadow: %s", problem)
        self._challenger_problem = problem

    def _entered_at(self, version: Version) -> datetime:
        """Since when a version is in shadow whose alias has no record."""
        known = self._read(Challenger)
        return known.entered_at if known is not None and known.version == version.number else utc_now()

    def _point(self, version: Version, kind: type[Pointer], **more: Any) -> bool:
        """Let the file of ``kind`` point to the bundle of a version; False where it did already. Raises as `follow`."""
        current = self._read(kind)
        digest = version.tags.get(BUNDLE_TAG, "")
        folder = self.dir / f"{version.number}-{digest[:8]}"
        there = folder.is_dir() and folder_digest(folder) == digest
        same = current is not None and (current.folder, current.bundle_sha256) == (folder.name, digest)
        if there and same and all(getattr(current, key) == value for key, value in more.items()):
            return False
        if not there:
            self._fetch(version, folder)
        now = utc_now()
        found = kind(
            name=version.name,
            version=version.number,
            bundle_sha256=digest,
            folder=folder.name,
            tags=dict(version.tags),
            since=current.since if current is not None and same else now,
            fetched_at=now,
            **more,
        )
        found.write(self.dir)
        self._prune()
        return True

    def _champion(self) -> Version:
        try:
            if self._registry is None:
                self._registry = _connect()
            _check_there(self._registry.uri)
            return self._registry.champion(self.name)
        except BaseException:
            self._registry = None  # the connection may be broken
            raise

    def _fetch(self, version: Version, folder: Path) -> None:
        """Fetch into a temporary folder, check the bundle, then rename the folder. A broken one is fetched once."""
        digest = version.tags.get(BUNDLE_TAG, "")
        if digest not in self._broken:
            registry = self._registry or _connect()
            with scratch(folder) as beside:
                got = registry.fetch(version, beside)
                if (found := _defect(got)) is None:
                    replace_folder(got, folder)
                    return
                self._broken[digest] = found
        raise UserError(
            expected=f"version {version.number} of {version.name} to be a bundle that this service reads",
            found=self._broken[digest],
            fix='train it anew: dvc repro; or roll back: python -m training.champion rollback --why "…"',
        )

    def drop_others(self) -> None:
        """Remove pointers to other models than ``name``: params.yaml may name another shop now."""
        for kind in (Pointer, Served, Challenger):
            if (pointer := self._read(kind)) is not None and pointer.name != self.name:
                log.warning("the model %s is no longer served: the parameters name %s", pointer.name, self.name)
                kind.path(self.dir).unlink()

    def _read(self, kind: type[PointerT]) -> PointerT | None:
        try:
            return kind.read(self.dir)
        except UserError as error:
            log.warning("a broken pointer is ignored: %s", error.found)
            return None

    def _prune(self) -> None:
        """Remove every bundle except the one to serve, the one that was served last, and the one in shadow."""
        files = (self._read(Pointer), self._read(Served), self._read(Challenger))
        kept = {file.folder for file in files if file is not None}
        for folder in self.dir.iterdir():
            if folder.is_dir() and folder.name not in kept and not is_unfinished(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _note(self, problem: str | None, champion: int | None) -> None:
        """Log a change of the registry's state, but not each poll."""
        before = self._status
        if problem is not None and (before is None or before.problem != problem):
            log.warning("no champion to follow, the model stays as it is: %s", problem)
        elif problem is None and before is not None and before.problem is not None:
            log.info("the registry answers again: version %s of %s is its champion", champion, self.name)

    def _write_status(self, problem: str | None, champion: int | None) -> RegistryStatus:
        now, before = utc_now(), self._status
        lasting = before is not None and (before.problem is None) == (problem is None)
        since = before.since if before is not None and lasting else now
        self._status = RegistryStatus(
            checked_at=now,
            since=since,
            problem=problem,
            champion=champion,
            challenger_problem=self._challenger_problem,
        )
        self._status.write(self.dir)
        return self._status


def watch(follower: ModelWatch, poll_seconds: float, line: Lifeline) -> None:
    """Poll until the process is ended."""
    follower.drop_others()
    while True:
        try:
            follower.poll()
        except OSError as error:  # a full disk: the pointer does not change
            log.warning("the model folder can't be written: %s", error)
        again = time.monotonic() + poll_seconds
        while (left := again - time.monotonic()) > 0:
            time.sleep(min(BEAT_SECONDS, left))
            line.beat()


def _connect() -> Registry:
    _check_there(store_address.resolve(None))
    return mlflow_registry.connect()


def _check_there(uri: str) -> None:
    """Refuse a database file that is missing: MLflow would make an empty one, or keep reading the removed one."""
    if uri.startswith(store_address.SQLITE) and not Path(uri.removeprefix(store_address.SQLITE)).is_file():
        raise UserError(
            expected=f"the registry {uri}, which holds the {CHAMPION}",
            found="no such file",
            fix="set MLFLOW_TRACKING_URI to where models are registered, or register one: dvc repro",
        )


def _defect(folder: Path) -> str | None:
    """What is wrong with the bundle in ``folder``; None: it can be loaded."""
    try:
        Bundle.load(folder)
    except UserError as error:
        return error.found
    except Exception as error:  # noqa: BLE001 - a bundle may be broken in any way
        return f"{type(error).__name__}: {error}"
    return None


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    """Watch as the settings say, until SIGTERM or until the supervisor is gone."""
    keep_from_others()
    line = Lifeline.from_arguments(__doc__)
    signal.signal(signal.SIGTERM, _end)
    line.end_with_supervisor()
    settings = Settings.from_environment()
    logs.set_up(settings.log_level)
    watch(ModelWatch(model_name(), settings.model_dir), settings.registry_poll_seconds, line)


if __name__ == "__main__":
    run(main)
