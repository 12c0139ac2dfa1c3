"""What the benchmarks are read for: each figure against its limit, and against what it was the last time.

A run adds its figures to `HISTORY`, which is kept with the code, so that a change sees its cost. Times hold for the
machine that they were measured on and the work beside them: compare ratios, or two runs of one hour.
"""

import csv
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from data.times import utc_now
from tests.workspace import TOP

HISTORY = TOP / "tests/benchmarks/history.csv"
COLUMNS = ("measured_at", "commit", "cores", "figure", "value")


@dataclass(frozen=True)
class Limit:
    """The most that a figure may be, or the least where ``least`` is set; ``unit``: what it counts."""

    unit: str
    bound: float
    least: bool = False

    def holds(self, value: float) -> bool:
        """Whether the figure keeps the limit."""
        return value >= self.bound if self.least else value <= self.bound

    def __str__(self) -> str:
        """Say the limit."""
        return f"{'at least' if self.least else 'at most'} {self.bound:,g} {self.unit}"


def _most(unit: str, bound: float) -> Limit:
    return Limit(unit, bound)


def _least(unit: str, bound: float) -> Limit:
    return Limit(unit, bound, least=True)


LIMITS: Mapping[str, Limit] = {
    "5 lines, one worker, 200/s: p50": _most("ms", 0.9),
    "5 lines, one worker, 200/s: p99": _most("ms", 1.8),
    "5 lines, one worker, 200/s: p99.9": _most("ms", 3.0),
    "20 lines, one worker, 200/s: p99": _most("ms", 4.0),
    "explain all, one worker, 200/s: p99": _most("ms", 4.0),
    "1 line, one worker: most": _least("baskets/s", 3000),
    "5 lines, one worker: most": _least("baskets/s", 2000),
    "5 lines, two workers: most": _least("baskets/s", 3500),
    "20 lines, one worker: most": _least("baskets/s", 800),
    "explain reasons, one worker: most": _least("baskets/s", 1500),
    "explain all, one worker: most": _least("baskets/s", 900),
    "5 lines: against mlflow models serve": _least("times", 60),
    "p99 beside events, against alone": _most("times", 1.5),
    "lines of events beside scores": _least("lines/s", 5000),
    "a million lines scored by the bundle": _most("s", 5),
    "drivers of a million lines": _most("s", 20),
    "a worker from its start to ready": _most("s", 3),
    "1,000,000 lines: features and state": _most("s", 15),
    "1,000,000 lines: ingest to register, against bare training": _most("times", 3),
    "1,000,000 lines: all stages, against bare training": _most("times", 6),
    "5,000,000 lines: ingest to register, against bare training": _most("times", 1.5),
    "5,000,000 lines: all stages, against bare training": _most("times", 2.5),
    "5,000,000 lines: most memory of a stage": _most("GB", 8),
    "nothing to do: dvc repro": _most("s", 3),
}
"""Every figure that is held against a limit; all of two cores."""


def against_limits(found: Mapping[str, float], before: Mapping[str, float]) -> Table:
    """A row for each figure: what was found, its limit, whether it is held, and what was found ``before``."""
    made = Table(title="figures against their limits", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(("figure", "found", "limit", "held", "last time")):
        made.add_column(name, justify="left" if place == 0 else "right")
    for name, value in found.items():
        limit, last = LIMITS[name], before.get(name)
        held = "yes" if limit.holds(value) else "NO"
        made.add_row(name, f"{value:,.4g}", str(limit), held, "-" if last is None else f"{last:,.4g}")
    return made


def tell(console: Console, found: Mapping[str, float], history: Path = HISTORY) -> None:
    """Print figures against their limits and what they were, and add them to the history."""
    console.print(against_limits(found, last(history)))
    add(found, history)
    console.print(f"added to {history}; commit it with the change that moved them")


def last(history: Path = HISTORY) -> dict[str, float]:
    """The latest value of each figure in the history."""
    if not history.is_file():
        return {}
    with history.open(encoding="utf-8", newline="") as file:
        return {row["figure"]: float(row["value"]) for row in csv.DictReader(file)}


def add(found: Mapping[str, float], history: Path = HISTORY) -> None:
    """Add figures to the history, in the order of `LIMITS`.

    Raises
    ------
    KeyError
        A figure has no limit.
    """
    unknown = set(found) - set(LIMITS)
    if unknown:
        raise KeyError(f"figures without a limit: {', '.join(sorted(unknown))}; fix: give each one in LIMITS")
    now, commit = utc_now().isoformat(timespec="minutes"), _commit()
    rows = [(now, commit, os.cpu_count(), name, f"{found[name]:.4g}") for name in LIMITS if name in found]
    _append(history, rows)


def _append(history: Path, rows: Iterable[tuple[object, ...]]) -> None:
    new = not history.is_file()
    with history.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        writer.writerows(rows)


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "none"
