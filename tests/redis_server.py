"""A real Redis for tests and measurements, which writes each change to its file before it answers.

So killing it loses nothing. Whether the file is synced to the disk before, too, as a shop should have it, is left to
``--appendfsync always``: tests on a busy disk would wait for it. With ``everysec`` it answers before it writes while
a sync of before still runs, for up to two seconds.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAM = "redis-server"
MISSING = "no redis-server here (Debian: apt-get install redis-server)"
SECONDS_TO_START = 20


@dataclass
class RedisServer:
    """A server whose data are in ``folder``; it listens on a socket alone, as no other test can take its name."""

    folder: Path
    socket: Path
    options: tuple[str, ...] = ()
    process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it, with what is in its folder."""
        options = {"port": "0", "unixsocket": str(self.socket), "dir": str(self.folder), "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "no"}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, *arguments, *self.options], stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        """Kill it where it still runs: what it has acknowledged is on disk."""
        self.process.kill()
        self.process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{PROGRAM} doesn't start:\n{(self.folder / 'redis.log').read_text()[-2000:]}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
            except OSError:
                return False


@contextmanager
def running(folder: Path, *options: str) -> Iterator[RedisServer]:
    """A server that can be stopped and started; a test is skipped where the program is absent."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(MISSING)
    # The name of a socket has at most 107 bytes, which folders of tests may exceed.
    with tempfile.TemporaryDirectory(prefix="redis-") as short:
        server = RedisServer(folder, Path(short, "socket"), options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[str]:
    """The URL of a server with its data in ``folder``; a test is skipped where the program is absent."""
    with running(folder, *options) as server:
        yield server.url
