"""Drivers: the exact contribution of each feature, and of each factor, to a score's calibrated log-odds.

The calibrated log-odds are linear in the booster's margin. The Shapley values of the margin, times the slope, are
therefore exact: a line's log-odds are `ModelDrivers.expected` plus the sum of its contributions.
"""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np

from data.arrays import Floats
from features.catalog import CatalogEntry
from training.model.calibrate import Calibrator
from training.model.shapley.tables import ShapleyTables


class ModelDrivers:
    """The drivers of one model's scores. The constructor takes about a second; any thread may call the methods.

    ``factors`` are those of the catalog, in the catalog's order. ``expected`` is the mean of the calibrated
    log-odds over the lines that the booster learned from.

    Parameters
    ----------
    booster, calibrator
        The model that scores.
    entries
        The catalog of the booster's features, in the booster's order.
    """

    def __init__(self, booster: lgb.Booster, calibrator: Calibrator, entries: Sequence[CatalogEntry]) -> None:
        self._tables = ShapleyTables(booster)
        self._slope = calibrator.slope
        self.expected = calibrator.slope * self._tables.expected + calibrator.intercept
        self.factors = tuple(dict.fromkeys(entry.factor for entry in entries))
        self.members = np.array([[float(entry.factor == factor) for factor in self.factors] for entry in entries])

    def of_features(self, x: Floats) -> Floats:
        """Compute the contribution of each feature to each row's log-odds, shape (n, features), as ``x``."""
        return self._slope * self._tables.values(x)

    def of_factors(self, of_features: Floats) -> Floats:
        """Sum contributions of features by factor, shape (n, factors)."""
        return np.asarray(of_features @ self.members)
