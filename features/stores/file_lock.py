"""A lock over threads and processes, with a time-out; the kernel frees the lock when its holder dies."""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from features.stores.store import StoreError

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.0002, 0.005


@contextmanager
def locked(threads: threading.Lock, file: int, timeout_seconds: float) -> Iterator[None]:
    """Hold ``threads`` against other threads, and ``file`` (a descriptor) against other processes.

    Raises
    ------
    StoreError
        ``locked``: one of the two was not free within the time-out; ``gone``: the file was closed.
    """
    deadline = time.monotonic() + timeout_seconds
    if not threads.acquire(timeout=timeout_seconds):
        raise StoreError("locked", f"another thread has been changing the store for {timeout_seconds:g} s")
    try:
        _wait(file, deadline, timeout_seconds)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        threads.release()


def _wait(file: int, deadline: float, timeout_seconds: float) -> None:
    pause = FIRST_PAUSE_SECONDS
    while not _taken(file):
        if time.monotonic() >= deadline:
            raise StoreError("locked", f"another process has been changing the store for {timeout_seconds:g} s")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except ValueError as error:
        raise StoreError("gone", "the store was closed") from error
    return True
