"""The process of the shadow. While no version is in shadow it opens nothing, and looks once a second for one."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.logs import log
from data.times import utc_now
from serving.model.folder import Challenger, ShadowLook, ShadowStatus
from serving.process.lifeline import Lifeline
from serving.process.looks import Look, Looks
from serving.process.private_listener import PrivateListener
from serving.shadow.scoring import ShadowScoring
from serving.shadow.server import Counts, ShadowServer

NICE: Final = 19
"""The lowest priority, and SCHED_IDLE where the system has it: whoever else wants the core gets it at once."""
LOOK_SECONDS: Final = 1.0
TURN_SECONDS: Final = 0.5
STATUS_SECONDS: Final = 10.0


@dataclass(frozen=True)
class ShadowSetting:
    """The model folder, the share of a core, how the parts are made, and how looks are started."""

    model_dir: Path
    cores: float
    make: Callable[[], ShadowScoring]
    look: Look


def run(listener: PrivateListener, setting: ShadowSetting, line: Lifeline) -> None:
    """Score in shadow until SIGTERM, or until the supervisor is gone."""
    line.end_with_supervisor()
    _stand_back()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    pointer = Challenger.path(setting.model_dir)
    while not ended.is_set():
        if pointer.exists():
            _score(listener, setting, line, lambda: pointer.exists() and not ended.is_set())
        line.beat()
        ended.wait(LOOK_SECONDS)


def _stand_back() -> None:
    os.nice(NICE)
    if hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(OSError):  # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _score(listener: PrivateListener, setting: ShadowSetting, line: Lifeline, goes_on: Callable[[], bool]) -> None:
    """Score with the version that the pointer names, and look at its evidence, while there is one."""
    parts = setting.make()
    parts.start()
    server, looks = (
        ShadowServer(listener.for_server(), parts.score, setting.cores),
        Looks(setting.look, ShadowLook, setting.model_dir, "the shadow"),
    )
    status = _Status(setting.model_dir, parts, server.counts)
    try:
        while goes_on():
            server.turn(TURN_SECONDS)
            looks.turn()
            status.turn()
            line.beat()
    finally:
        looks.close()
        server.close()
        parts.stop()


class _Status:
    """Writes `ShadowStatus`, when something changed, every few seconds at most."""

    def __init__(self, model_dir: Path, parts: ShadowScoring, counts: Counts) -> None:
        self._dir, self._parts, self._counts = model_dir, parts, counts
        self._at = float("-inf")
        self._written: tuple[object, ...] = ()

    def turn(self) -> None:
        now = time.monotonic()
        if now - self._at < STATUS_SECONDS:
            return
        self._at = now
        try:
            pointer = Challenger.read(self._dir)
            version = self._parts.version or (None if pointer is None else pointer.version)
            said = (version, self._counts.scored, self._counts.late, self._parts.refusal())
            if version is not None and said != self._written:
                scored, late, refusal = said[1:]
                status = ShadowStatus(at=utc_now(), version=version, scored=scored, late=late, refusal=refusal)
                status.write(self._dir)
                self._written = said
        except Exception as error:  # noqa: BLE001 - a full disk, a broken pointer: the shadow goes on
            log.warning("the status of the shadow can't be written: %s", error)
