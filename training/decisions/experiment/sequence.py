"""Confidence sequences: intervals that hold at all looks together, however often and whenever one looks.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), *Time-uniform central
limit theory and asymptotic confidence sequences*, Annals of Statistics 52(6), from Robbins' normal mixture (1970). For
a sum with the variance V, the probability that it ever leaves

    ± sqrt(2 (V r + 1) / r * log(sqrt(V r + 1) / alpha))

around its mean is at most ``alpha``, where r > 0 says at which variance the interval is narrowest. r must not be
chosen by the sum itself.
"""

import math

import numpy as np

from data.arrays import Floats


def tuned(planned_variance: float, alpha: float) -> float:
    """Give the r with which the interval is narrowest, about, at ``planned_variance`` (above 0)."""
    doubled = -2.0 * math.log(alpha)
    return (doubled + math.log(doubled) + 1.0) / planned_variance


def boundary(variance: Floats | float, r: float, alpha: float) -> Floats:
    """Give half the width of the interval of the sum; the shape of ``variance``, which is 0 or more."""
    grown = np.asarray(variance, dtype=np.float64) * r + 1.0
    return np.asarray(np.sqrt(2.0 * grown / r * np.log(np.sqrt(grown) / alpha)), dtype=np.float64)
