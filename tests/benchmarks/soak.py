"""The service at half of its top rate for ten minutes: errors, latency, memory. ``python -m tests.benchmarks.soak``."""

import argparse
import json
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.load import Load, run
from tests.benchmarks.serving import CONNECTIONS, baskets, scores, service

LINES, WORKERS = 5, 2
PAGE = os.sysconf("SC_PAGE_SIZE")
SAMPLE_SECONDS = 10.0


def resident(parent: int) -> float:
    """Memory in MB of all processes that ``parent`` made; pages that they share count once for each."""
    pages = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    pages += int((process / "statm").read_text().split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return pages * PAGE / 1e6


def watch(parent: int, done: threading.Event, samples: list[float]) -> None:
    """Take the memory every `SAMPLE_SECONDS` until ``done``."""
    while not done.wait(SAMPLE_SECONDS):
        samples.append(resident(parent))


def main() -> None:
    """Find the top rate, ask at half of it, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="return-risk-soak-") as folder, service(Path(folder), WORKERS) as at:
        top = scores(at, LINES, None, 10.0).rate
        bodies = tuple(json.dumps(basket).encode() for basket in baskets(LINES))
        samples, done = [resident(at.pid)], threading.Event()
        watching = threading.Thread(target=watch, args=(at.pid, done, samples))
        watching.start()
        load = Load(f"{at.url}/v1/score", bodies, top / 2, seconds, CONNECTIONS, count_degraded=True)
        found = run(load)
        done.set()
        watching.join()
    print(f"top rate {top:.0f}/s, asked {top / 2:.0f}/s for {seconds:.0f} s: {found}")
    print(f"memory in MB, in tenths of the time: {', '.join(f'{each:.0f}' for each in _tenths(samples))}")


def _tenths(samples: Sequence[float]) -> list[float]:
    return [samples[min(place * len(samples) // 10, len(samples) - 1)] for place in range(10)] + [samples[-1]]


if __name__ == "__main__":
    main()
