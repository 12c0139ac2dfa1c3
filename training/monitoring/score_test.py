"""Whether what came of some lines is what their scores say, by Rao's score test.

If chances are as given, the sum of what is known of each outcome, less its chance, is 0 in the mean: an open line has
its chance to come back yet in place of the outcome. The variance is what the scores themselves say (the expected
information), so that days with hardly an outcome are not taken for sure; it is larger where lines of an order come back
together. What drifting delays alone would move the sum by is added, as in `training.monitoring.estimate`.
"""

from functools import partial

import numpy as np
from scipy.stats import norm

from data.arrays import Floats
from training.monitoring.delays import Delays
from training.monitoring.estimate import Drift, together
from training.monitoring.recalibration import Recalibration, WatchedLines


def deviation_of(lines: WatchedLines, at: Recalibration, delays: Delays, drift: Drift) -> float:
    """By how many standard deviations more came back than scores on this level and slope say; 0 of nothing known."""
    alone = _information(at.chance(lines.margin), *delays.open(lines.age)).sum()
    sums = partial(_beyond, at=at)
    (variance,) = alone * together(lines, at, np.ones((len(lines), 1))) + drift.variance(lines, sums)
    return float(sums(lines)[0] / np.sqrt(variance)) if variance > 0 else 0.0


def two_sided(deviation: float) -> float:
    """The chance of a deviation as far from 0, either way."""
    return float(2 * norm.sf(abs(deviation)))


def _beyond(lines: WatchedLines, at: Recalibration) -> Floats:
    """The sum of what is known of each outcome, less its chance; shape (1,)."""
    return np.atleast_1d((at.outcome(lines) - at.chance(lines.margin)).sum())


def _information(p: Floats, returned: Floats, kept: Floats) -> Floats:
    """The variance of what is known of each line at its age, shape (n,).

    A line is known to have come back, known to be kept, or open; ``returned`` and ``kept`` are the chances to be open.
    """
    back, stayed = p * (1 - returned), (1 - p) * (1 - kept)
    waiting = p * returned + (1 - p) * kept
    chance = np.divide(p * returned, waiting, out=np.zeros(len(p)), where=waiting > 0)
    return back * (1 - p) ** 2 + stayed * p**2 + waiting * (chance - p) ** 2
