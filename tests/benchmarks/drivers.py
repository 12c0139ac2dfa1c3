"""Exact drivers against LightGBM's own ``pred_contrib``: ``python -m tests.benchmarks.drivers``.

They are of the last run's model, on one thread each, in turns of some calls, so that what else the machine does hits
both alike. ``in turns``: each call right after one of the other kind, which leaves little of the tables in a cache.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import lightgbm as lgb
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from data.arrays import Floats
from tests.benchmarks import figures, ready_features
from tests.benchmarks.ready_features import ReadyFeatures
from training.model.bundle import Bundle
from training.model.shapley.tables import ShapleyTables

BASKETS = (1, 5, 20)
CALLS, TURN, WARM_UP = 600, 20, 5
"""Calls of each kind, how many in a row, and how many of these don't count."""
LINES = 100_000
"""Lines of the matrix that rows are taken from; many rows repeat them."""
A_MILLION = 1_000_000
SCORED, EXPLAINED = "a million lines scored by the bundle", "drivers of a million lines"
SAMPLE = 10_000
"""Rows that ``pred_contrib`` is timed on in place of many: its time grows with their number."""


@dataclass(frozen=True)
class Compared:
    """Seconds that ``rows`` rows took, the median of calls, and the largest difference between the two."""

    rows: int
    tables: float
    pred_contrib: float
    difference: float

    @property
    def times_faster(self) -> float:
        """How many times as long LightGBM takes."""
        return self.pred_contrib / self.tables


def baskets(
    booster: lgb.Booster, tables: ShapleyTables, features: ReadyFeatures, rows: int, calls: int, turn: int = TURN
) -> Compared:
    """Explain ``calls`` baskets of ``rows`` rows in each way, ``turn`` of them in a row."""
    found: dict[str, list[float]] = {"tables": [], "pred_contrib": []}
    difference = 0.0
    for start in range(0, calls, turn):
        chosen = [features.basket(start + number, rows) for number in range(turn)]
        ours = [_timed(found["tables"], partial(tables.values, x)) for x in chosen]
        theirs = [_timed(found["pred_contrib"], partial(_pred_contrib, booster, x)) for x in chosen]
        difference = max(difference, *(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True)))
    return Compared(rows, _median(found["tables"], turn), _median(found["pred_contrib"], turn), difference)


def _median(seconds: list[float], turn: int) -> float:
    """The median of the calls, but for the first of each turn."""
    return statistics.median(each for number, each in enumerate(seconds) if number % turn >= min(WARM_UP, turn - 1))


def many(booster: lgb.Booster, tables: ShapleyTables, features: ReadyFeatures, rows: int, sample: int) -> Compared:
    """Explain ``rows`` rows by tables, and ``sample`` of them by ``pred_contrib``, whose time is scaled up."""
    sample = min(rows, sample)
    found: dict[str, list[float]] = {"tables": [], "pred_contrib": []}
    x = np.resize(features.x, (rows, features.x.shape[1]))
    theirs = _timed(found["pred_contrib"], partial(_pred_contrib, booster, x[:sample]))
    ours = _timed(found["tables"], partial(tables.values, x))
    difference = float(np.abs(ours[:sample] - theirs).max())
    return Compared(rows, found["tables"][0], found["pred_contrib"][0] * rows / sample, difference)


def _pred_contrib(booster: lgb.Booster, x: Floats) -> Floats:
    return np.asarray(booster.predict(x, pred_contrib=True, num_threads=1))[:, :-1]


def _timed(seconds: list[float], step: Callable[[], Floats]) -> Floats:
    start = time.perf_counter()
    done = step()
    seconds.append(time.perf_counter() - start)
    return done


def main() -> None:
    """Print the comparison for baskets and for many rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.drivers", description=__doc__)
    parser.add_argument("--rows", type=int, default=A_MILLION, help="of the longest run")
    rows = parser.parse_args().rows
    bundle = Bundle.load()
    booster = ready_features.booster()
    start = time.perf_counter()
    tables = ShapleyTables(booster)
    built = time.perf_counter() - start
    features = ready_features.read(bundle.model_features, LINES)
    laid_out = Table(title="exact drivers of each row", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("rows", "tables", "pred_contrib", "times faster", "largest difference"):
        laid_out.add_column(column, justify="right")
    measured = {f"{each}": baskets(booster, tables, features, each, CALLS) for each in BASKETS}
    measured |= {f"{each}, in turns": baskets(booster, tables, features, each, CALLS, 1) for each in BASKETS}
    measured |= {f"{rows:,}": many(booster, tables, features, rows, SAMPLE)}
    for what, one in measured.items():
        times = (_said(one.tables), _said(one.pred_contrib))
        laid_out.add_row(what, *times, f"{one.times_faster:.1f}", f"{one.difference:.1e}")
    console = Console(highlight=False)
    console.print(laid_out)
    console.print(f"{booster.num_trees()} trees; the tables were built in {built:.1f} s")
    if rows == A_MILLION:
        found = {SCORED: _scored(bundle, features, rows), EXPLAINED: measured[f"{rows:,}"].tables}
        figures.tell(console, found)


def _scored(bundle: Bundle, features: ReadyFeatures, rows: int) -> float:
    """Seconds in which the bundle scores so many rows, with their intervals, on all cores."""
    x, found = np.resize(features.x, (rows, features.x.shape[1])), list[float]()
    bundle.score_rows(x[:1000])  # compiles, or loads what was compiled
    for _ in range(3):
        start = time.perf_counter()
        bundle.score_rows(x)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def _said(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms" if seconds < 1 else f"{seconds:.1f} s"


if __name__ == "__main__":
    main()
