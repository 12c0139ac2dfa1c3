"""Law 2 at full size while facts are corrected: every kind of event, and baskets against tables exported in between.

``python -m tests.benchmarks.corrected_parity`` takes the simulated shop of params.yaml, and BADS where it lies beside
the project. A tenth of the orders begins as tables; the rest is told by events, with corrections of all kinds. At some
moments the next orders are asked about as baskets, and each feature is held against the matrix of the tables that are
exported at this moment.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from data import params
from data.outcome import OutcomeParams
from data.validation.params import ValidationParams
from features.params import FeatureParams
from tests.benchmarks.measured import measure
from tests.benchmarks.parity import SHOPS, present
from tests.features.corrected_parity import Found, Life, Shop
from tests.workspace import copy_project, environment

STAGES = ("data.ingest", "data.validate")


def compare(name: str, folder: Path, seed: int, moments: int, orders: int) -> Found:
    """Make the shop's tables in ``folder``, and tell its events."""
    project = copy_project(folder / "project", SHOPS[name])
    for stage in STAGES:
        measure(stage, [sys.executable, "-m", stage], project, environment(PYTHONHASHSEED="0"))
    file = project / params.PARAMS_FILE
    outcome, features = params.load("outcome", OutcomeParams, file), params.load("features", FeatureParams, file)
    # Corrections make rows that a real export has few of, and validation is not what is compared here.
    update = {"max_reject_share": 1.0, "max_unknown_share": 1.0}
    validation = params.load("validation", ValidationParams, file).model_copy(update=update)
    shop = Shop((project / "data" / "validated").resolve(), outcome, features, validation)
    return Life.begin(shop, folder, seed).run(moments, orders)


def main() -> int:
    """Return the exit code: 1 where a feature differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.corrected_parity", description=__doc__)
    parser.add_argument("shops", nargs="*", choices=[[], *SHOPS], help="without any: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moments", type=int, default=8)
    parser.add_argument("--orders", type=int, default=2000, help="orders that are asked about at each moment")
    given = parser.parse_args()
    differing = 0
    for name in present(given.shops):
        with tempfile.TemporaryDirectory(prefix="return-risk-corrected-") as folder:
            start = time.perf_counter()
            found = compare(name, Path(folder), given.seed, given.moments, given.orders)
        differing += found.differing
        print(f"{name}: {sum(found.events.values()):,} events ({_counts(found.events)}); {_counts(found.receipts)}")
        print(
            f"{name}: {found.lines:,} lines of baskets at {found.moments} moments, {found.features} features each: "
            f"{found.lines * found.features:,} values; differ: {found.differing} {found.examples or ''}; largest "
            f"relative difference {found.largest:.1e} ({time.perf_counter() - start:.0f} s)",
            flush=True,
        )
    return 1 if differing else 0


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    raise SystemExit(main())
