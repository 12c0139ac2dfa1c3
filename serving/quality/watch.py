"""The quality watch: a process beside the workers, ``python -m serving.quality.watch``, that looks again and again.

Each look is a process of its own (`serving.quality`), which stands back behind those that score.
"""

import signal
import sys
import time
from types import FrameType
from typing import Final

from data.stage import run
from serving.process import logs
from serving.process.file_rights import keep_from_others
from serving.process.lifeline import Lifeline
from serving.process.looks import Look, Looks
from serving.quality.announcer import Announcer
from serving.quality.found import Quality
from serving.settings import Settings
from serving.telling.channels import channels_of
from serving.telling.telling import Telling
from training.registry.names import model_name

BEAT_SECONDS: Final = 1.5
LOOK: Final = (sys.executable, "-m", "serving.quality", "--beside")


def watch(looks: Looks, line: Lifeline) -> None:
    """Look again and again, with signs of life meanwhile, until the process is ended."""
    try:
        while True:
            looks.turn()
            time.sleep(BEAT_SECONDS)
            line.beat()
    finally:
        looks.close()


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
    channels = channels_of(settings)
    if channels:
        Announcer(settings.quality, Telling(settings.quality, channels, model_name())).start()
    look = Look(LOOK, settings.quality_every_seconds)
    watch(Looks(look, Quality, settings.quality, "the quality of the scores"), line)


if __name__ == "__main__":
    run(main)
