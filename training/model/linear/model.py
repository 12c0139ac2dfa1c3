"""The linear part of the score: a logistic regression on all features, whose log-odds are averaged with the trees'.

Trees see thresholds and combinations, a line sees what goes on beyond the last threshold; their errors differ, and the
mean of the two errs less. A share enters as its log-odds, any other number as a signed logarithm, both standardised. A
missing value counts as the mean and adds a weight of its own. So the margin is a sum over the features, and the
features' parts, less their means, are its exact Shapley values (Štrumbelj and Kononenko, 2014).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from data.arrays import Bools, Floats
from training.model.standardising import signed_logs

ENDS = 1e-4
"""Shares are taken to be at least so far from 0 and 1."""
FARTHEST = 4.0
"""Standard deviations from the mean beyond which a value counts as one at this distance."""


@dataclass(frozen=True)
class Linear:
    """The fitted linear part of k features, in the order of the booster's; float64 of shape (k,) each.

    ``shares`` (bool) marks the features that enter as log-odds. ``mean`` and ``scale``: of the transformed values.
    ``weight``: log-odds for each standard deviation. ``missing``: log-odds of a missing value. ``usual``: the mean of
    a feature's part over the rows learned. ``share`` is the weight of the linear part beside the trees.
    """

    share: float
    intercept: float
    shares: Bools
    mean: Floats
    scale: Floats
    weight: Floats
    missing: Floats
    usual: Floats

    def parts(self, x: Floats) -> Floats:
        """What each feature adds to the margin of each row; shape (n, k), as ``x``."""
        absent = np.isnan(x)
        z = standardised(transformed(x, self._places), self.mean, self.scale)
        return np.where(absent, self.missing, z * self.weight)

    def margin(self, x: Floats) -> Floats:
        """The log-odds of each row; shape (n,)."""
        # Row by row in memory: a line's sum has the same last bit alone as among others, in any order of the array.
        return np.asarray(np.ascontiguousarray(self.parts(x)).sum(axis=1) + self.intercept, dtype=np.float64)

    def contributions(self, x: Floats) -> Floats:
        """The Shapley value of each feature for each row, shape (n, k): they add up to its margin less `expected`."""
        return self.parts(x) - self.usual

    @property
    def expected(self) -> float:
        """The mean of the log-odds over the rows learned."""
        return float(self.intercept + self.usual.sum())

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.shares)

    def as_json(self) -> dict[str, Any]:
        """All fields, for `from_json` to read."""
        return {
            "share": self.share,
            "intercept": self.intercept,
            "shares": [bool(each) for each in self.shares],
            **{name: getattr(self, name).tolist() for name in ("mean", "scale", "weight", "missing", "usual")},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Linear":
        """Read what `as_json` wrote."""
        arrays = {
            name: np.array(value, dtype=bool if name == "shares" else np.float64)
            for name, value in content.items()
            if isinstance(value, list)
        }
        return cls(share=float(content["share"]), intercept=float(content["intercept"]), **arrays)


def standardised(values: Floats, mean: Floats, scale: Floats) -> Floats:
    """The ``transformed`` values in standard deviations from their mean, shape as they, NaN where missing."""
    return np.clip((values - mean) / scale, -FARTHEST, FARTHEST)


def transformed(x: Floats, shares: npt.NDArray[np.intp]) -> Floats:
    """Shares (``shares``: their places) as log-odds, other numbers as signed logarithms; shape as ``x``."""
    values = signed_logs(x)
    values[:, shares] = logit(np.clip(x[:, shares], ENDS, 1 - ENDS))
    return values
