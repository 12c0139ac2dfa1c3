"""What a policy earned against nothing and against the oracle, and whom it nudged."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Bools, Floats, Ints
from tests.benchmarks.closed_loop.loop import Path
from tests.benchmarks.closed_loop.policies import NONE
from tests.benchmarks.closed_loop.visits import MONTH, MONTHS
from training.decisions.policy import ActionKind

EXPOSURES: Final = 20_000
"""From so many exposures on a learned policy has to spare those whom it harms."""
LAST_MONTHS: Final = 3


@dataclass(frozen=True)
class Ground:
    """What the figures of all policies rest on, from day 0 on.

    ``customer``, ``day`` and ``harmed`` (by nudges, at this visit): one row a potential visit. ``holdout``: bool of
    shape (customers,). ``kinds``: of the actions of the policy; nudges are those that inform, and the naive warning.
    """

    customer: Ints
    day: Floats
    harmed: Bools
    holdout: Bools
    kinds: tuple[ActionKind, ...]

    def month(self) -> Ints:
        """Give the month of each visit, counted from 0; the time after the year is month 12."""
        return np.minimum((self.day / MONTH).astype(np.int64), MONTHS)

    def nudged(self, path: Path) -> Bools:
        """Mark the visits that took place at which a nudge was shown."""
        offers = [place for place, kind in enumerate(self.kinds) if kind is not ActionKind.INFORM]
        nudged = path.took_place & (path.shown != NONE) & ~np.isin(path.shown, offers)
        return np.asarray(nudged, dtype=np.bool_)


@dataclass(frozen=True)
class Figures:
    """The figures of one policy.

    Attributes
    ----------
    added
        By month, what it earned more than nothing, minor units, at customers outside of the holdout; the last element
        is the time after the year.
    added_everywhere
        The same sum over the year, the time after and all customers: the holdout earns nothing of it.
    exposures
        Actions shown in each month, at visits that took place.
    harmed_nudged
        By month, the share of the visits of customers whom nudges harm at which one was shown.
    late_visits
        The same share of all visits after the first 20,000 exposures; NaN where there were not so many.
    late_customers
        The share of the customers harmed at such a visit who were ever nudged at one.
    """

    added: Floats
    added_everywhere: float
    exposures: Ints
    harmed_nudged: Floats
    late_visits: float
    late_customers: float

    def share_of(self, oracle: "Figures", since: int = 0) -> float:
        """Give the share of what the oracle adds, from the month ``since`` on, the time after the year included."""
        return float(self.added[since:].sum() / oracle.added[since:].sum())


def figures(path: Path, nothing: Path, ground: Ground) -> Figures:
    """Work out the figures of a policy; ``nothing``: what happens without any."""
    added = path.chance * path.profit - nothing.chance * nothing.profit
    month, shown = ground.month(), path.took_place & (path.shown != NONE)
    nudged, harmed = ground.nudged(path), ground.harmed & path.took_place
    late = (np.cumsum(shown) > EXPOSURES) & harmed & (month < MONTHS)
    by_customer = np.unique(ground.customer[late])
    return Figures(
        added=_by_month(month, added * ~ground.holdout[ground.customer]),
        added_everywhere=float(added.sum()),
        exposures=_by_month(month, shown).astype(np.int64),
        harmed_nudged=_by_month(month, harmed & nudged) / np.maximum(_by_month(month, harmed), 1),
        late_visits=_share(int((late & nudged).sum()), int(late.sum())),
        late_customers=_share(len(np.unique(ground.customer[late & nudged])), len(by_customer)),
    )


def _by_month(month: Ints, each: Floats | Bools) -> Floats:
    return np.asarray(np.bincount(month, weights=each, minlength=MONTHS + 1), dtype=np.float64)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
