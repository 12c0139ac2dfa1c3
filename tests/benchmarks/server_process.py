"""A server as a process of its own, for as long as it is measured."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measured import ProgramFailedError

LOOK = 0.05


@dataclass(frozen=True)
class Server:
    """How to start a server, and where it answers when it is ready; ``variables`` is its whole environment.

    What it prints goes to the file ``log``. It gets ``patience`` seconds until it answers, and ``grace`` seconds
    between being asked to end and being ended.
    """

    command: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    log: Path
    ready_url: str
    patience: float = 60.0
    grace: float = 10.0


@contextmanager
def running(server: Server) -> Iterator[int]:
    """Run ``server`` for as long as the block runs; gives the id of its process, which leads a group of its own.

    Raises
    ------
    ProgramFailedError
        It ended, or did not answer in time; the message holds the end of what it printed.
    """
    with server.log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            server.command, cwd=server.folder, env=server.variables, stdin=subprocess.DEVNULL,
            stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, server)
        yield process.pid
    finally:
        _end(process, server.grace)


def children(parent: int, name: str) -> list[int]:
    """The ids of the processes that ``parent`` made and that call themselves ``name``, ascending."""
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in (task / "children").read_text().split():
            with suppress(OSError):  # it has just ended
                if Path(f"/proc/{child}/comm").read_text().strip() == name:
                    found.append(int(child))
    return sorted(found)


def free_port() -> int:
    """A port of this machine that nothing listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", server: Server) -> None:
    give_up = time.monotonic() + server.patience
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise ProgramFailedError(f"the server ended with {process.returncode}:\n{_tail(server.log)}")
        if _answers(server.ready_url):
            return
        time.sleep(LOOK)
    raise ProgramFailedError(f"the server did not answer within {server.patience:g} s:\n{_tail(server.log)}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except (urllib.error.URLError, OSError):  # nobody listens yet, or not ready: a status of 4xx or 5xx is a URLError
        return False


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _end(process: "subprocess.Popen[bytes]", grace: float) -> None:
    """End the server, then whatever of its group it left behind."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
