"""What the shop has observed of its customers: the counters from which segments, covariates and profiles follow.

A return becomes known `KNOWN_DAYS` after the visit. Nothing of a visit counts at the visit itself.
"""

import copy
from collections import deque
from typing import Final, NamedTuple

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated.responses.responders import Profile
from training.decisions.earlier_reactions import USUAL_SHARE, WEIGHT
from training.decisions.policy import Segment
from training.products.params import SegmentParams

KNOWN_DAYS: Final = 21
_PRIOR_WEIGHT: Final = 3.0
_PRIORS: Final = {"return": 0.35, "bracket": 0.07, "voucher": 0.13, "invoice": 0.3}
SEGMENTS: Final = tuple(Segment)
_COUNTS: Final = (
    "orders",
    "lines",
    "settled",
    "returned",
    "bracketed",
    "vouchers",
    "invoices",
    "shown",
    "dismissed",
)


class Placed(NamedTuple):
    """The visits of one day that took place: one row a visit, and whether it ended in an order.

    ``lines``, ``returned``: bought, and come back; ``bracketed``: lines that are one of several sizes. ``shown``:
    whether something was shown, ``dismissed``: whether that was closed.
    """

    customer: Ints
    ordered: Bools
    lines: Floats
    returned: Floats
    bracketed: Floats
    voucher: Bools
    invoice: Bools
    shown: Bools
    dismissed: Bools

    def where(self, took_place: Bools) -> "Placed":
        """Keep the visits that took place."""
        return Placed(**{name: each[took_place] for name, each in self._asdict().items()})


class Counters:
    """The counters of all customers; ``registered``: the day of each customer's registration."""

    def __init__(self, customers: int) -> None:
        self._count = {name: np.zeros(customers) for name in _COUNTS}
        self._first, self._last = np.full(customers, np.nan), np.full(customers, np.nan)
        self._waiting: deque[tuple[int, Placed]] = deque()

    def copy(self) -> "Counters":
        """Copy them, so that several policies may go on from here."""
        return copy.deepcopy(self)

    def begin(self, day: int) -> None:
        """Count the returns that are known by ``day``."""
        while self._waiting and self._waiting[0][0] + KNOWN_DAYS <= day:
            placed = self._waiting.popleft()[1]
            own = placed.customer
            self._count["settled"][own] += placed.lines
            self._count["returned"][own] += placed.returned

    def end(self, day: int, placed: Placed) -> None:
        """Count what is known of the visits of ``day`` at its end; a customer occurs once at most."""
        own, ordered = placed.customer, placed.ordered
        for name, counted in (
            ("orders", ordered), ("lines", placed.lines), ("bracketed", placed.bracketed),
            ("vouchers", ordered & placed.voucher), ("invoices", ordered & placed.invoice),
            ("shown", placed.shown), ("dismissed", placed.dismissed),
        ):  # fmt: skip
            self._count[name][own] += counted
        self._first[own[ordered]] = np.fmin(self._first[own[ordered]], day)
        self._last[own[ordered]] = day
        self._waiting.append((day, placed))

    def profile(self, customer: Ints, tenure_days: Floats) -> Profile:
        """Give what was observed of each customer before now."""
        count = {name: each[customer] for name, each in self._count.items()}
        return Profile(
            tenure_days=tenure_days,
            orders=count["orders"],
            return_share=_share(count["returned"], count["settled"], "return"),
            bracket_share=_share(count["bracketed"], count["lines"], "bracket"),
            voucher_share=_share(count["vouchers"], count["orders"], "voucher"),
            invoice_share=_share(count["invoices"], count["orders"], "invoice"),
        )

    def reactions(self, customer: Ints) -> dict[str, Floats]:
        """Give how each customer took what was shown before."""
        shown, dismissed = self._count["shown"][customer], self._count["dismissed"][customer]
        share = (dismissed + WEIGHT * USUAL_SHARE) / (shown + WEIGHT)
        return {
            "customer_shown_before": shown,
            "customer_dismissed_before": dismissed,
            "customer_dismissed_share": np.asarray(share, dtype=np.float64),
        }

    def since_order(self, customer: Ints, day: int) -> Floats:
        """Give the days since each customer's last order, NaN where there is none."""
        return np.asarray(day - self._last[customer], dtype=np.float64)

    def segment(self, customer: Ints, day: int, given: SegmentParams) -> Ints:
        """Give the place of each customer's segment in `SEGMENTS`, as `training.decisions.basket.segment_of` does."""
        orders, since = self._count["orders"][customer], self.since_order(customer, day)
        fresh = day - self._first[customer] < given.recent_days
        cases = (
            (orders <= 0, Segment.NEW),
            (since >= given.lost_days, Segment.LOST),
            (since >= given.lapsing_days, Segment.LAPSING),
            (fresh, Segment.NEW),
            (orders >= given.active_orders, Segment.ACTIVE),
        )
        places = [SEGMENTS.index(segment) for _, segment in cases]
        found = np.select([holds for holds, _ in cases], places, default=SEGMENTS.index(Segment.OCCASIONAL))
        return np.asarray(found, dtype=np.int64)


def _share(part: Floats, whole: Floats, name: str) -> Floats:
    return np.asarray((part + _PRIOR_WEIGHT * _PRIORS[name]) / (whole + _PRIOR_WEIGHT), dtype=np.float64)
