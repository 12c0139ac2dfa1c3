"""Files as streams of bytes: plain, gzip or zip, and what a file is whose name says something else."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from data.errors import UserError
from data.sources.mapped.records import documents

BROKEN = (EOFError, OSError, IndexError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""The errors of a file that is damaged, or packed with a password or in another way, when it is read."""

BLOCK = 1 << 24
"""Bytes that are read at a time."""

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
"""The first bytes of archives that are unpacked."""


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open ``path``, unpacked where its content is gzip, or a zip of one file, whatever its name.

    Raises
    ------
    UserError
        The file is a workbook, another document, or a zip of several files; or it is cut or damaged.
    """
    try:
        with path.open("rb") as plain:
            start = plain.read(documents.LOOKED_AT)
        _refuse_documents(path, start)
        if start.startswith(GZIP):
            with gzip.open(path, "rb") as unpacked:
                _refuse_documents(path, unpacked.read(documents.LOOKED_AT))
            with gzip.open(path, "rb") as stream:
                yield cast("IO[bytes]", stream)
        elif start.startswith(ZIP):
            with zipfile.ZipFile(path) as archive:
                member = _only_member(path, archive)
                with archive.open(member) as unpacked:
                    _refuse_documents(path, unpacked.read(documents.LOOKED_AT).removeprefix(ZIP))
                with archive.open(member) as stream:
                    yield stream
        else:
            with path.open("rb") as stream:
                yield stream
    except BROKEN as error:
        raise damaged(path, error) from None


def blocks(path: Path) -> Iterator[bytes]:
    """Read the unpacked content of ``path``, a block at a time; `UserError` as `open_bytes`."""
    with open_bytes(path) as stream:
        while block := stream.read(BLOCK):
            yield block


def is_workbook(path: Path) -> bool:
    """Whether ``path`` is an Excel workbook (.xlsx) by its content."""
    return documents.WORKBOOK in _members(path)


def damaged(path: Path, error: Exception) -> UserError:
    """Build the error of a file that is cut or damaged in another way."""
    message = str(error).split("\n", maxsplit=1)[0]
    if isinstance(error, EOFError):
        return unreadable(path, "a gzip file that ends in the middle", "deliver the file again: it was cut in transfer")
    if isinstance(error, RuntimeError):
        return unreadable(path, message, "unpack it, or pack it as .gz or .zip (deflate) without a password")
    return unreadable(path, message, "deliver the file again, or correct files in the mapping")


def unreadable(path: Path, found: str, fix: str) -> UserError:
    """Build the error of a file that can't be read."""
    return UserError(expected=f"{path} to be whole and readable", found=found, fix=fix)


def empty(path: Path) -> UserError:
    """Build the error of a file without a letter or a digit: of no bytes, or of blank lines alone."""
    size = path.stat().st_size
    found = (
        f"{size:,} bytes without a letter or a digit: blank lines, or an archive of an empty file"
        if size
        else "an empty file"
    )
    fix = "export the file again, and look whether a filter or the dates of the export leave no order"
    return UserError(expected=f"a header and rows in {path.name}", found=found, fix=fix)


def document(path: Path) -> documents.Document | None:
    """Say which document ``path`` is by its content; None for what may be records."""
    with path.open("rb") as stream:
        start = stream.read(documents.LOOKED_AT)
    return documents.kind(start, _members(path) if start.startswith(ZIP) else [])


def _refuse_documents(path: Path, start: bytes) -> None:
    """Refuse a file whose content is that of another kind than text of records, whatever its name."""
    names = _members(path) if start.startswith(ZIP) else []
    if found := documents.kind(start, names):
        raise UserError(expected=f"{path.name} to be a CSV file", found=found.what, fix=found.fix)


def _members(path: Path) -> list[str]:
    if not zipfile.is_zipfile(path):
        return []  # it is cut, which its reader says
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except zipfile.BadZipFile:
        return []  # it is damaged before its end, which its reader says, too


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [item for item in archive.infolist() if not item.is_dir() and "__MACOSX" not in item.filename]
    if len(members) != 1:
        names = ", ".join(item.filename for item in members[:10]) or "none"
        raise UserError(
            expected=f"one file in {path.name}",
            found=f"{len(members)}: {names}",
            fix="unpack it, and map each of its files",
        )
    return members[0]
