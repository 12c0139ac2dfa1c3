"""Files of JSON lines that grow up to a size and a number, in a folder that several processes share."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from data.logged.files import LogFiles, begun
from data.times import now_us

RIGHTS = 0o640


class RotatingFile:
    """Appends whole lines to a file of this process; a new file begins when the last is full, or was removed.

    Parameters
    ----------
    names
        Of the files.
    folder
        Where the files are; made when it is not there.
    max_file_bytes
        A line that would make the file larger goes to a new file.
    max_files
        Most full files that the folder holds, over all processes; the oldest are removed.
    """

    def __init__(self, names: LogFiles, folder: Path, max_file_bytes: int, max_files: int) -> None:
        self._names = names
        self._folder, self._max_bytes, self._max_files = folder, max_file_bytes, max_files
        self._handle: int | None = None
        self._size = 0

    def append(self, lines: Sequence[bytes]) -> int:
        """Append ``lines``, each with its line end; return how many were written, fewer where a new file fails.

        Raises
        ------
        OSError
            No line could be written: the disk is full, or the folder can't be made.
        """
        done = 0
        for chunk in self._chunks(lines):
            try:
                self._write(b"".join(chunk))
            except OSError:
                if done == 0:
                    raise
                break
            done += len(chunk)
        return done

    def close(self) -> None:
        """Close the file; the next line opens another one."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _chunks(self, lines: Sequence[bytes]) -> Iterator[list[bytes]]:
        """Cut ``lines`` into a chunk for each file; taking the next chunk opens the next file."""
        chunk: list[bytes] = []
        self._open_if_needed()
        size = self._size
        for line in lines:
            if size and size + len(line) > self._max_bytes:
                if chunk:
                    yield chunk
                self.close()
                self._open_if_needed()
                chunk, size = [], 0
            chunk.append(line)
            size += len(line)
        if chunk:
            yield chunk

    def _open_if_needed(self) -> None:
        if self._handle is not None and os.fstat(self._handle).st_nlink == 0:
            self.close()  # another process, or a person, removed the file: what goes there is lost
        if self._handle is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._folder / self._next_name(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, RIGHTS)
            self._size = 0
            self._prune()

    def _next_name(self) -> str:
        """Name a file by the time in microseconds, but later than all others, as the clock may have gone back."""
        latest = max((begun(file) for file in self._names.files(self._folder)), default=0)
        return self._names.file_name(max(now_us(), latest + 1), os.getpid())

    def _write(self, content: bytes) -> None:
        """Write all of ``content`` or nothing of it: a line that is cut in the middle of a file can't be read."""
        if self._handle is None:
            raise OSError("no file is open")
        written = 0
        try:
            while written < len(content):
                written += os.write(self._handle, content[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise
        self._size += len(content)

    def _prune(self) -> None:
        """Remove the oldest files once all together are too large. A count won't do: each process begins a file."""
        room = (self._max_files - 1) * self._max_bytes
        for file in reversed(self._names.files(self._folder)):
            with contextlib.suppress(FileNotFoundError):
                room -= file.stat().st_size
                if room < 0:
                    file.unlink()
