"""Small files that others read while they are written: replaced as a whole, and seen to have changed without a read."""

import os
import tempfile
from pathlib import Path

Stamp = tuple[int, int, int]


def replace(path: Path, text: str) -> None:
    """Put ``text`` in the place of what is at ``path``, on disk and for its owner's eyes only.

    Raises
    ------
    OSError
        It can't be written, as on a full disk: what was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 600 from its birth
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def stamp(path: Path) -> Stamp | None:
    """Tell one content of the file from another; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
