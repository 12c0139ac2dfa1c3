"""How soon a service is ready, and a worker again that was killed: ``python -m tests.benchmarks.worker_start``.

It serves the champion of this project's last run with one worker. The first start builds the online state; each later
one finds it. A worker is killed several times, and is ready when it answers by the model again.
"""

import json
import os
import signal
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests.benchmarks import figures
from tests.benchmarks.server_process import children
from tests.benchmarks.serving import Service, service

NAME = "worker"
KILLS = 5
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 60.0


def service_starts(folder: Path) -> Iterator[float]:
    """Seconds from the command to an answer by the model: the first time, and with the state that it built."""
    for _ in range(2):
        begin = time.perf_counter()
        with service(folder, 1):
            yield time.perf_counter() - begin


def worker_starts(at: Service) -> Iterator[float]:
    """Seconds from the kill of the only worker to an answer of the next one by the model."""
    for _ in range(KILLS):
        (worker,) = children(at.pid, NAME)
        begin = time.perf_counter()
        os.kill(worker, signal.SIGKILL)
        while children(at.pid, NAME) in ([worker], []) or not _by_the_model(at.url):
            if time.perf_counter() - begin > PATIENCE_SECONDS:
                raise TimeoutError(f"no worker was ready within {PATIENCE_SECONDS:g} s of the kill of another")
            time.sleep(LOOK_SECONDS)
        yield time.perf_counter() - begin


def _by_the_model(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=1):
            pass
        with urllib.request.urlopen(f"{url}/v1/model", timeout=1) as answer:
            return json.load(answer)["version"] is not None
    except (urllib.error.URLError, OSError):  # nobody listens, or it is not ready
        return False


def main() -> int:
    """Return the exit code."""
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        first, again = service_starts(Path(folder))
        with service(Path(folder), 1) as at:
            workers = list(worker_starts(at))
    console.print(f"the service, from its command: {first:.1f} s with a new state, {again:.1f} s on one that it has")
    console.print(f"a worker, from the kill of another: {', '.join(f'{each:.2f}' for each in sorted(workers))} s")
    figures.tell(console, {"a worker from its start to ready": statistics.median(workers)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
