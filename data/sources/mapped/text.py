"""CSV files as bytes: compression, encoding, header, and detection of damaged files."""

import codecs
import csv
import gzip
import io
import shutil
import zlib
from pathlib import Path
from typing import IO, cast

from data.errors import UserError
from data.sources.mapped.mapping import FileRule

BROKEN = (EOFError, OSError, zlib.error)
"""The errors that a damaged file raises when it is read."""


def is_packed(path: Path) -> bool:
    """Whether ``path`` is a gzip file by its content, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def is_utf8(rule: FileRule) -> bool:
    """Whether files of ``rule`` need no transcoding."""
    return codecs.lookup(rule.encoding).name in ("utf-8", "utf-8-sig", "ascii")


def header(name: str, path: Path, rule: FileRule) -> list[str]:
    """Read the names of the columns of the input ``name`` from the first line of ``path``.

    Raises
    ------
    UserError
        The line is empty or can't be decoded, or the file is cut.
    """
    encoding = "utf-8-sig" if is_utf8(rule) else rule.encoding
    try:
        with _open(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as lines:
            names = next(csv.reader(lines, delimiter=rule.delimiter, quotechar=rule.quote), [])
    except UnicodeError:
        raise wrong_encoding(name, path, rule.encoding) from None
    except (*BROKEN, csv.Error) as error:
        raise damaged(path, error) from None
    if not names:
        raise UserError(expected=f"a header in {path}", found="an empty first line", fix="deliver the file again")
    return [column.strip() for column in names]


def transcode(name: str, path: Path, rule: FileRule, target: Path) -> None:
    """Write ``path`` as UTF-8 into ``target``, readable by this user only.

    Raises
    ------
    UserError
        A byte can't be decoded, or the file is cut.
    """
    target.touch(mode=0o600)
    try:
        with (
            _open(path) as stream,
            io.TextIOWrapper(stream, encoding=rule.encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as sink,
        ):
            shutil.copyfileobj(source, sink, 1 << 20)
    except UnicodeError:
        raise wrong_encoding(name, path, rule.encoding) from None
    except BROKEN as error:
        raise damaged(path, error) from None


def wrong_encoding(name: str, path: Path, encoding: str) -> UserError:
    """Build the error of a file that is not in ``encoding``, with the place of the first wrong byte."""
    others = [other for other in ("utf-8", "cp1252", "utf-16", "latin-1") if _decodes(path, other)]
    suggested = " or ".join(f"encoding: {other}" for other in others[:2]) or "encoding: cp1252"
    return UserError(
        expected=f"{path.name} to be {encoding}",
        found=_first_undecodable(path, encoding),
        fix=f"set the file's encoding under files.{name} of the mapping: {suggested}",
    )


def damaged(path: Path, error: Exception) -> UserError:
    """Build the error of a file that is cut or damaged in another way."""
    message = str(error).split("\n", maxsplit=1)[0]
    if isinstance(error, EOFError) or "GZIP" in message.upper() or "end-of-stream" in message:
        return unreadable(path, "a gzip file that ends in the middle", "deliver the file again: it was cut in transfer")
    return unreadable(path, message, "deliver the file again, or correct files in the mapping")


def unreadable(path: Path, found: str, fix: str) -> UserError:
    """Build the error of a file that can't be read."""
    return UserError(expected=f"{path} to be whole and readable", found=found, fix=fix)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


def _decodes(path: Path, encoding: str) -> bool:
    """Whether the first megabyte of ``path`` may be in ``encoding``; UTF-16 only with a byte order mark."""
    try:
        with _open(path) as stream:
            start = stream.read(1 << 20)
        if encoding == "utf-16" and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return False
        codecs.getincrementaldecoder(encoding)().decode(start)
    except (UnicodeError, *BROKEN):
        return False
    return True


def _first_undecodable(path: Path, encoding: str) -> str:
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        return "bytes that are not in this encoding"
    with _open(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                return f"the byte 0x{line[error.start]:02x} in line {number}"
    return "bytes that are not in this encoding"
