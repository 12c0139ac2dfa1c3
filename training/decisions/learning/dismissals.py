"""The index of dismissals: how likely a customer is to close what is shown, learned from what was shown before.

Returns tell little of one customer's response: most lines would have come back, or not, whatever was shown. Whether the
customer closes what is shown is known for each exposure, at once, and has to do with the same response. So the log-odds
of a dismissal, learned from all that is known of customers, their earlier reactions included, sum them up in one
number. It is a surrogate index (Athey, Chetty, Imbens and Kang, 2019, "The Surrogate Index", NBER 26463). Whether and
how the number goes with returns is left to the randomised comparison: see `training.decisions.learning.pooled`.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.decisions.learning.exposures import folds_of
from training.decisions.learning.forest import Forest, fit_odds, log_odds
from training.decisions.learning.params import Trees


@dataclass(frozen=True)
class Shown:
    """Decisions whose action was shown: ``x`` (n, k), NaN where unknown; ``unit`` (n,) str; ``dismissed`` (n,)."""

    x: Floats
    unit: np.ndarray
    dismissed: Bools

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.dismissed)


class DismissalIndex:
    """The log-odds of a dismissal; ``forest`` has a group of trees for each fold, which learned without it."""

    def __init__(self, forest: Forest) -> None:
        self.forest = forest

    def of_new(self, x: Floats) -> Floats:
        """Give the log-odds of customers of whom nothing was learned, the mean over the folds; shape (n,)."""
        return np.asarray(self.forest.sums(x).mean(axis=1), dtype=np.float64)


@dataclass(frozen=True)
class LearnedIndex:
    """``index``, and ``of_logged`` (n,): the log-odds of logged rows by trees that did not learn from their unit."""

    index: DismissalIndex
    of_logged: Floats


def learn_index(shown: Shown, x: Floats, unit: np.ndarray, folds: int, trees: Trees, seed: int) -> LearnedIndex:
    """Learn the index from ``shown``, cross-fitted by unit, and give it for the logged rows ``x`` (n, k) of ``unit``.

    The folds are those of `training.decisions.learning.exposures.folds_of`, so a unit has the same one in both.
    """
    own, fold = folds_of(shown.unit, folds, seed), folds_of(unit, folds, seed)
    dismissed = shown.dismissed.astype(np.float64)
    found, models = np.zeros(len(x)), []
    for place in range(folds):
        kept = own != place
        models.append(fit_odds(shown.x[kept], dismissed[kept], trees, seed))
        found[fold == place] = log_odds(models[-1], x[fold == place])
    return LearnedIndex(DismissalIndex(Forest.of(models)), found)


def both_known(shown: Shown, folds: int, seed: int) -> bool:
    """Whether, without any fold, something was dismissed and something was not: else there is nothing to learn."""
    fold: Ints = folds_of(shown.unit, folds, seed)
    kept = [shown.dismissed[fold != place] for place in range(folds)]
    return all(each.any() and not each.all() for each in kept)
