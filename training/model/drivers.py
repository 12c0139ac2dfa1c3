"""Drivers: the exact contribution of each feature, and of each factor, to a score's calibrated log-odds.

The calibrated log-odds are linear in the margin, and the margin is a weighted mean of the trees' and of the linear
part's. So the mean of their Shapley values, times the slope, is exact: a line's log-odds are `ModelDrivers.expected`
plus the sum of its contributions.
"""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np

from data.arrays import Floats
from features.catalog import CatalogEntry
from training.model.calibrate import Calibrator
from training.model.linear.model import Linear
from training.model.shapley.tables import ShapleyTables


class ModelDrivers:
    """The drivers of one model's scores. The constructor takes about a second; any thread may call the methods.

    ``factors`` are those of the catalog, in the catalog's order. ``expected`` is the mean of the calibrated
    log-odds over the lines that the model learned from.

    Parameters
    ----------
    booster, linear, calibrator
        The model that scores; ``linear`` is None where trees alone score.
    entries
        The catalog of the booster's features, in the booster's order.
    """

    def __init__(
        self, booster: lgb.Booster, linear: Linear | None, calibrator: Calibrator, entries: Sequence[CatalogEntry]
    ) -> None:
        self._tables, self._linear = ShapleyTables(booster), linear
        of_linear = 0.0 if linear is None else linear.share
        self._of_trees, self._of_linear = calibrator.slope * (1 - of_linear), calibrator.slope * of_linear
        self.expected = self._of_trees * self._tables.expected + calibrator.intercept
        if linear is not None:
            self.expected += self._of_linear * linear.expected
        self.factors = tuple(dict.fromkeys(entry.factor for entry in entries))
        self.members = np.array([[float(entry.factor == factor) for factor in self.factors] for entry in entries])

    def of_features(self, x: Floats) -> Floats:
        """Compute the contribution of each feature to each row's log-odds, shape (n, features), as ``x``."""
        of_trees = self._of_trees * self._tables.values(x)
        return of_trees if self._linear is None else of_trees + self._of_linear * self._linear.contributions(x)

    def of_factors(self, of_features: Floats) -> Floats:
        """Sum contributions of features by factor, shape (n, factors)."""
        return np.asarray(of_features @ self.members)
