"""The linear part of the score: a logistic regression on all features, whose log-odds are averaged with the trees'.

Trees see thresholds and combinations, a line sees what goes on beyond the last threshold; their errors differ, and the
mean of the two errs less. A share enters as its log-odds, any other number as a signed logarithm, both standardised. A
missing value counts as the mean and adds a weight of its own. So the margin is a sum over the features, and the
features' parts, less their means, are its exact Shapley values (Štrumbelj and Kononenko, 2014).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from data.arrays import Bools, Floats
from features.compiled import compiled
from training.model.chunks import in_chunks

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
        found = np.empty(x.shape)
        in_chunks(lambda rows: _parts(np.ascontiguousarray(x[rows]), self._terms, found[rows]), len(x))
        return found

    def margin(self, x: Floats) -> Floats:
        """The log-odds of each row; shape (n,)."""
        found = np.empty(len(x))
        in_chunks(
            lambda rows: _margins(np.ascontiguousarray(x[rows]), self._terms, self.intercept, found[rows]), len(x)
        )
        return found

    def contributions(self, x: Floats) -> Floats:
        """The Shapley value of each feature for each row, shape (n, k): they add up to its margin less `expected`."""
        return self.parts(x) - self.usual

    @property
    def expected(self) -> float:
        """The mean of the log-odds over the rows learned."""
        return float(self.intercept + self.usual.sum())

    @cached_property
    def _terms(self) -> Floats:
        """What `_part` reads of each feature; shape (k, 5)."""
        return np.column_stack([self.shares, self.mean, self.scale, self.weight, self.missing]).astype(np.float64)

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


def transformed(x: Floats, shares: Bools) -> Floats:
    """The features that are ``shares`` as log-odds, other numbers as signed logarithms; shape (n, k), as ``x``."""
    found, is_share = np.empty(x.shape), shares.astype(np.float64)
    in_chunks(lambda rows: _transform(np.ascontiguousarray(x[rows]), is_share, found[rows]), len(x))
    return found


def standardised(values: Floats, mean: Floats, scale: Floats) -> Floats:
    """The ``transformed`` values in standard deviations from their mean, shape as they, NaN where missing."""
    return np.clip((values - mean) / scale, -FARTHEST, FARTHEST)


@compiled
def _transform(x: Floats, is_share: Floats, found: Floats) -> None:
    for row in range(len(x)):
        for place in range(len(is_share)):
            found[row, place] = _transformed(x[row, place], is_share[place])


@compiled
def _parts(x: Floats, terms: Floats, found: Floats) -> None:
    for row in range(len(x)):
        for place in range(len(terms)):
            found[row, place] = _part(x[row, place], terms, place)


@compiled
def _margins(x: Floats, terms: Floats, intercept: float, found: Floats) -> None:
    for row in range(len(x)):
        total = 0.0
        for place in range(len(terms)):
            total += _part(x[row, place], terms, place)
        found[row] = total + intercept


@compiled
def _part(value: float, terms: Floats, place: int) -> float:
    if math.isnan(value):
        return float(terms[place, 4])
    z = (_transformed(value, terms[place, 0]) - terms[place, 1]) / terms[place, 2]
    return float(min(max(z, -FARTHEST), FARTHEST) * terms[place, 3])


@compiled
def _transformed(value: float, is_share: float) -> float:
    if is_share:
        inside = min(max(value, ENDS), 1 - ENDS)
        return value if math.isnan(value) else math.log(inside / (1 - inside))
    return math.copysign(math.log1p(abs(value)), value)
