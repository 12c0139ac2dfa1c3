"""Files as streams of bytes: plain, gzip or zip, and what a file is whose name says something else."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from data.errors import UserError

BROKEN = (EOFError, OSError, IndexError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""The errors of a file that is damaged, or packed with a password or in another way, when it is read."""

BLOCK = 1 << 24
"""Bytes that are read at a time."""

_WORKBOOK, _OLD_WORKBOOK, _PDF, _PARQUET = "xl/workbook.xml", b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1"


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
            start = plain.read(4)
        _refuse_documents(path, start)
        if start.startswith(b"\x1f\x8b"):
            with gzip.open(path, "rb") as stream:
                yield cast("IO[bytes]", stream)
        elif start == b"PK\x03\x04":
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(path, archive)) as stream:
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
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return _WORKBOOK in archive.namelist()


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


def _refuse_documents(path: Path, start: bytes) -> None:
    kinds = {_OLD_WORKBOOK: "an Excel workbook of the old kind (.xls)", _PDF: "a PDF document"}
    if start == b"PK\x03\x04" and is_workbook(path):
        raise UserError(
            expected=f"{path.name} to be a CSV file",
            found="an Excel workbook (.xlsx)",
            fix="save the sheet as CSV (UTF-8) in the spreadsheet program, or set format: xlsx in the mapping's files",
        )
    if start in kinds:
        fix = "save it as CSV (UTF-8) in the program that made it"
        raise UserError(expected=f"{path.name} to be a CSV file", found=kinds[start], fix=fix)
    if start == _PARQUET:
        fix = "set format: parquet under the file in the mapping"
        raise UserError(expected=f"{path.name} to be a CSV file", found="a Parquet file", fix=fix)


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
