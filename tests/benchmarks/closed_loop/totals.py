"""Sums over the lines of visits."""

import numpy as np

from data.arrays import Bools, Floats, Ints


def totals(place: Ints, each: Floats | Bools, count: int) -> Floats:
    """Add up ``each`` by ``place``, both of shape (n,), at the places 0 to ``count`` - 1."""
    return np.asarray(np.bincount(place, weights=each, minlength=count), dtype=np.float64)
