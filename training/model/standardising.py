"""Standardising of numbers for linear models: signed logarithms, and their means and standard deviations."""

import numpy as np

from data.arrays import Floats

CONSTANT = 1e-9
"""A standard deviation below this counts as 0: rounding of the mean leaves a little for equal numbers."""


def signed_logs(x: Floats) -> Floats:
    """The logarithm of 1 + |x| with the sign of x; shape as ``x``, NaN where missing."""
    return np.asarray(np.copysign(np.log1p(np.abs(x)), x), dtype=np.float64)


def moments(values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the known values of each column of ``values`` (n, k), shape (k,) each.

    A column that is always missing has 0 and 1, and a constant one the standard deviation 1.
    """
    known = ~np.isnan(values).all(axis=0)
    mean, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
    mean[known], scale[known] = np.nanmean(values[:, known], axis=0), np.nanstd(values[:, known], axis=0)
    scale[scale < CONSTANT] = 1.0
    return mean, scale
