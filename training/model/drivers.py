"""Drivers: the contribution of each feature, and of each factor, to a score's calibrated log-odds.

The calibrated log-odds are linear in the margin, and the margin is a weighted mean of those of the model, of the linear
part and of the posteriors. So the mean of their Shapley values, times the slope, is as exact as the model's are, and a
line's log-odds are `ModelDrivers.expected` plus the sum of its contributions. A line without posteriors has the Shapley
values of the others in full; its posteriors share, in equal parts, what the means of both over the lines learned differ
by.
"""

from collections.abc import Sequence

import numpy as np

from data.arrays import Floats
from features.catalog import CatalogEntry
from training.model.blend import PosteriorPart
from training.model.calibrate import Calibrator
from training.model.chunks import in_chunks
from training.model.learners.learner import MarginModel
from training.model.linear.model import Linear


class ModelDrivers:
    """The drivers of one model's scores. The constructor takes about a second; any thread may call the methods.

    ``factors`` are those of the catalog, in the catalog's order. ``expected`` is the mean of the calibrated
    log-odds over the lines that the model learned from. ``exact`` is False where the contributions are estimates, and
    ``expected`` the mean over drawn lines (`training.model.shapley.sampled`); their sum is exact all the same.

    Parameters
    ----------
    model, linear, calibrator
        The parts that score; ``linear`` is None where the model alone scores.
    entries
        The catalog of the score's features, those of the model first, in the model's order.
    posterior
        The part of the posteriors, whose features are the last; None where they have none.
    """

    def __init__(
        self,
        model: MarginModel,
        linear: Linear | None,
        calibrator: Calibrator,
        entries: Sequence[CatalogEntry],
        posterior: PosteriorPart | None = None,
    ) -> None:
        self._of_model, self._linear, self._posterior = model.contributions(), linear, posterior
        self.exact = self._of_model.exact
        self._width = len(model.features)
        self._of_posterior = calibrator.slope * (0.0 if posterior is None else posterior.share)
        of_linear, others = 0.0 if linear is None else linear.share, calibrator.slope - self._of_posterior
        self._slope, self._of_linear = others * (1 - of_linear), others * of_linear
        expected = self._slope * self._of_model.expected
        if linear is not None:
            expected += self._of_linear * linear.expected
        self.expected, self._of_absent = expected + calibrator.intercept, 0.0
        if posterior is not None:
            self.expected += self._of_posterior * posterior.expected
            alone = expected / (1 - posterior.share)
            self._of_absent = posterior.share * (alone - calibrator.slope * posterior.expected) / len(posterior.usual)
        self.factors = tuple(dict.fromkeys(entry.factor for entry in entries))
        self.members = np.array([[float(entry.factor == factor) for factor in self.factors] for entry in entries])

    def of_features(self, x: Floats) -> Floats:
        """Compute the contribution of each feature to each row's log-odds, shape (n, features), as ``x``."""
        found = np.empty(x.shape)

        def explain(rows: slice) -> None:
            found[rows] = self._of_rows(x[rows])

        in_chunks(explain, len(x))
        return found

    def _of_rows(self, x: Floats) -> Floats:
        own = x[:, : self._width]
        found = self._slope * self._of_model.values(own)
        if self._linear is not None:
            found = found + self._of_linear * self._linear.contributions(own)
        if self._width == x.shape[1]:
            return found
        found = np.column_stack([found, np.zeros((len(x), x.shape[1] - self._width))])
        return found if self._posterior is None else self._joined(found, x, self._posterior)

    def _joined(self, others: Floats, x: Floats, posterior: PosteriorPart) -> Floats:
        """Add the contributions of the posteriors to those of the ``others``; shape (n, features), as ``x``."""
        absent = posterior.absent(x)
        found = others + self._of_posterior * posterior.contributions(x)
        if absent.any():
            found[absent] = others[absent] / (1 - posterior.share)
            found[absent, self._width :] = self._of_absent
        return found

    def of_factors(self, of_features: Floats) -> Floats:
        """Sum contributions of features by factor, shape (n, factors)."""
        return np.asarray(of_features @ self.members)
