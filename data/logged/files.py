"""The logs of the service: folders of files of JSON lines, each file begun by one process and then only grown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from data.errors import UserError


@dataclass(frozen=True)
class LogFiles:
    """The files of one kind of log.

    Their names hold ``kind``, the time at which the file was begun, in microseconds since 1970, and the id of the
    writing process; they sort by this time.
    """

    kind: str

    def read(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Read all records of a folder, file by file; blank lines, and an incomplete last one, are left out.

        Raises
        ------
        UserError
            A line in the middle of a file is no JSON object: the file was damaged. Or something that has the name of a
            file of the log can't be read as a file.
        """
        for file in self._named(folder):
            try:
                with file.open("rb") as lines:
                    for number, line in enumerate(lines, 1):
                        if line.endswith(b"\n") and not line.isspace():  # blank: `data.logged.blanking` took it out
                            yield _parsed(file, number, line)
            except FileNotFoundError:
                continue  # the oldest files are removed in the meantime
            except OSError as error:
                raise UserError(
                    expected=f"{file} to be a file of the log that can be read",
                    found=error.strerror or type(error).__name__,
                    fix="give the right to read it; what is no file of the log, move out of the folder",
                ) from None

    def files(self, folder: Path) -> list[Path]:
        """The files of the folder, oldest first; none where there is no folder. A folder in it is none of them."""
        return [file for file in self._named(folder) if file.is_file()]

    def _named(self, folder: Path) -> list[Path]:
        """What has the name of a file of the log, oldest first."""
        if not folder.is_dir():
            return []
        name = re.compile(rf"{re.escape(self.kind)}-(\d{{16}})-\d+\.jsonl")
        return sorted((file for file in folder.iterdir() if name.fullmatch(file.name)), key=lambda file: file.name)

    def file_name(self, begun_us: int, process: int) -> str:
        """Name a file that a process begins now; names sort by ``begun_us``, microseconds since 1970."""
        return f"{self.kind}-{begun_us:016}-{process}.jsonl"


def begun(file: Path) -> int:
    """The time at which a file was begun, read from its name, in microseconds since 1970."""
    return int(file.name.split("-")[1])


def _parsed(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        found = str(error)
    else:
        if isinstance(content, dict):
            return content
        found = f"a {type(content).__name__}"
    raise UserError(
        expected=f"a JSON object in each line of {file}",
        found=f"{found}, in line {number}",
        fix="move the damaged file out of the folder",
    )
