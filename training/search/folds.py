"""Log-losses on the folds of the backtest, line by line, of a sample of the matrix; no test line is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from data import params
from data.arrays import Floats, Ints
from features import catalog, recipe
from features.catalog import CATALOG_FILE, CatalogEntry
from features.recipe import Recipe
from training.evaluation import backtest, metrics
from training.evaluation.backtest import BacktestParams, Method
from training.model.split import Split, SplitParams, read_times, refuse_empty
from training.registry.paired import Difference, over_lines
from training.search.sample import Sample, sampled
from training.search.trained import Trained


@dataclass(frozen=True)
class FoldLosses:
    """The log-loss of each line of one fold in nats, and its customer; shape (n,) each."""

    losses: Floats
    customers: Ints

    @property
    def mean(self) -> float:
        """The log-loss of the fold."""
        return float(self.losses.mean())


@dataclass(frozen=True)
class Bench:
    """What parameters are tried on: a sample, its folds (oldest first), and its features."""

    sample: Sample
    splits: tuple[Split, ...]
    entries: list[CatalogEntry]
    recipe: Recipe
    bins: int

    def run(self, number: int, trained: Trained) -> FoldLosses:
        """Train before the fold ``number`` (from 0), and score its lines."""
        split, times = self.splits[number], self.sample.times
        method = Method(self.entries, trained.training(self.recipe), trained.level, self.bins)
        scored = backtest.score_fold(split, times, method, self.sample.matrix)
        return FoldLosses(metrics.log_losses(scored.y, scored.probability), self.sample.customers[split.test(times)])

    def all(self, trained: Trained) -> list[FoldLosses]:
        """Run all folds."""
        return [self.run(number, trained) for number in range(len(self.splits))]


LARGER = "give the sample more lines: search.lines, or quick.lines of a quick try, in params.yaml"
"""What helps where a fold of the sample has no line in one of its parts."""


@contextmanager
def bench(lines: int, folds: int | None = None) -> Iterator[Bench]:
    """Prepare a bench of about so many lines (0: all) and the latest ``folds`` folds of the backtest (None: all).

    Raises
    ------
    UserError
        The matrix is missing, or a fold of the sample has no line in one of its parts.
    """
    times = read_times()
    chosen = params.load("backtest", BacktestParams)
    splits = backtest.folds(times, params.load("split", SplitParams), chosen)[-folds if folds else 0 :]
    with sampled(lines or len(times)) as sample:
        for split in splits:
            refuse_empty(split, sample.times, lambda: LARGER)
        yield Bench(sample, tuple(splits), catalog.read(CATALOG_FILE), recipe.read(), chosen.calibration_bins)


def difference(one: list[FoldLosses], other: list[FoldLosses]) -> Difference:
    """By how much ``one`` is worse than ``other`` on all lines of the folds; customers are the units."""
    losses = [np.concatenate([fold.losses for fold in folds]) for folds in (one, other)]
    customers = np.concatenate([fold.customers for fold in one])
    return over_lines(losses[0] - losses[1], np.unique(customers, return_inverse=True)[1].astype(np.int64))
