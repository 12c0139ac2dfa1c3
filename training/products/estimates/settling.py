"""Reporting delay: what share of a young order's returns is known by now.

The delay from order to return is learned from lines whose window has closed, for each number of whole days from order
to close: a line whose window closes late was delivered late, or is not delivered yet, and comes back late. On the
simulated shop, this estimate of whether a return is known by now has a log-loss of 0.285; age and category alone have
0.389. The delays of one window length are shrunk towards the shop's with the weight of `PRIOR_RETURNS` returns.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.products.estimates.lines import ReportLines

PRIOR_RETURNS = 10.0
RECENT_DAYS = 365.0
"""Delays change with carriers and windows: they are learned from orders of the last year, where there are any."""


@dataclass(frozen=True)
class Delays:
    """P(return known within t days of the order | it comes back), by length of the window, at whole days.

    ``windows``: the lengths that occur, in whole days, rising, shape (m,). ``known``: the probabilities, shape
    (m + 1, days), rising along days to 1; the last row is the shop's, for windows of other lengths.
    """

    windows: Ints
    known: Floats

    def by(self, age: Floats, window_days: Floats) -> Floats:
        """Give the probability for lines of ``age`` days (0 or more), shape (n,), linear between whole days."""
        row = self._rows(window_days)
        last = self.known.shape[1] - 1
        at = np.clip(age, 0.0, last)
        day = np.minimum(at.astype(np.int64), last - 1) if last else np.zeros(len(at), dtype=np.int64)
        low, high = self.known[row, day], self.known[row, np.minimum(day + 1, last)]
        return np.asarray(low + (at - day) * (high - low), dtype=np.float64)

    def _rows(self, window_days: Floats) -> Ints:
        length = whole_days(window_days)
        place = np.minimum(np.searchsorted(self.windows, length), max(len(self.windows) - 1, 0))
        there = self.windows[place] == length if len(self.windows) else np.zeros(len(length), dtype=np.bool_)
        return np.where(there, place, len(self.windows))


def delays(lines: ReportLines) -> Delays:
    """Learn the delays from the returns of closed lines; without such returns, the delay is taken to be 0."""
    chosen = _recent_returns(lines)
    late = np.maximum(np.ceil(lines.returned_day[chosen] - lines.day[chosen]).astype(np.int64), 0)
    windows, window = np.unique(whole_days(lines.window_days[chosen]), return_inverse=True)
    days = int(late.max(initial=0)) + 1
    counts = np.bincount(window * days + late, minlength=len(windows) * days).reshape(len(windows), days)
    total = counts.sum(axis=0)
    shop = total / total.sum() if total.any() else np.eye(1, days)[0]
    shares = (counts + PRIOR_RETURNS * shop) / (counts.sum(axis=1, keepdims=True) + PRIOR_RETURNS)
    return Delays(windows, np.minimum(np.cumsum(np.vstack([shares, shop]), axis=1), 1.0))


def visible(lines: ReportLines, learned: Delays) -> Floats:
    """P(the return is known by now | the line comes back), shape (n,): 1 for closed lines."""
    known = learned.by(lines.as_of - lines.day, lines.window_days)
    return np.where(lines.closed, 1.0, known)


def whole_days(window_days: Floats) -> Ints:
    """Round lengths of windows to whole days, shape (n,)."""
    return np.round(window_days).astype(np.int64)


def _recent_returns(lines: ReportLines) -> Bools:
    settled = lines.returned & lines.closed
    recent = settled & (lines.day >= lines.as_of - RECENT_DAYS)
    return recent if recent.any() else settled
