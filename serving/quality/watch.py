"""The quality watch: a process beside the workers, ``python -m serving.quality.watch``, that looks again and again.

Each look is a process of its own (`serving.quality`), which stands back behind those that score and gives its memory
back when it ends. A look that fails says why in its file, and the next one tries again.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final

from data.logs import log
from data.stage import parts, run
from data.times import utc_now
from serving.process import logs
from serving.process.file_rights import keep_from_others
from serving.process.lifeline import Lifeline
from serving.quality.found import Quality
from serving.settings import Settings

BEAT_SECONDS: Final = 1.5
FIRST_SECONDS: Final = 60.0
"""The first look waits so long: a start has enough to do."""
MOST_SECONDS: Final = 6 * 3600.0
"""A look that takes longer hangs, and is ended."""
LOOK: Final = (sys.executable, "-m", "serving.quality", "--beside")


def wait_before_first(settings: Settings) -> float:
    """How many seconds to wait before the first look: after a restart, until the last one is old enough."""
    try:
        last = Quality.read(settings.quality)
    except Exception:  # noqa: BLE001 - whatever is wrong with the file, a look writes a new one
        last = None
    if last is None:
        return FIRST_SECONDS
    left = settings.quality_every_seconds - (utc_now() - last.tried_at).total_seconds()
    return max(FIRST_SECONDS, min(left, settings.quality_every_seconds))


def watch(wait: float, every: float, line: Lifeline, command: Sequence[str] = LOOK) -> None:
    """Look every so many seconds, until the process is ended; with ``every`` 0 it only gives signs of life."""
    while True:
        _rest(wait if every else MOST_SECONDS, line)
        if every:
            _look(command, line)
            wait = every


def _rest(seconds: float, line: Lifeline) -> None:
    again = time.monotonic() + seconds
    while (left := again - time.monotonic()) > 0:
        time.sleep(min(BEAT_SECONDS, left))
        line.beat()


def _look(command: Sequence[str], line: Lifeline) -> None:
    """Run one look, with signs of life meanwhile."""
    until = time.monotonic() + MOST_SECONDS
    with parts([list(command)], stdout=subprocess.DEVNULL) as (looking,):
        while looking.poll() is None and time.monotonic() < until:
            time.sleep(BEAT_SECONDS)
            line.beat()
        hangs = looking.poll() is None
    if hangs:
        log.warning("a look at the quality of the scores took more than %.0f hours, and was ended", MOST_SECONDS / 3600)


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
    watch(wait_before_first(settings), settings.quality_every_seconds, line)


if __name__ == "__main__":
    run(main)
