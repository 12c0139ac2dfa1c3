"""Starts `tests.features.stores.worker` and reads its output."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
Worker = subprocess.Popen[str]


@contextmanager
def workers(address: str, *tasks: object) -> Iterator[list[Worker]]:
    """A process for each task, with the store open; processes that still run are killed at the end."""
    with ExitStack() as stack:
        started = [stack.enter_context(_killed_at_the_end(address, str(task))) for task in tasks]
        for process in started:
            assert line(process) == "ready"
        yield started


def line(process: Worker) -> str:
    """The next line of the process's output; empty when the process has ended."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def _killed_at_the_end(address: str, task: str) -> Iterator[Worker]:
    command = [sys.executable, "-m", "tests.features.stores.worker", address, task]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
