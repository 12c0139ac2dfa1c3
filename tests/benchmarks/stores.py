"""Measure the stores of the online state: ``python -m tests.benchmarks.stores``; under a minute.

Keys are drawn evenly from all, which is the worst for caches. A change reads its keys and writes them again, and is
on disk (in a Redis of its own: in the append-only file, synced) before the next one begins.
"""

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from features.stores.address import open_store
from features.stores.shared import RedisStore
from features.stores.store import Agenda, Store, Transaction
from tests.benchmarks.sqlite_store import SqliteStore
from tests.redis_server import MISSING, PROGRAM, redis_server

RECORDS = 300_000
BYTES = 120
KEYS_OF_BASKETS = (36, 100)
KEYS_OF_A_CHANGE = 100
CHANGES_AT_ONCE = 50
READS = 2000
SECONDS_OF_WRITING = 2.0
MICROSECONDS = 1e6
PATIENCE_SECONDS = 60.0
"""It is the speed that is measured, not whether it is enough."""


@dataclass(frozen=True)
class Speed:
    """What was measured of one store; times are in microseconds."""

    name: str
    reads: dict[int, tuple[float, float]]
    """Median and 99th percentile by the number of keys."""
    changes_per_second: dict[int, float]
    """By the number of changes in a transaction."""
    load_seconds: float


def measure(name: str, store: Store) -> Speed:
    """Fill ``store``, read from it, write to it, close it."""
    draw = random.Random(1)
    keys = [f"product:{number:07}|{number % 97:02}".encode() for number in range(RECORDS)]
    value = draw.randbytes(BYTES)
    start = time.perf_counter()
    store.load(((key, value) for key in keys), ((Agenda.CLOSE, at, key) for at, key in enumerate(keys[::10])))
    loaded = time.perf_counter() - start
    reads = {count: _reads(store, [draw.choices(keys, k=count) for _ in range(READS)]) for count in KEYS_OF_BASKETS}
    changes = {at_once: _changes(store, keys, at_once, draw) for at_once in (1, CHANGES_AT_ONCE)}
    store.close()
    return Speed(name, reads, changes, loaded)


def _reads(store: Store, baskets: Sequence[Sequence[bytes]]) -> tuple[float, float]:
    times = []
    for basket in baskets:
        start = time.perf_counter()
        store.read(lambda view: view.get(basket))  # noqa: B023 - called at once
        times.append((time.perf_counter() - start) * MICROSECONDS)
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def _changes(store: Store, keys: Sequence[bytes], at_once: int, draw: random.Random) -> float:
    """Changes per second."""
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS_OF_WRITING:
        group = [_change(draw.choices(keys, k=KEYS_OF_A_CHANGE)) for _ in range(at_once)]
        store.write(lambda transaction: [change(transaction) for change in group])  # noqa: B023 - called at once
        done += at_once
    return done / (time.perf_counter() - start)


def _change(keys: Sequence[bytes]) -> Callable[[Transaction], None]:
    def change(transaction: Transaction) -> None:
        for key, value in zip(keys, transaction.get(keys), strict=True):
            transaction.put(key, value or b"")

    return change


def speeds() -> Iterator[Speed]:
    """Measure each store, in a folder of its own that is removed afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="return-risk-bench-")))
        yield measure("memory", open_store("memory:", "bench"))
        yield measure("LMDB", open_store(f"lmdb:{folder}", "bench"))
        yield measure("SQLite", SqliteStore(folder / "bench.sqlite"))
        if shutil.which(PROGRAM) is None:
            print(f"Redis is left out: {MISSING}", file=sys.stderr)
            return
        url = stack.enter_context(redis_server(folder, "--appendfsync", "always"))
        yield measure("Redis", RedisStore(url, "bench", PATIENCE_SECONDS, PATIENCE_SECONDS))


def table(measured: Sequence[Speed]) -> Table:
    """A row a store."""
    laid_out = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    laid_out.add_column("store")
    for count in KEYS_OF_BASKETS:
        laid_out.add_column(f"{count} keys: p50 µs", justify="right")
        laid_out.add_column("p99", justify="right")
    for title in ("changes/s", f"{CHANGES_AT_ONCE} at once: changes/s", f"load {RECORDS:,}: s"):
        laid_out.add_column(title, justify="right")
    for one in measured:
        times = [f"{figure:.0f}" for pair in one.reads.values() for figure in pair]
        rates = [f"{rate:,.0f}" for rate in one.changes_per_second.values()]
        laid_out.add_row(one.name, *times, *rates, f"{one.load_seconds:.1f}")
    return laid_out


def main() -> int:
    """Return the exit code."""
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    measured = list(speeds())
    console.print(
        f"\n{os.cpu_count()} cores; {RECORDS:,} records of {BYTES} bytes; a change reads and writes "
        f"{KEYS_OF_A_CHANGE} keys and is on disk before the next"
    )
    console.print(table(measured))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
