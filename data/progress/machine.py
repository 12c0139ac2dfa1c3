"""What the machine does while a stage runs: processor and memory, sampled some times a minute by psutil.

psutil comes with DVC and MLflow; where it is absent, nothing is sampled. The names of the figures are those of MLflow's
system metrics, and two for the process alone.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from data.times import now_us

SECONDS: Final = 5.0
"""Between two samples, at first."""
SAMPLES: Final = 240
"""Most samples; of more every second one is kept, and half as many are taken from then on."""


@dataclass(frozen=True)
class Sample:
    """The figures of one moment: percents, and megabytes of a million bytes."""

    at_us: int
    figures: Mapping[str, float]


@contextmanager
def sampled(first: float = 1.0) -> Iterator[list[Sample]]:
    """Sample the machine in a thread of its own while the context lasts; the list is complete when it ends.

    ``first``: seconds to the first sample, so that a short stage pays for none.
    """
    samples: list[Sample] = []
    if find_spec("psutil") is None:
        yield samples
        return
    over = threading.Event()
    thread = threading.Thread(target=_sample, args=(samples, over, first), name="machine", daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def _sample(samples: list[Sample], over: threading.Event, first: float) -> None:
    if over.wait(first):
        return
    ask, wait = _psutil(), SECONDS
    while not over.wait(wait if samples else first):  # a share of a processor is one between two moments
        samples.append(Sample(now_us(), ask()))
        if len(samples) > SAMPLES:
            del samples[1::2]
            wait *= 2


def _psutil() -> Callable[[], Mapping[str, float]]:
    """Begin to measure: the function gives the figures since it was called last."""
    import psutil  # type: ignore[import-untyped]  # noqa: PLC0415 - a stage that ends within a second does without

    process = psutil.Process()
    psutil.cpu_percent()
    process.cpu_percent()

    def figures() -> Mapping[str, float]:
        memory = psutil.virtual_memory()
        return {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / 1e6,
            "system_memory_usage_percentage": 100 * memory.used / memory.total,
            "process_cpu_percentage": process.cpu_percent(),
            "process_memory_megabytes": process.memory_info().rss / 1e6,
        }

    return figures
