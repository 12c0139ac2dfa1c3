"""The lines whose outcomes are taken together: what the joint model reads of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.model.joint.solving import differ_all
from training.model.matrix import places_of

SIZE, OTHER_SIZES = "size_value", "basket_product_other_sizes"
"""The features that tell whether two lines of one product in a basket have different sizes."""


@dataclass(frozen=True)
class Lines:
    """What is known of n lines, float64 of shape (n,) each.

    ``probability``: of a return, the line's score. ``reach``: the standard deviation of the log-odds that the lines of
    its basket have in common. ``size``: the number of its size, NaN where it has none. ``other_sizes``: lines of the
    same product in other sizes beside it.
    """

    probability: Floats
    reach: Floats
    size: Floats
    other_sizes: Floats

    @classmethod
    def of(cls, probability: Floats, deviation: Floats, shared: Floats, sizes: Floats) -> "Lines":
        """Take the lines of scores.

        Parameters
        ----------
        deviation
            The standard deviation of each probability, shape (n,).
        shared
            The share of its square that the lines of one basket have in common, shape (n,).
        sizes
            As `sizes_of` gives them, shape (n, 2).
        """
        slope = np.maximum(probability * (1 - probability), np.finfo(np.float64).tiny)
        return cls(probability, deviation / slope * np.sqrt(shared), sizes[:, 0], sizes[:, 1])

    def take(self, chosen: Bools | slice) -> "Lines":
        """Those of the lines that are ``chosen``: bool of shape (n,), or a stretch of them."""
        return Lines(self.probability[chosen], self.reach[chosen], self.size[chosen], self.other_sizes[chosen])

    def differ(self, first: Ints, second: Ints) -> Bools:
        """Whether the lines at the places ``first`` and ``second``, of one product each pair, differ in size.

        Sizes without a number are only known to have others beside them.
        """
        found = np.empty(first.shape, dtype=np.bool_)
        sizes = np.ascontiguousarray(self.size), np.ascontiguousarray(self.other_sizes)
        differ_all(*sizes, first.ravel(), second.ravel(), found.ravel())
        return found


def sizes_of(x: Floats, names: Sequence[str]) -> Floats:
    """Read the sizes from rows of the features ``names``, shape (n, names); an absent feature tells nothing.

    Returns
    -------
    Floats
        The number of the size, and the lines of other sizes beside it; shape (n, 2).
    """
    found = np.full((2, len(x)), np.nan)
    for row, place in zip(found, places_of((SIZE, OTHER_SIZES), tuple(names)), strict=True):
        if place is not None:
            row[:] = x[:, place]
    found[1][np.isnan(found[1])] = 0.0
    return found.T
