"""Atomic writes of whole files and folders, and reading of JSON: the old file stays until the new one is complete.

The new file is made in a scratch folder beside the old file, ``.NAME.unfinished-…``, and replaces it in one step. The
writing process holds a lock on its scratch folder. A scratch folder without a lock was left by a killed process: the
next write into the same parent folder removes it. Until then it disturbs nothing.
"""

import ctypes
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from data.errors import UserError

DIGITS = 6
"""Decimals that `write_json` keeps: enough for every difference that matters, and too few to show rounding errors."""
UNFINISHED = ".unfinished-"
"""Part of the name of every scratch folder; git and DVC ignore such names."""
OLD = ".old"

Stamp = tuple[int, int, int, int]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file written there replaces ``path`` when the block ends without an error."""
    with scratch(path) as folder:
        unfinished = folder / path.name
        yield unfinished
        unfinished.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it replaces ``path`` when the block ends without an error.

    Nothing of the old folder stays, so all files of a folder come from the same write.
    """
    with scratch(path) as folder:
        unfinished = folder / path.name
        unfinished.mkdir()
        yield unfinished
        replace_folder(unfinished, path)


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """Give an empty folder beside ``path``, readable by its owner only; it is removed when the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path.parent)
    with ExitStack() as ending:
        folder, lock = _locked_scratch(path)
        ending.callback(os.close, lock)
        ending.callback(shutil.rmtree, folder, ignore_errors=True)  # what can't be removed is a leftover
        yield folder


def replace_folder(new: Path, path: Path) -> None:
    """Replace ``path`` by the complete folder ``new``, which lies in a `scratch` beside ``path``.

    On Linux the two folders change places in one step. Elsewhere the old folder is moved aside first. It is moved back
    if the second step fails; after a kill between the two steps, the next write beside it moves it back.
    """
    if not os.path.lexists(path):
        new.replace(path)
    elif not _exchange(new, path):
        old = new.with_name(path.name + OLD)
        path.replace(old)
        try:
            new.replace(path)
        except BaseException:
            old.replace(path)
            raise


def is_unfinished(path: Path) -> bool:
    """Whether ``path`` is a scratch folder, which only its writer may touch."""
    return path.name.startswith(".") and UNFINISHED in path.name


def write_bytes(content: bytes, path: Path) -> None:
    """Write the file as a whole."""
    write_pieces([content], path)


def write_pieces(pieces: Iterable[bytes], path: Path) -> None:
    """Write the file as a whole, piece by piece, so that a large one is never held in memory."""
    with whole_file(path) as unfinished, unfinished.open("wb") as file:
        file.writelines(pieces)


def write_text(text: str, path: Path) -> None:
    """Write the file as a whole, in UTF-8."""
    write_bytes(text.encode(), path)


def write_private(text: str, path: Path) -> None:
    """Write the file as a whole, readable by its owner only; the content is on the disk when this function returns.

    Raises
    ------
    OSError
        The file can't be written, as on a full disk; the old file stays.
    """
    with whole_file(path) as unfinished:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # private from its creation
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    with suppress(OSError), _opened(path.parent) as folder:  # not every file system syncs a folder
        os.fsync(folder)


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write the file as a whole, with sorted keys and rounded numbers: the same content gives the same bytes.

    Raises
    ------
    ValueError
        A number is NaN or infinite.
    """
    text = json.dumps(_rounded(content), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(text + "\n", path)


def read_json(path: Path, *, expected: str | None = None, fix: str = "make it anew: dvc repro") -> dict[str, Any]:
    """Read a file of one JSON object.

    Parameters
    ----------
    expected
        What a missing file should have been; by default a file that an earlier stage writes.
    fix
        What a user can do about a file that is missing or broken.

    Raises
    ------
    UserError
        The file is missing, can't be read, or is not UTF-8, not JSON or not an object.
    """
    content = _parsed(path, expected, fix)
    if not isinstance(content, dict):
        raise UserError(expected=f"{path} to hold named values", found=type(content).__name__, fix=fix)
    return content


def read_json_list(path: Path, *, expected: str | None = None, fix: str = "make it anew: dvc repro") -> list[Any]:
    """Read a file of one JSON array; parameters and errors are those of `read_json`."""
    content = _parsed(path, expected, fix)
    if not isinstance(content, list):
        raise UserError(expected=f"{path} to hold a list", found=type(content).__name__, fix=fix)
    return content


def stamp(path: Path) -> Stamp | None:
    """Fingerprint a file without reading it; a new whole write or new rights change it. None where it is missing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode


def _parsed(path: Path, expected: str | None, fix: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or type(error).__name__
        expected = expected or f"{path}, which an earlier stage writes"
        raise UserError(expected=expected, found=found, fix=fix) from None
    except ValueError as error:  # the error's name shows whether the JSON or the encoding is wrong
        raise UserError(expected=f"{path} to be JSON", found=f"{type(error).__name__}: {error}", fix=fix) from None


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # no minus zero
    return value


def _locked_scratch(path: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}{UNFINISHED}", dir=path.parent))
        with suppress(FileNotFoundError):  # another process took it for a leftover before it was locked
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            with suppress(OSError):  # without locks, as on some network file systems, leftovers are never removed
                fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _remove_leftovers(folder: Path) -> None:
    """Remove the scratch folders in ``folder`` that no process has locked: their writers were killed."""
    for leftover in folder.glob(f".*{UNFINISHED}*"):
        with suppress(OSError), _opened(leftover) as lock:  # a process holds it, or it is another user's
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            name = leftover.name[1:].rpartition(UNFINISHED)[0]
            old = leftover / f"{name}{OLD}"
            if old.exists() and not os.path.lexists(folder / name):
                old.replace(folder / name)  # killed between the two steps of `replace_folder`
            shutil.rmtree(leftover)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step; False where the system or the file system can't do this."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    return renameat2 is not None and renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0
