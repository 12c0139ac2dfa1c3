"""Tells the alarms of the file that looks write, in a thread of the quality watch: a mail server may take its time."""

import threading
import time
from pathlib import Path
from typing import Final

from data.files import Stamp, stamp
from data.logs import log
from serving.quality.found import FILE, Quality
from serving.telling.telling import Telling

TURN_SECONDS: Final = 5.0


class Announcer:
    """Tells what the file in ``folder`` has, whenever it is a new one, and sends again what did not arrive."""

    def __init__(self, folder: Path, telling: Telling) -> None:
        self._folder, self._telling = folder, telling
        self._seen: Stamp | None = None

    def start(self) -> None:
        """Take turns until the process ends."""
        threading.Thread(target=self._always, name="announcer", daemon=True).start()

    def turn(self) -> None:
        """Tell the news of a new file, and try what waits."""
        found = stamp(self._folder / FILE)
        if found != self._seen:
            quality = Quality.read(self._folder)
            if quality is not None and quality.problem is None:
                self._telling.note(quality.alarms, quality.currency)
            self._seen = found
        self._telling.deliver()

    def _always(self) -> None:
        while True:
            try:
                self.turn()
            except Exception:
                log.exception("alarms can't be told now")
            time.sleep(TURN_SECONDS)
