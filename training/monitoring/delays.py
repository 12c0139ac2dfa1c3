"""Delays: how long a line looks open, by what becomes of it. Learned at a moment, from what was known by then.

A line that comes back is open until its return is known, and a line that is kept until its window closes. A line whose
outcome is never recorded looks open until its window closes. Delays drift with carriers and seasons: those of single
months tell how far the present month's may lie from those of the year.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints
from features.catalog import CANCELLED_AT
from training.model.split import DAY
from training.model.unsettled import RECENT, open_shares

COMPLETE = 0.999
"""Share of lines whose window has closed after so many days: orders of before are taken as complete. Of later orders,
those with a short window are the first to be closed, and their delays are no fair sample."""
MONTH_DAYS = 30
RENEWED_DAYS = 7
"""Where delays are asked for day by day, they are learned anew after so many."""
FEWEST_RETURNS = 30
"""A month with fewer returns tells nothing of its delays."""


@dataclass(frozen=True)
class Delays:
    """Days from order to known outcome, rising, of lines that came back and of lines that were kept.

    ``unrecorded``: the share of lines without a recorded outcome.
    """

    returned: Floats
    kept: Floats
    unrecorded: float

    def open(self, age: Floats) -> tuple[Floats, Floats]:
        """P(a line looks open at this ``age`` in days | it comes back), and the same given that it is kept."""
        shares = (open_shares(days, age) for days in (self.returned, self.kept))
        returned, kept = (self.unrecorded + (1 - self.unrecorded) * each for each in shares)
        return returned, kept


@dataclass(frozen=True)
class PastLines:
    """The closed lines that delays are learned from.

    ``days``: from order to known outcome, NaN where none was recorded; ``returned``: whether they came back;
    ``month``: the month of the order, as a number that rises. Each has the shape (n,). ``complete``: the time before
    which all orders are closed.
    """

    days: Floats
    returned: Bools
    month: Ints
    complete: pd.Timestamp

    @classmethod
    def at(cls, lines: pd.DataFrame, now: pd.Timestamp) -> "PastLines":
        """Take the lines of the last year that are complete at ``now`` (UTC).

        Parameters
        ----------
        lines
            The times of all lines, as `training.model.split.read_times` gives them. Nothing that became known at
            ``now`` or later is used.
        """
        if CANCELLED_AT in lines.columns:
            lines = lines[~(lines[CANCELLED_AT] < now)]
        ordered, closes = lines["ordered_at"], lines["closes_at"]
        year = (ordered >= now - RECENT - MONTH_DAYS * DAY) & (ordered < now)
        window = pd.Timedelta(days=float(np.quantile(days_of(closes - ordered)[year], COMPLETE))) if year.any() else DAY
        complete = now - window
        chosen = lines[year & (ordered < complete) & (closes < now)]
        known = (chosen["settled_at"] < now).to_numpy(dtype=bool)
        days = days_of(chosen["settled_at"] - chosen["ordered_at"])
        months = (days_of(complete - chosen["ordered_at"]) // MONTH_DAYS).astype(np.int64)
        returned = (chosen["label"] == 1).to_numpy(dtype=bool, na_value=False)
        return cls(np.where(known, days, np.nan), returned & known, -months, complete)

    def delays(self, chosen: Bools | slice = slice(None)) -> Delays:
        """The delays of all of them, or of the ``chosen`` ones."""
        days, returned = self.days[chosen], self.returned[chosen]
        known = ~np.isnan(days)
        unrecorded = float(1 - known.mean()) if len(days) else 0.0
        return Delays(np.sort(days[known & returned]), np.sort(days[known & ~returned]), unrecorded)

    def by_month(self, month: Ints) -> Iterator[Delays]:
        """The delays of each month, as ``month`` (shape (n,)) puts the lines; of those with enough returns."""
        for number in np.unique(month):
            chosen = month == number
            if (self.returned & chosen).sum() >= FEWEST_RETURNS:
                yield self.delays(chosen)


def daily_delays(lines: pd.DataFrame, start: pd.Timestamp, days: int) -> list[Delays]:
    """The delays as they were known on each of so many days from ``start`` on, learned anew each `RENEWED_DAYS`."""
    moments = (start + day * DAY for day in range(0, days, RENEWED_DAYS))
    renewed = [PastLines.at(lines, moment).delays() for moment in moments]
    return [renewed[day // RENEWED_DAYS] for day in range(days)]


def days_of(spans: pd.Series) -> Floats:
    """Lengths of time in days, NaN for none."""
    return np.asarray(spans.dt.total_seconds() / DAY.total_seconds(), dtype=np.float64)
