"""Starts replays beside the requests, one at a time in each worker, and notes how far they are."""

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from data.errors import UserError
from data.logs import log
from serving.products.policy.child import Request
from serving.products.policy.scenarios import Run, Scenarios

TOP: Final = Path(__file__).resolve().parents[3]
"""The folder of the code."""
MODULE: Final = "serving.products.policy.child"
SAID_EVERY: Final = 0.3
"""Least seconds between two notes of the progress."""
WAIT_SECONDS: Final = 5.0
"""How often a replay that waits for its turn says that it is still there."""
STALE_US: Final = 90_000_000
"""A run that has said nothing for so long has died with its worker."""
MOST_AT_ONCE: Final = 8
"""Most replays that run or wait in one worker."""
_CROWDED: Final = "too many replays wait; try again in a minute"
_BROKEN: Final = "the replay ended without a result; the log of the service says why"


@dataclass
class Runs:
    """The replays that this worker starts for a shop; results go to ``scenarios``."""

    scenarios: Scenarios
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(MOST_AT_ONCE))

    def start(self, key: str, request: Request) -> None:
        """Start a replay in the background, unless one with this key runs or has ended with a result.

        Where `MOST_AT_ONCE` replays run or wait in this worker, that is noted as its trouble.
        """
        if not self.scenarios.begin(key, 0, STALE_US):
            return
        if self._places.acquire(blocking=False):
            threading.Thread(target=self._run, args=(key, request), daemon=True, name="replay").start()
        else:
            self.scenarios.say(key, Run("", _CROWDED, 0, 0, 0))

    def _run(self, key: str, request: Request) -> None:
        """Wait for the turn, replay, note the end, and leave the place; never raises."""
        try:
            while not self._turn.acquire(timeout=WAIT_SECONDS):
                self.scenarios.say(key, Run("", "", 0, 0, 0))
            try:
                last = self._replay(key, request)
            finally:
                self._turn.release()
            self.scenarios.say(key, last)
        except UserError as error:
            log.error("a replay can't be noted: %s", error)  # noqa: TRY400 - a message for people, with all in it
        except Exception:
            log.exception("a replay failed")
        finally:
            self._places.release()

    def _replay(self, key: str, request: Request) -> Run:
        command = [sys.executable, "-m", MODULE]
        said, last = time.monotonic(), Run("", _BROKEN, 0, 0, 0)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=TOP) as process:  # noqa: S603 - our own module
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("the pipes of the replay are missing")
            process.stdin.write(request.model_dump_json().encode())
            process.stdin.close()
            for line in process.stdout:
                word: dict[str, Any] = orjson.loads(line)
                if "done" not in word:
                    last = Run(word.get("result", ""), word.get("trouble", ""), 0, 0, 0)
                elif time.monotonic() - said > SAID_EVERY:
                    said = time.monotonic()
                    self.scenarios.say(key, Run("", "", word["done"], word["of_all"], 0))
        if last.trouble:
            log.warning("a replay ended with status %s: %s", process.returncode, last.trouble)
        return last
