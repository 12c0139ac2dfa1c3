"""How active a customer is at some moment, by recency and frequency of the orders known by then.

The oldest of the segmentations of direct marketing: Hughes, "Strategic Database Marketing" (1994), without money. A
customer counts from the first order in the data.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from training.products.columns import ACTIVITIES
from training.products.estimates.lines import ReportLines
from training.products.params import SegmentParams

GUEST = "guest"
STATES = (*ACTIVITIES, GUEST)
"""What codes of activity stand for."""
_TICKS_PER_DAY = 86_400_000
"""Times are whole milliseconds here, so that customer and time make one number to sort by."""


@dataclass(frozen=True)
class CustomerOrders:
    """All orders of customers: ``keys`` = customer times ``span`` plus time, rising; int64 of shape (orders + 1,).

    The last key is an end that no customer reaches.
    """

    keys: Ints
    span: int
    params: SegmentParams

    def states(self, customer: Ints, tick: Ints) -> Ints:
        """Say how active customers are just before moments: places in `STATES`, shape (n,); without a customer, guest.

        Who has ordered nothing before is new, as is who began within ``recent_days``; lost and lapsing have not ordered
        for ``lost_days`` and ``lapsing_days``; active placed ``active_orders`` within ``lost_days``.
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
    """Say how active each line's customer was before its order: places in `STATES`, shape (lines,)."""
    return _orders(lines, params).states(lines.customer, _ticks(lines, lines.day))


def activity_at_report(lines: ReportLines, params: SegmentParams) -> Ints:
    """Say how active each customer is at the report's moment: places in `ACTIVITIES`, shape (customers,) by code."""
    customers = np.arange(lines.customer.max(initial=-1) + 1)
    now = int(_ticks(lines, np.array([lines.until]))[0]) + 1  # an order of this very moment is known
    return _orders(lines, params).states(customers, np.full(len(customers), now))


def _orders(lines: ReportLines, params: SegmentParams) -> CustomerOrders:
    known = np.flatnonzero(lines.customer >= 0)
    first = known[np.unique(lines.order[known], return_index=True)[1]]
    ticks = _ticks(lines, lines.day)
    span = int(_ticks(lines, np.array([lines.as_of]))[0]) + 2
    keys = np.sort(lines.customer[first] * span + ticks[first])
    return CustomerOrders(
        np.append(keys, np.iinfo(np.int64).max), span, params
    )  # every place has a key, also in no orders


def _ticks(lines: ReportLines, day: Floats) -> Ints:
    """Count milliseconds from the first order on."""
    return np.asarray(np.rint((day - lines.day.min(initial=lines.as_of)) * _TICKS_PER_DAY), dtype=np.int64)
