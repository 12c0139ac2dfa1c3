"""The reason model: for each line a distribution over reasons, given that it comes back.

It begins with shrunk shares of the reasons of similar lines (`features.definitions.reasons`). A booster then moves the
shares by all features of the line. A reason with too few records keeps its share; where the records of all reasons are
too few, every reason keeps its share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np

from data.arrays import Floats
from features.language.reasons import REASONS
from training.model.learners.flat_forest import FlatForest
from training.model.learners.flattening import flattened


@dataclass(frozen=True)
class ReasonModel:
    """P(reason | returned), with reasons in the order of `features.language.reasons.REASONS`.

    ``learned``: the places of the reasons that the booster predicts; empty where there is no booster. ``slope``, and
    ``offsets`` with one for each learned reason, calibrate the log-probabilities.
    """

    learned: tuple[int, ...]
    booster: lgb.Booster | None
    slope: float
    offsets: Floats

    def distribution(self, x: Floats, shares: Floats, threads: int = 0) -> Floats:
        """Give P(reason | returned) of each row; rows add up to 1.

        Parameters
        ----------
        x
            Rows of all features of the catalog, shape (n, features), float64, NaN where missing.
        shares
            The shrunk shares of reasons, shape (n, reasons), above 0; rows add up to 1.
        """
        if self._forest is None or not len(x):
            return shares
        margin = margins(self._forest, x, shares[:, self.learned], threads)
        found = shares.copy()
        known = shares[:, self.learned].sum(axis=1, keepdims=True)
        found[:, self.learned] = known * _softmax(self.slope * margin + self.offsets)
        return found

    @cached_property
    def _forest(self) -> FlatForest | None:
        return None if self.booster is None else flattened(self.booster)

    def as_json(self) -> dict[str, Any]:
        """All fields but the booster, for `from_json` to read."""
        names = [REASONS[place].value for place in self.learned]
        return {"learned": names, "slope": self.slope, "offsets": self.offsets.tolist()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], booster: lgb.Booster | None) -> "ReasonModel":
        """Read what `as_json` wrote."""
        places = {reason.value: place for place, reason in enumerate(REASONS)}
        learned = tuple(places[name] for name in content["learned"])
        return cls(learned, booster, content["slope"], np.array(content["offsets"], dtype=np.float64))


def _softmax(margin: Floats) -> Floats:
    """Softmax of each row. SciPy's softmax takes longer than the rest of the work on the few rows of a basket."""
    odds = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def margins(forest: FlatForest, x: Floats, shares: Floats, threads: int = 0) -> Floats:
    """Log-probabilities of the learned reasons, up to a constant a row: the logarithm of the share plus the trees."""
    return np.log(shares) + forest.margins(x, threads)
