"""Run a program and measure it: seconds, and the most memory that it held."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Linux counts in KiB, macOS in bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Measured:
    """One run of a program."""

    name: str
    seconds: float
    peak_bytes: int
    """Most resident memory at any time, of the program itself."""
    output: str


class ProgramFailedError(Exception):
    """A program that was to be measured failed; the message is the end of what it printed."""


def measure(name: str, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Measured:
    """Run ``command`` in ``folder``.

    The peak is the kernel's own figure for the process. It starts at what this process holds, so nothing big is
    imported here.

    Raises
    ------
    ProgramFailedError
        The program ended with another code than 0.
    """
    log = folder / f".bench-{name}.log"
    with log.open("w+", encoding="utf-8") as stream:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=stream, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stream.seek(0)
        output = stream.read()
    if process.returncode != 0:
        raise ProgramFailedError(f"{name} ended with {process.returncode}:\n{output[-3000:]}")
    return Measured(name, seconds, usage.ru_maxrss * RSS_UNIT, output)
