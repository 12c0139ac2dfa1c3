"""The results of the last run, as tables in the terminal, and where to look next.

It reads three small JSON files and starts fast, because each `make repro` ends with it, even one with nothing to do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from data.errors import UserError
from data.files import read_json
from data.number_format import ENGLISH
from data.stage import run
from training.evaluation.at_path import number

REPORTS = Path("reports")
FACTORS = 3
"""How many factors the summary names: those that move scores most."""
Tree = Mapping[str, Any]
NUMBERS = replace(ENGLISH, missing="-")
"""Some terminals cannot show the dash that stands for a missing number elsewhere."""

TEST = (
    ("log_loss", "log-loss", "nats a line; lower is better"),
    ("roc_auc", "ROC AUC", "0.5 is chance"),
    ("average_precision", "average precision", "compare with the share returned"),
    ("brier", "Brier score", "lower is better"),
    ("ece", "calibration error", "expected; lower is better"),
)
NEXT = (
    ("reports/report.html", "how good the model is, for people"),
    ("reports/products.html", "which items come back more than expected, and what to do"),
    ("make serve", "the service; /products shows the same tables as pages"),
    ("make ui", "MLflow's pages: runs, registered models"),
    ("make champion", "the champion; make history: every change of champion"),
    ("make compare", "all experiments side by side"),
    (". .venv/bin/activate", "once in a terminal, for the next ones:"),
    ("dvc metrics diff", "this run against the last commit"),
    ("dvc plots show", "calibration, ranking, reasons, drivers, backtest"),
)


def summary(reports: Path = REPORTS) -> Group:
    """Lay out the metrics of the last run.

    Raises
    ------
    UserError
        There are no metrics yet, or a file is cut short.
    """
    metrics = _read(reports / "evaluation.json")
    if metrics is None:
        raise UserError(
            expected=f"the figures of a run in {reports / 'evaluation.json'}",
            found="no such file",
            fix="run the pipeline: make repro",
        )
    verdict, receipt = _read(reports / "gate.json"), _read(reports / "registration.json")
    tables = (_headline(metrics), _test_table(metrics), Text(), _comparison_table(metrics), Text())
    return Group(*tables, *_explanations(metrics), *_outcome(verdict, receipt), Text(), _where_next())


def _headline(metrics: Tree) -> Text:
    lines, rate = number(metrics, "test.lines"), number(metrics, "test.return_rate")
    size = "lines" if lines is None else f"{NUMBERS.number(lines)} lines"
    share = "" if rate is None else f", {NUMBERS.percent(rate)} of them returned"
    return Text(f"\nTest: {size}{share}", style="bold")


def _test_table(metrics: Tree) -> Table:
    table = _table("measure", "value", "")
    for key, name, meaning in TEST:
        table.add_row(name, NUMBERS.number(number(metrics, f"test.{key}"), 4), meaning)
    return table


def _comparison_table(metrics: Tree) -> Table:
    table = _table("log-loss against", "value", "difference", "95% interval")
    for name in sorted(metrics.get("baselines", {})):
        at = f"baselines.{name}"
        low, high = number(metrics, f"{at}.difference_low"), number(metrics, f"{at}.difference_high")
        ends = f"{NUMBERS.difference(low, 4)} to {NUMBERS.difference(high, 4)}"
        interval = NUMBERS.missing if low is None or high is None else ends
        difference = NUMBERS.difference(number(metrics, f"{at}.difference"), 4)
        loss = NUMBERS.number(number(metrics, f"{at}.log_loss"), 4)
        table.add_row(name.replace("_", " "), loss, difference, interval)
    truth, own = number(metrics, "oracle.log_loss"), number(metrics, "test.log_loss")
    if truth is not None:
        above = NUMBERS.difference(None if own is None else own - truth, 4)
        table.add_row("the truth", NUMBERS.number(truth, 4), above, "the least that is possible")
    return table


def _explanations(metrics: Tree) -> Iterator[Text]:
    """Give one line on how well reasons are predicted, and one on the factors that move the scores most."""
    loss = number(metrics, "reasons.log_loss")
    if loss is not None:
        rivals = (("shares", "shares alone"), ("global", "whole shop"))
        losses = [(how, number(metrics, f"reasons.baselines.{name}.log_loss")) for name, how in rivals]
        others = ", ".join(f"{how} {NUMBERS.number(theirs, 4)}" for how, theirs in losses)
        yield Text(f"reasons: log-loss {NUMBERS.number(loss, 4)} ({others})")
    moved = metrics.get("drivers", {}).get("mean_absolute", {})
    first = sorted(moved, key=lambda factor: -moved[factor])[:FACTORS]
    if first:
        moves = ", ".join(f"{factor} {NUMBERS.number(moved[factor], 2)}" for factor in first)
        yield Text(f"drivers: {moves} (mean log-odds moved)")
    yield Text()


def _outcome(verdict: Tree | None, receipt: Tree | None) -> Iterator[Text | Padding]:
    """Give the results of the gate and the registry."""
    if verdict is None:
        yield Text("gate: no verdict; dvc repro goes on where it stopped")
        return
    refusals = [check["message"] for check in verdict.get("checks", []) if not check.get("passed")]
    if refusals or not verdict.get("passed"):
        yield Text("gate: refused, so nothing was registered", style="bold red")
        yield from (Padding(Text(message), (0, 0, 0, 2)) for message in refusals)
        yield Text("  what to do: docs/how-to/registry-and-rollback.md, When the gate refuses")
    else:
        yield Text("gate: passed", style="bold green")
        registered = receipt is not None and receipt.get("registered")
        yield Text(
            f"registry: {receipt.get('model', 'unnamed')}" if receipt and registered else "registry: not registered"
        )


def _where_next() -> Table:
    table = _table("where to look next", "")
    for what, why in NEXT:
        table.add_row(what, why)
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right" if name in {"value", "difference", "95% interval"} else "left")
    return table


def _read(path: Path) -> Tree | None:
    return read_json(path) if path.is_file() else None


def main() -> None:
    """Print the summary of the last run."""
    Console(highlight=False).print(summary())


if __name__ == "__main__":
    run(main)
