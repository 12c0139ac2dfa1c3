"""Weights of evidence: what an open line contributes to the estimate of a return rate.

A return is known by now with probability pF, where p is the probability that the line comes back, and F the probability
that a return would be known by now. A returned line is evidence of one return. A line that is not back has the
likelihood 1 - pF; a kept line of weight w has (1 - p)^w. At the expected rate e both have the same slope for
w = F(1 - e) / (1 - eF): 1 once the window has closed, 0 when no return could be known. So young orders do not bias a
rate, and rates are computed from sums of two weights.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Evidence:
    """The evidence of n lines, or of n groups of lines; float64 of shape (n,) each.

    ``returned`` and ``kept``: weights, in lines. ``expected``: the expected rate, for a group the mean weighted by the
    probability that a return would be known; NaN for a group whose probabilities are all 0.
    """

    returned: Floats
    kept: Floats
    expected: Floats

    def take(self, chosen: Bools | Ints) -> "Evidence":
        """Keep the lines or groups ``chosen``."""
        return Evidence(self.returned[chosen], self.kept[chosen], self.expected[chosen])


def of_lines(outcome: Bools, visible: Floats, expected: Floats) -> Evidence:
    """Weigh each line.

    Parameters
    ----------
    outcome
        Whether the line is known to be returned (or returned for the reason in question), shape (n,).
    visible
        F: the probability that a return would be known by now, shape (n,), 0 to 1.
    expected
        e: the expected probability of the outcome, shape (n,), 0 to 1, below 1 where F is 1.
    """
    kept = visible * (1.0 - expected) / (1.0 - expected * visible)
    return Evidence(outcome.astype(np.float64), np.where(outcome, 0.0, kept), expected)


def grouped(lines: Evidence, visible: Floats, codes: Ints, count: int) -> Evidence:
    """Add up lines by group: ``codes`` of shape (n,) from 0 to ``count`` - 1; lines with a code below 0 are left out.

    The expected rate is the mean weighted by ``visible``, so that it compares with the evidence.
    """
    known = codes >= 0
    if not known.all():
        lines, visible, codes = lines.take(known), visible[known], codes[known]
    seen = sums(visible, codes, count)
    expected = sums(visible * lines.expected, codes, count)
    return Evidence(
        returned=sums(lines.returned, codes, count),
        kept=sums(lines.kept, codes, count),
        expected=np.divide(expected, seen, out=np.full(count, np.nan), where=seen > 0),
    )


def sums(values: Floats | Bools, codes: Ints, count: int) -> Floats:
    """Add up values by group: ``codes`` of shape (n,) from 0 to ``count`` - 1."""
    return np.asarray(np.bincount(codes, weights=values, minlength=count), dtype=np.float64)
