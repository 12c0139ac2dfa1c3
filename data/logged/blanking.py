"""Takes records out of logs that other processes go on writing: the line stays, and holds blanks alone.

Files of a log only grow, each by the process that began it. So a line can be overwritten in its place at any time, and
no line that is appended meanwhile is lost, as it would be by a new file in the old one's place.
"""

import mmap
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from data.logged.files import LogFiles

Record = Mapping[str, Any]
FEW: Final = 8
"""Up to so many marks are looked for one after the other."""
_HASH: Final = re.compile(rb'"[0-9a-f]{32}"')
"""A pseudonym or an id of a decision, as a mark."""


def find(names: LogFiles, folder: Path, marks: Collection[str], chosen: Callable[[Record], bool]) -> list[Record]:
    """Give the records that are ``chosen``.

    Parameters
    ----------
    names, folder
        Of the log.
    marks
        Texts of which each chosen record has one: other lines are not read.
    chosen
        Whether a record is one of those.
    """
    return [record for handle in _opened(names, folder, os.O_RDONLY) for *_, record in _search(handle, marks, chosen)]


def blank(names: LogFiles, folder: Path, marks: Collection[str], chosen: Callable[[Record], bool]) -> None:
    """Blank the records that are ``chosen``, as `find` gives them; when this returns, their blanks are on disk.

    Raises
    ------
    OSError
        A file can't be written. What was blanked before stays so.
    """
    for handle in _opened(names, folder, os.O_RDWR):
        found = _search(handle, marks, chosen)
        for start, end, _ in found:
            os.pwrite(handle, b" " * (end - start), start)
        if found:
            os.fsync(handle)


def _opened(names: LogFiles, folder: Path, how: int) -> Iterator[int]:
    """Open the files one after the other, each until the next."""
    for file in names.files(folder):
        try:
            handle = os.open(file, how)
        except FileNotFoundError:
            continue  # the oldest files are removed in the meantime
        try:
            yield handle
        finally:
            os.close(handle)


def _search(handle: int, marks: Collection[str], chosen: Callable[[Record], bool]) -> list[tuple[int, int, Record]]:
    """The chosen records, with the places where their lines begin and end."""
    if os.fstat(handle).st_size == 0:
        return []
    found = []
    with mmap.mmap(handle, 0, access=mmap.ACCESS_READ) as content:
        for start, end in sorted(_places(content, marks)):
            record = _parsed(content[start:end])
            if record is not None and chosen(record):
                found.append((start, end, record))
    return found


def _places(content: mmap.mmap, marks: Collection[str]) -> set[tuple[int, int]]:
    """The places of the whole lines with one of ``marks``; many hashes are looked for in one pass."""
    if len(marks) <= FEW or not all(_HASH.fullmatch(mark.encode()) for mark in marks):
        return {place for mark in marks for place in _lines(content, mark.encode())}
    sought = {mark.encode() for mark in marks}
    found = (each.start() for each in _HASH.finditer(content) if each[0] in sought)
    return {(content.rfind(b"\n", 0, at) + 1, end) for at in found if (end := content.find(b"\n", at)) >= 0}


def _lines(content: mmap.mmap, mark: bytes) -> Iterator[tuple[int, int]]:
    """The places of the whole lines with ``mark``, without their ends."""
    at = content.find(mark)
    while at >= 0:
        end = content.find(b"\n", at)
        if end < 0:
            return
        yield content.rfind(b"\n", 0, at) + 1, end
        at = content.find(mark, end)


def _parsed(line: bytes) -> Record | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None  # damaged, as readers of the log will say
    return found if isinstance(found, dict) else None
