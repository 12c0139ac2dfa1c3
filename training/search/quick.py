"""A quick try: are other parameters better than those of params.yaml? ``make quick S="model.num_leaves=20"``.

Both are trained on the same sample (of a small shop: on all lines), without copies, refit, reasons and product review,
and compared on the latest folds of the backtest, line by line. It says in which direction a change goes, not what the
whole shop's figure will be. No test line is read. ``make experiment`` runs the pipeline with the same change.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field
from rich.console import Console
from rich.table import Table

from data import params
from data.errors import UserError
from data.files import write_json
from data.logs import log
from data.params import Section
from data.stage import run
from training.registry.paired import Difference
from training.search import trained
from training.search.folds import Bench, FoldLosses, bench, difference

FILE = Path("reports/quick.json")
LEVEL = 0.95


class QuickParams(Section):
    """The section ``quick`` of params.yaml."""

    lines: Annotated[int, Field(ge=1000)]
    folds: Annotated[int, Field(ge=1, le=100)]
    max_rounds: Annotated[int, Field(ge=1, le=100_000)]


@dataclass(frozen=True)
class Tried:
    """The log-losses of params.yaml and of the change, by fold, and their difference."""

    before: list[FoldLosses]
    after: list[FoldLosses]
    difference: Difference

    @property
    def verdict(self) -> str:
        """In one word, or two."""
        low, high = self.difference.interval(LEVEL)
        return "better" if high < 0 else "worse" if low > 0 else "no clear difference"


def main() -> None:
    """Try the assignments that the command line gives.

    Raises
    ------
    UserError
        An assignment is no parameter that can be tried on the present matrix, or there is no matrix.
    """
    parser = argparse.ArgumentParser(prog="python -m training.search.quick", description=__doc__)
    parser.add_argument("assignments", nargs="*", help="section.key=value, one or several")
    given = " ".join(parser.parse_args().assignments)
    chosen = params.load("quick", QuickParams)
    values = trained.assignments(given)
    _require_tried(values, given)
    # On so few lines threads of LightGBM wait for one another: beside other work, two took four times the CPU of one.
    now = trained.load().fast(chosen.max_rounds).with_values({"model.threads": 1})
    changed = now.with_values(values)
    if changed == now:
        raise UserError(
            expected="a value other than that of params.yaml", found=given, fix="name another value: there is no change"
        )
    with bench(chosen.lines, chosen.folds) as on:
        tried = compare(on, now, changed)
    write_json(content(tried, values, on), FILE)
    _show(tried, given, on)


def _require_tried(values: Mapping[str, object], given: str) -> None:
    for path in values:
        if path in trained.LEFT_OUT:
            raise UserError(
                expected="parameters that a quick try trains by",
                found=f"{path}: it trains without {trained.LEFT_OUT[path]}",
                fix=f'make experiment S="{given}"',
            )


def compare(on: Bench, now: trained.Trained, changed: trained.Trained) -> Tried:
    """Run the folds with both, in turns."""
    before, after = [], []
    for number, split in enumerate(on.splits):
        before.append(on.run(number, now))
        after.append(on.run(number, changed))
        change = after[-1].mean - before[-1].mean
        log.info("fold from %s: log-loss changed by %+.5f", f"{split.test_from:%Y-%m-%d}", change)
    return Tried(before, after, difference(after, before))


def content(tried: Tried, values: dict[str, object], on: Bench) -> dict[str, object]:
    """The figures of a try."""
    low, high = tried.difference.interval(LEVEL)
    return {
        "changed": values,
        "verdict": tried.verdict,
        "lines": len(on.sample.times),
        "folds": [
            {
                "test_from": f"{split.test_from:%Y-%m-%d}",
                "lines": len(one.losses),
                "before": one.mean,
                "after": other.mean,
            }
            for split, one, other in zip(on.splits, tried.before, tried.after, strict=True)
        ],
        "difference": tried.difference.mean,
        "difference_low": low,
        "difference_high": high,
    }


def _show(tried: Tried, given: str, on: Bench) -> None:
    table = Table("fold from", "lines", "params.yaml", given, "difference", box=None, padding=(0, 2, 0, 0))
    for split, one, other in zip(on.splits, tried.before, tried.after, strict=True):
        figures = (f"{len(one.losses):,}", f"{one.mean:.5f}", f"{other.mean:.5f}", f"{other.mean - one.mean:+.5f}")
        table.add_row(f"{split.test_from:%Y-%m-%d}", *figures)
    low, high = tried.difference.interval(LEVEL)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"log-loss: {tried.verdict}, {tried.difference.mean:+.5f} ({low:+.5f} to {high:+.5f}), on {on.sample.words}"
        f'\nthe pipeline with it: make experiment S="{given}"',
        soft_wrap=True,
    )


if __name__ == "__main__":
    run(main, long=True)
