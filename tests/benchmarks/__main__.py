"""Measure every stage on simulated shops: ``python -m tests.benchmarks 1000000 5000000``.

Each shop is made in a temporary copy of the project, which is removed afterwards; nothing of it is cached.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks import figures
from tests.benchmarks.measured import Measured, ProgramFailedError, measure
from tests.checks.pipeline import stages_of
from tests.workspace import copy_project, environment

BESIDE_TRAINING = {"backtest", "stability", "products", "products_accuracy"}
"""Stages that a model does without."""
MAKING_THE_SHOP = "ingest"
THE_GATE = "gate"
"""It may refuse the model of a small shop, which is no failure of the measurement."""
BYTES = 1e9


@dataclass(frozen=True)
class Shop:
    """All that was measured on one shop; ``bare`` is the training alone, in seconds."""

    lines: int
    runs: tuple[Measured, ...]
    bare: float
    rounds: int
    train_lines: int

    def seconds(self, *, without: str = "") -> float:
        """Sum the stages."""
        return sum(run.seconds for run in self.runs if run.name != without)


def shop(lines: int, folder: Path, changes: Mapping[str, Any] = MappingProxyType({})) -> Shop:
    """Make a shop of about ``lines`` order lines in ``folder``, run every stage on it, then the bare training.

    ``changes`` are set in its params.yaml.
    """
    project = copy_project(folder, {**changes, "simulator.lines": lines})
    # The stages alone decide how many cores they take; MLflow's records stay in the folder.
    variables = environment(PYTHONHASHSEED="0", MLFLOW_TRACKING_URI="sqlite:///mlflow.db")
    runs = tuple(_stages(project, lines, variables))
    bare = measure("bare", [sys.executable, "-m", "tests.benchmarks.bare"], project, variables)
    facts = json.loads(bare.output.splitlines()[-1])
    return Shop(facts["lines"], runs, facts["seconds"], facts["rounds"], facts["train_lines"])


def _stages(project: Path, lines: int, variables: dict[str, str]) -> Iterator[Measured]:
    for stage in stages_of(project / "dvc.yaml"):
        print(f"{lines:>12,} lines: {stage.name} …", file=sys.stderr, end="", flush=True)
        try:
            run = measure(stage.name, [sys.executable, "-m", stage.module], project, variables)
            print(f" {run.seconds:.1f} s, {run.peak_bytes / BYTES:.2f} GB", file=sys.stderr, flush=True)
            yield run
        except ProgramFailedError as refusal:
            if stage.name != THE_GATE:
                raise
            print(f"\n{refusal}\nso nothing is registered; the figures are without gate and register", file=sys.stderr)
            return


def table(shops: Sequence[Shop]) -> Table:
    """A row a stage: seconds, microseconds a line, peak memory, for each shop."""
    laid_out = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    laid_out.add_column("stage")
    for one in shops:
        for title in (f"{one.lines:,} lines: s", "µs a line", "peak GB"):
            laid_out.add_column(title, justify="right")
    for name in max(([run.name for run in one.runs] for one in shops), key=len):
        laid_out.add_row(name, *(cell for one in shops for cell in _stage_cells(one, name)))
    laid_out.add_section()
    for name, left_out in (("all of these", ""), ("of these, without ingest", MAKING_THE_SHOP)):
        cells = [_cells(one.seconds(without=left_out), one.lines, _peak(one, left_out)) for one in shops]
        laid_out.add_row(name, *(cell for three in cells for cell in three))
    bare = [_cells(one.bare, one.lines, None) for one in shops]
    laid_out.add_row("the bare lightgbm.train", *(cell for three in bare for cell in three))
    return laid_out


def _stage_cells(one: Shop, name: str) -> tuple[str, str, str]:
    for run in one.runs:
        if run.name == name:
            return _cells(run.seconds, one.lines, run.peak_bytes)
    return "-", "-", "-"


def _cells(seconds: float, lines: int, peak: int | None) -> tuple[str, str, str]:
    return f"{seconds:.1f}", f"{seconds / lines * 1e6:.1f}", "" if peak is None else f"{peak / BYTES:.2f}"


def _peak(one: Shop, left_out: str) -> int:
    return max(run.peak_bytes for run in one.runs if run.name != left_out)


def verdicts(shops: Sequence[Shop]) -> Iterator[str]:
    """The ratios that the table is read for."""
    for one in shops:
        whole, later = one.seconds() / one.bare, one.seconds(without=MAKING_THE_SHOP) / one.bare
        yield (
            f"{one.lines:,} lines: whole pipeline to bare training ({one.train_lines:,} lines, {one.rounds} rounds): "
            f"{whole:.2f}; from validation on, without making the shop: {later:.2f}"
        )
    first, last = shops[0], shops[-1]
    if last.lines > first.lines:
        growth = (last.seconds() / last.lines) / (first.seconds() / first.lines)
        yield f"cost of a line at {last.lines:,} lines, to that at {first.lines:,}: {growth:.2f}"


def limited(one: Shop) -> Iterator[tuple[str, float]]:
    """The figures of a shop that have a limit at some size."""
    size = f"{float(f'{one.lines:.1g}'):,.0f} lines: "
    seconds = {run.name: run.seconds for run in one.runs}
    if {"features", "state"} <= seconds.keys():
        yield f"{size}features and state", seconds["features"] + seconds["state"]
    yield f"{size}all stages, against bare training", one.seconds() / one.bare
    to_register = sum(value for name, value in seconds.items() if name not in BESIDE_TRAINING)
    yield f"{size}ingest to register, against bare training", to_register / one.bare
    yield f"{size}most memory of a stage", max(run.peak_bytes for run in one.runs) / BYTES


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("lines", type=int, nargs="+", help="order lines of each shop, smallest first")
    sizes = sorted(parser.parse_args().lines)
    shops = []
    try:
        for lines in sizes:
            with tempfile.TemporaryDirectory(prefix="return-risk-bench-") as folder:
                shops.append(shop(lines, Path(folder)))
    except ProgramFailedError as error:
        print(error, file=sys.stderr)
        return 1
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    console.print(f"\n{os.cpu_count()} cores, threads as in params.yaml; times with the start of each program")
    console.print(table(shops))
    for line in verdicts(shops):
        console.print(line)
    figures.tell(console, {name: value for one in shops for name, value in limited(one) if name in figures.LIMITS})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
