"""Recency and frequency segments: how active a customer is at a moment, by the orders placed before.

This is the segmentation of direct marketing without its monetary part: Hughes, "Strategic Database Marketing" (1994).
A customer's history begins with the first order in the data.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from training.products.columns import ACTIVITIES
from training.products.estimates.lines import ReportLines
from training.products.params import SegmentParams

GUEST = "guest"
STATES = (*ACTIVITIES, GUEST)
"""The activities in the order of their codes."""
_TICKS_PER_DAY = 86_400_000
"""Milliseconds in a day. Times are whole milliseconds here, so that customer and time form one sortable number."""


@dataclass(frozen=True)
class CustomerOrders:
    """All orders of customers: ``keys`` = customer times ``span`` plus time, rising; int64 of shape (orders + 1,).

    The last key is a sentinel, larger than the key of any order.
    """

    keys: Ints
    span: int
    params: SegmentParams

    def states(self, customer: Ints, tick: Ints) -> Ints:
        """Give the activity of customers just before a moment each: places in `STATES`, shape (n,).

        A line without a customer is of a guest. A customer is new without an earlier order, or with a first order
        within ``recent_days``. Lost and lapsing customers have not ordered for ``lost_days`` and ``lapsing_days``.
        Active customers placed ``active_orders`` within ``lost_days``.
        """
        own = customer * self.span
        start, end = np.searchsorted(self.keys, own), np.searchsorted(self.keys, own + tick)
        some = (customer >= 0) & (end > start)
        first, last = (np.where(some, own + tick - self.keys[place], 0) for place in (start, end - 1))
        lost = self.params.lost_days * _TICKS_PER_DAY
        lately = end - np.searchsorted(self.keys, own + np.maximum(tick - lost, 0))
        chosen = np.select(
            [
                customer < 0,
                ~some,
                last >= lost,
                last >= self.params.lapsing_days * _TICKS_PER_DAY,
                first < self.params.recent_days * _TICKS_PER_DAY,
                lately >= self.params.active_orders,
            ],
            [STATES.index(state) for state in (GUEST, "new", "lost", "lapsing", "new", "active")],
            STATES.index("occasional"),
        )
        return np.asarray(chosen, dtype=np.int64)


def activity_at_order(lines: ReportLines, params: SegmentParams) -> Ints:
    """Give the activity of each line's customer before its order: places in `STATES`, shape (lines,)."""
    return _orders(lines, params).states(lines.customer, _ticks(lines, lines.day))


def activity_at_report(lines: ReportLines, params: SegmentParams) -> Ints:
    """Give the activity of each customer at the report's moment: places in `ACTIVITIES`, shape (customers,) by code."""
    customers = np.arange(lines.customer.max(initial=-1) + 1)
    now = int(_ticks(lines, np.array([lines.until]))[0]) + 1  # includes an order of exactly this moment
    return _orders(lines, params).states(customers, np.full(len(customers), now))


def _orders(lines: ReportLines, params: SegmentParams) -> CustomerOrders:
    known = np.flatnonzero(lines.customer >= 0)
    first = known[np.unique(lines.order[known], return_index=True)[1]]
    ticks = _ticks(lines, lines.day)
    span = int(_ticks(lines, np.array([lines.as_of]))[0]) + 2
    keys = np.sort(lines.customer[first] * span + ticks[first])
    return CustomerOrders(
        np.append(keys, np.iinfo(np.int64).max), span, params
    )  # so every place has a key, even without orders


def _ticks(lines: ReportLines, day: Floats) -> Ints:
    """Count milliseconds from the first order on."""
    return np.asarray(np.rint((day - lines.day.min(initial=lines.as_of)) * _TICKS_PER_DAY), dtype=np.int64)
