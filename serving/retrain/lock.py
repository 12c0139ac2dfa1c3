"""The lock of retrainings: no two at once in one folder. The kernel frees it when its process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from data.errors import UserError

FILE: Final = Path(".cache/retrain.lock")


@contextmanager
def held(file: Path = FILE) -> Iterator[None]:
    """Hold the lock for the time of a ``with`` block.

    Raises
    ------
    UserError
        Another process holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o640)  # closed on exec: no step can keep the lock
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            raise UserError(
                expected="no other retraining in this folder",
                found=f"the process {holder or 'of another one'}, which holds {file}",
                fix="wait until it has ended; if it hangs, end it (kill), which frees the lock",
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)
