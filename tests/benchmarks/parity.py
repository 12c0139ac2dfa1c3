"""Law 2 at full size: an event log of 100,000 lines and more through the online state, with the process killed between.

``python -m tests.benchmarks.parity`` takes the simulated shop of params.yaml, and BADS where it lies beside the
project: each is brought to a matrix in a temporary copy of the project, and replayed order by order over LMDB.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measured import measure
from tests.features.crashing import Crashes, replay_with_crashes
from tests.features.event_log import event_log
from tests.workspace import TOP, copy_project, environment

KILLS = 50
STAGES = ("data.ingest", "data.validate", "features.build")
BADS = TOP.parent / "shared" / "datasets" / "bads"
MAPPING = "data/mappings/bads.yaml"
SHOPS: Mapping[str, Mapping[str, Any]] = {
    "simulated": {"simulator.lines": 110_000},
    "BADS": {"data.source": "mapped", "data.path": str(BADS), "data.mapping": MAPPING},
}


def parity(changes: Mapping[str, Any], folder: Path, kills: int) -> Crashes:
    """Make the shop's matrix in ``folder`` and replay its log."""
    project = copy_project(folder / "project", changes)
    for stage in STAGES:
        measure(stage, [sys.executable, "-m", stage], project, environment(PYTHONHASHSEED="0"))
    shop = folder / "shop"
    shop.mkdir()
    (project / "data" / "validated").rename(shop / "validated")
    (project / "features" / "matrix").rename(shop / "matrix")
    moments = len(event_log(shop / "validated"))
    return replay_with_crashes(shop, folder / "store", kills=kills, seed=1, moments=moments)


def present(asked: Sequence[str]) -> Iterator[str]:
    """Give the shops that were asked for, or all; BADS, where it is not there, is left out aloud."""
    for name in asked or SHOPS:
        if name == "BADS" and not BADS.is_dir():
            print("BADS: not beside the project, left out")
        else:
            yield name


def main() -> int:
    """Return the exit code: 1 where a feature differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.parity", description=__doc__)
    parser.add_argument("shops", nargs="*", choices=[[], *SHOPS], help="without any: all")
    parser.add_argument("--kills", type=int, default=KILLS)
    given = parser.parse_args()
    differing = 0
    for name in present(given.shops):
        with tempfile.TemporaryDirectory(prefix="return-risk-parity-") as folder:
            start = time.perf_counter()
            done = parity(SHOPS[name], Path(folder), given.kills)
        differing += done.differing + done.counted_again
        print(
            f"{name}: {done.lines:,} lines compared, {done.unasked} applied when a kill came before the answer; "
            f"{done.kills} kills, {done.sent_again:,} events sent again, {done.counted_again} of them counted again; "
            f"values that differ: {done.differing} {done.examples or ''} ({time.perf_counter() - start:.0f} s)",
            flush=True,
        )
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
