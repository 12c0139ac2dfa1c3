"""Ranking metrics: of the order of the lines by probability, for any weights of the lines.

The lines are sorted once and each resample of the bootstrap reads that order, which saves most of the time.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints


@dataclass(frozen=True)
class Ranking:
    """Lines from the highest to the lowest probability, in groups of equal probability.

    ``order``: int64 of shape (n,), the lines by falling probability. ``ends``: int64 of shape (groups,), the position
    in ``order`` of the last line of each group of equal probabilities.
    """

    order: Ints
    ends: Ints

    @classmethod
    def of(cls, p: Floats) -> "Ranking":
        """Rank the lines by their probability ``p``, float64 of shape (n,) with n ≥ 1."""
        order = np.argsort(-p, kind="stable")
        ranked = p[order]
        ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
        return cls(order, ends)

    def totals(self, returned: Floats, kept: Floats) -> tuple[Floats, Floats]:
        """Weight of returned and of kept lines at or above each distinct probability, from the highest down."""
        return np.cumsum(returned[self.order])[self.ends], np.cumsum(kept[self.order])[self.ends]


def area(true_positives: Floats, false_positives: Floats) -> float:
    """Area under the ROC curve by the trapezoid rule, so that a tie counts one half.

    The area is the probability that a returned line is ranked above a kept one (Hanley and McNeil, Radiology 143,
    1982). The arguments come from `Ranking.totals`, and their last values must be above zero.
    """
    widths = np.diff(false_positives, prepend=0.0)
    heights = true_positives - np.diff(true_positives, prepend=0.0) / 2
    return float(np.sum(widths * heights) / (true_positives[-1] * false_positives[-1]))


def precision_area(true_positives: Floats, false_positives: Floats) -> float:
    """Average precision: precision at each distinct probability, weighted by the recall gained there.

    It is a sum of steps without interpolation, as in scikit-learn's ``average_precision_score``. The arguments come
    from `Ranking.totals`, and the returned lines must weigh more than zero. Lines of weight zero change nothing.
    """
    gained = np.diff(true_positives, prepend=0.0)
    flagged = true_positives + false_positives
    precision = np.divide(true_positives, flagged, out=np.zeros_like(flagged), where=flagged > 0)
    return float(np.sum(gained * precision) / true_positives[-1])
