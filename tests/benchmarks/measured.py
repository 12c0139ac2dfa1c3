"""Run a program and measure it: seconds, and the most memory that it held."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Linux counts in KiB, macOS in bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024

LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
facts = os.waitstatus_to_exitcode(status), time.perf_counter() - start, usage.ru_maxrss
with open(sys.argv[1], "w") as file:
    json.dump(facts, file)
"""


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

    The peak is the kernel's own figure for the process. It starts at what the process held that made it, so a small
    one makes it.

    Raises
    ------
    ProgramFailedError
        The program ended with another code than 0.
    """
    log, facts = folder / f".bench-{name}.log", folder / f".bench-{name}.json"
    with log.open("w+", encoding="utf-8") as stream:
        small = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(facts), *command]
        subprocess.run(small, cwd=folder, env=variables, stdout=stream, stderr=subprocess.STDOUT, check=True)
        stream.seek(0)
        output = stream.read()
    code, seconds, peak = json.loads(facts.read_text())
    facts.unlink()
    if code != 0:
        raise ProgramFailedError(f"{name} ended with {code}:\n{output[-3000:]}")
    return Measured(name, seconds, peak * RSS_UNIT, output)
