"""How late returns become known: what share of a young order's returns can have been seen by now.

The delay from order to return is taken from lines whose window has closed, by category. A category's distribution is
drawn towards the shop's as if `PRIOR_RETURNS` of its returns had the shop's delays.
"""

from dataclasses import dataclass

import numpy as np

from training.products.evidence import Floats, Ints
from training.products.lines import Lines

PRIOR_RETURNS = 50.0
RECENT_DAYS = 365.0
"""Delays change with carriers and windows: only orders of the last year speak, where there are any."""


@dataclass(frozen=True)
class Delays:
    """P(return known within t days of the order | it comes back), by category, at whole days.

    ``known``: shape (categories + 1, days), rising along days to 1; the last row is the shop's, for lines without a
    category (code -1).
    """

    known: Floats

    def by(self, age: Floats, category: Ints) -> Floats:
        """Give that probability for lines of ``age`` days (0 or more), shape (n,), linear between whole days."""
        last = self.known.shape[1] - 1
        at = np.clip(age, 0.0, last)
        day = np.minimum(at.astype(np.int64), last - 1) if last else np.zeros(len(at), dtype=np.int64)
        low, high = self.known[category, day], self.known[category, np.minimum(day + 1, last)]
        return np.asarray(low + (at - day) * (high - low), dtype=np.float64)


def delays(lines: Lines) -> Delays:
    """Learn the delays from the returns of closed lines; all are known at once where there are none."""
    settled = lines.returned & lines.closed
    recent = settled & (lines.day >= lines.as_of - RECENT_DAYS)
    chosen = recent if recent.any() else settled
    late = np.ceil(lines.returned_day[chosen] - lines.day[chosen]).astype(np.int64)
    kinds, days = len(lines.names.category) + 1, int(late.max(initial=0)) + 1
    category = np.where(lines.category[chosen] < 0, kinds - 1, lines.category[chosen])
    counts = np.bincount(category * days + np.maximum(late, 0), minlength=kinds * days).reshape(kinds, days)
    total = counts.sum(axis=0)
    shop = total / total.sum() if total.any() else np.eye(1, days)[0]
    shares = (counts + PRIOR_RETURNS * shop) / (counts.sum(axis=1, keepdims=True) + PRIOR_RETURNS)
    shares[-1] = shop
    return Delays(np.minimum(np.cumsum(shares, axis=1), 1.0))


def visible(lines: Lines, learned: Delays) -> Floats:
    """P(the return is known by now | the line comes back), shape (n,): 1 for closed lines."""
    known = learned.by(lines.as_of - lines.day, lines.category)
    return np.where(lines.closed, 1.0, known)
