"""Retention: removes what is older than the settings allow, in a thread beside the events."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson

from data.errors import UserError
from data.logged.files import LogFiles
from data.logs import log
from data.times import MICROSECONDS_PER_DAY, now_us
from features.stores.store import StoreError
from serving.privacy.erasure import Erasures
from serving.privacy.person_logs import PersonLogs

FIRST_SECONDS: Final = 60.0
"""After the start: a service that starts over and over should still come to it."""
EVERY_SECONDS: Final = 6 * 3600.0
TIMES: Final = ("scored_at", "decided_at", "taken_at", "at")
"""The fields of a log's line, of which the first that it has says when it was written."""
TAIL: Final = 1 << 16


class Retention:
    """Removes old files of logs, and erases idle customers.

    Parameters
    ----------
    logs
        Of the shop.
    log_days, idle_days
        The ages in days; None: nothing is removed.
    idle
        Gives the customers whose counters were last changed before a time, by the state's ids.
    clock
        Gives the time in microseconds since 1970, UTC.
    """

    def __init__(
        self,
        logs: PersonLogs,
        log_days: float | None,
        idle_days: float | None,
        idle: Callable[[int], list[str]],
        erasures: Erasures,
        clock: Callable[[], int] = now_us,
    ) -> None:
        self._logs, self._log_days, self._idle_days = logs, log_days, idle_days
        self._idle, self._erasures, self._clock = idle, erasures, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def work(self) -> tuple[int, int]:
        """Remove what is too old now; give how many files went, and how many accounts are erased.

        Raises
        ------
        OSError, StoreError, CustomerKeysError
            Something can't be read or removed; what is left is for the next time.
        """
        now = self._clock()
        files = 0
        if self._log_days is not None:
            before = now - int(self._log_days * MICROSECONDS_PER_DAY)
            files = sum(remove_old(names, folder, before) for names, folder in self._logs.kinds)
        if self._idle_days is None:
            return files, 0
        return files, self._erasures.expire(self._idle(now - int(self._idle_days * MICROSECONDS_PER_DAY)))

    def start(self) -> None:
        """Start the thread, where there is something to do."""
        if self._log_days is not None or self._idle_days is not None:
            self._thread.start()

    def stop(self) -> None:
        """Stop it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        wait = FIRST_SECONDS
        while not self._stop.wait(wait):
            wait = EVERY_SECONDS
            try:
                files, accounts = self.work()
            except (OSError, StoreError, UserError) as error:
                log.error("what is older than retention allows can't be removed now: %s", error)  # noqa: TRY400
            except Exception:  # the thread must go on
                log.exception("retention failed")
            else:
                if files or accounts:
                    log.info("retention: removed %d files of logs, erased %d idle accounts", files, accounts)


def remove_old(names: LogFiles, folder: Path, before: int) -> int:
    """Remove the files of a log whose last line is of before a time, and that no process writes; give their number."""
    files = names.files(folder)
    removed = 0
    for place, file in enumerate(files):
        writer = _writer(file)
        if any(_writer(later) == writer for later in files[place + 1 :]) or not _is_alive(writer):
            last = _last_time(file)
            if last is not None and last < before:
                file.unlink(missing_ok=True)
                removed += 1
    return removed


def _writer(file: Path) -> int:
    return int(file.stem.rpartition("-")[2])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _last_time(file: Path) -> int | None:
    """The time of the last line that has one; that of the file's last change where all of them are blank."""
    with file.open("rb") as stream:
        stream.seek(max(file.stat().st_size - TAIL, 0))
        lines = stream.read().splitlines()
    for line in reversed(lines):
        found = _time(line)
        if found is not None:
            return found
    return int(file.stat().st_mtime * 1e6)


def _time(line: bytes) -> int | None:
    try:
        record: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return next((int(record[name]) for name in TIMES if name in record), None) if isinstance(record, dict) else None
