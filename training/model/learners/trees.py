"""Boosted trees, in LightGBM's own format: the model of each learner whose trees split by thresholds."""

from dataclasses import dataclass
from functools import cached_property

import lightgbm as lgb
import numpy as np

from data.arrays import Floats
from training.model.learners.flat_forest import FlatForest
from training.model.learners.flattening import flattened
from training.model.shapley.tables import ShapleyTables


@dataclass(frozen=True)
class Trees:
    """A `training.model.learners.learner.MarginModel`, whose margin is the sum of its trees."""

    booster: lgb.Booster

    @cached_property
    def features(self) -> tuple[str, ...]:
        """The names of its features, in order."""
        return tuple(self.booster.feature_name())

    @property
    def rounds(self) -> int:
        """The number of trees."""
        return int(self.booster.num_trees())

    def margin(self, x: Floats, threads: int = 0) -> Floats:
        """The log-odds of each row; shape (n,)."""
        return self._forest.margins(x, threads)[:, 0]

    @cached_property
    def _forest(self) -> FlatForest:
        return flattened(self.booster)

    def contributions(self) -> ShapleyTables:
        """Compute the tables of the exact Shapley values."""
        return ShapleyTables(self.booster)

    def importance(self) -> Floats:
        """How much the splits on each feature improved the training log-loss; shape (features,)."""
        return np.asarray(self.booster.feature_importance("gain"), dtype=np.float64)

    def text(self) -> str:
        """The trees as LightGBM writes them."""
        return str(self.booster.model_to_string())
