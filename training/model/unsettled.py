"""Lines ordered shortly before the test: what is known of them by then, and what it says that a line is still open.

The outcome of such a line is censored: it may come back yet. Where p is the probability that the line comes back, an
open line has the likelihood p·r + (1 - p)·k. Here r is the probability that a line which comes back is still open at
this age, and k that of a line which is kept (survival functions of the two delays; Farewell, 1982, has this mixture).
A line whose outcome is known has the likelihood p or 1 - p, as any other. Both are needed: of young lines, those with
a known outcome are no fair sample.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.arrays import Bools, Floats, Ints
from features.catalog import CANCELLED_AT
from training.model.split import DAY, Split

RECENT = 365 * DAY
"""Delays change with carriers and windows: they are learned from orders of the last year before the test."""
LEAST = 1e-3
"""Least probability that a line is still open: of few lines, none may have taken as long as another will."""


@dataclass(frozen=True)
class OpenLines:
    """Some open lines of `training.model.matrix.Rows`.

    ``places``: the rows, ascending; int64, shape (m,). ``returned`` and ``kept``: P(still open at this age | the line
    comes back) and P(still open | it is kept), above 0; shape (m,).
    """

    places: Ints
    returned: Floats
    kept: Floats

    def chance(self, probability: Floats) -> Floats:
        """P(the line comes back | it is open), from the ``probability`` that it comes back; shape (m,) each."""
        comes_back = probability * self.returned
        return comes_back / (comes_back + (1 - probability) * self.kept)


@dataclass(frozen=True)
class RecentLines:
    """Lines ordered after the training lines and before the test, as known when the test begins.

    ``chosen`` marks them among all lines of the matrix, shape (lines of the matrix,), bool. ``y``: 1 where the line is
    known to have come back, else 0; int8, shape (n,). ``open``: those of the n lines that are open.
    """

    chosen: Bools
    y: npt.NDArray[np.int8]
    open: OpenLines

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.y)


_NONE = np.zeros(0)
NO_LINES = RecentLines(_NONE.astype(bool), _NONE.astype(np.int8), OpenLines(_NONE.astype(np.int64), _NONE, _NONE))


def recent_lines(times: pd.DataFrame, split: Split) -> RecentLines:
    """Find the lines ordered between the training lines and the test that say something about returns.

    The delays are learned from the training lines of the last year. Where every one of their returns is known at the
    close alone, the source has no times of returns: then no line is found. An open line says nothing where returned and
    kept lines of its age are equally often open. Such lines are left out, as are those without an outcome: cancelled by
    then, or never recorded. A line that is cancelled later was open as any other.

    Parameters
    ----------
    times
        ``ordered_at``, ``closes_at``, ``settled_at`` and ``label`` of every line of the matrix, in its order, and
        ``cancelled_at`` where the source records cancellations. Of what settled or was cancelled after
        ``split.test_from``, nothing but that it did so later is used.
    """
    learned = times[_learned(times, split)]
    if not _known_before_close(learned):
        return NO_LINES
    now = split.test_from
    ordered, settled = times["ordered_at"], times["settled_at"]
    inside = (ordered >= split.train.until) & (ordered < now)
    recent = (inside & (times["label"].notna() | _cancelled_after(times, now))).to_numpy(dtype=bool)
    age = _days(now - ordered[recent])
    still_open = ~(settled[recent] <= now).to_numpy(dtype=bool)
    returned, kept = (open_shares(delays, age) for delays in _delays(learned))
    telling = ~still_open | (returned != kept)
    chosen = np.flatnonzero(recent)[telling]
    places = np.flatnonzero(still_open[telling])
    y = times["label"].to_numpy(dtype=np.float64, na_value=0)[chosen]
    y[places] = 0
    mask = np.zeros(len(times), dtype=bool)
    mask[chosen] = True
    said = telling & still_open
    return RecentLines(mask, y.astype(np.int8), OpenLines(places.astype(np.int64), returned[said], kept[said]))


def _cancelled_after(times: pd.DataFrame, now: pd.Timestamp) -> "pd.Series[bool]":
    """Mark the lines that had an outcome to come at ``now``, and were cancelled later."""
    if CANCELLED_AT not in times.columns:
        return pd.Series(data=False, index=times.index)
    return times[CANCELLED_AT] > now


def _learned(times: pd.DataFrame, split: Split) -> Bools:
    """Mark the training lines of the last year before the test; shape (lines of the matrix,), bool.

    The training lines end where outcomes have had the time to become known, so no long delay is cut off.
    """
    return split.train.holds(times) & (times["ordered_at"] >= split.test_from - RECENT).to_numpy(dtype=bool)


def _known_before_close(lines: pd.DataFrame) -> bool:
    """Whether any return of ``lines`` was known before the line's return window closed."""
    return bool(((lines["label"] == 1) & (lines["settled_at"] < lines["closes_at"])).any())


def _delays(lines: pd.DataFrame) -> tuple[Floats, Floats]:
    """Days from order to known outcome, of returned and of kept ``lines``; rising."""
    days = _days(lines["settled_at"] - lines["ordered_at"])
    returned = (lines["label"] == 1).to_numpy(dtype=bool)
    return np.sort(days[returned]), np.sort(days[~returned])


def open_shares(delays: Floats, age: Floats) -> Floats:
    """The share of ``delays`` (rising) above each ``age``, at least `LEAST`; 1 where there are no delays."""
    if not len(delays):
        return np.ones(len(age))
    above = len(delays) - np.searchsorted(delays, age, side="right")
    return np.maximum(above / len(delays), LEAST)


def _days(spans: pd.Series) -> Floats:
    return np.asarray(spans.dt.total_seconds() / DAY.total_seconds(), dtype=np.float64)
