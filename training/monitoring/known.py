"""What was known at a moment of scored lines, and of the delays with which outcomes become known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from data.arrays import Bools
from features.catalog import CANCELLED_AT
from training.model.level.known import MICROSECOND
from training.model.unsettled import OpenLines
from training.monitoring.delays import MONTH_DAYS, Delays, PastLines, days_of
from training.monitoring.estimate import Drift
from training.monitoring.recalibration import WatchedLines
from training.monitoring.tilt import Tilt, find_tilt

SEED = 0
"""Of the parts drawn by chance that months are held against."""


@dataclass(frozen=True)
class Known:
    """``frame``: the lines that have an outcome by now or to come, a row each; ``lines``: the same, as watched.

    ``delays``: of the last year, and their ``drift``.
    """

    frame: pd.DataFrame
    lines: WatchedLines
    delays: Delays
    drift: Drift


def known_at(scored: pd.DataFrame, times: pd.DataFrame, now: pd.Timestamp) -> Known:
    """Find what was known before ``now`` (UTC). Nothing that happened at or after it changes the answer.

    Lines that were cancelled by then, and closed ones whose outcome was never recorded, are left out.

    Parameters
    ----------
    scored
        ``probability``, ``order_id``, ``ordered_at``, ``closes_at``, ``settled_at`` and ``label`` of lines, and
        ``cancelled_at`` where the source records cancellations.
    times
        The times of all lines of the shop, as `training.model.split.read_times` gives them.
    """
    past = PastLines.at(times, now)
    delays = past.delays()
    ordered, settled = scored["ordered_at"], (scored["settled_at"] < now).to_numpy(dtype=bool)
    waits = ~settled & (scored["closes_at"] >= now).to_numpy(dtype=bool) & ~_cancelled(scored, now)
    chosen = (ordered < now).to_numpy(dtype=bool) & (settled | waits)
    frame = scored[chosen].reset_index(drop=True)
    places = np.flatnonzero(waits[chosen])
    age = days_of(now - frame["ordered_at"])
    # A return within an open window is known, and has no label yet: only a closed line is known to be kept.
    kept = (frame["label"] == 0).to_numpy(dtype=bool, na_value=False)
    y = (settled[chosen] & ~kept).astype(np.float64)
    margin = logit(frame["probability"].to_numpy(dtype=np.float64))
    cluster = pd.factorize(frame["order_id"])[0].astype(np.int64)
    tilt = _tilt(scored, now, past.complete)
    shares = tilt.of(delays.open(age[places]), margin[places])
    lines = WatchedLines(margin, y, OpenLines(places, *shares), age, cluster, tilt)
    return Known(frame, lines, delays, _drift(past))


def _tilt(scored: pd.DataFrame, now: pd.Timestamp, complete: pd.Timestamp) -> Tilt:
    """The tilt of delays as the scored lines tell it whose windows have closed."""
    ordered, settled = scored["ordered_at"], scored["settled_at"]
    told = scored[(ordered < complete) & (scored["closes_at"] < now) & (settled < now)]
    return find_tilt(
        days_of(told["settled_at"] - told["ordered_at"]),
        (told["label"] == 1).to_numpy(dtype=bool, na_value=False),
        logit(told["probability"].to_numpy(dtype=np.float64)),
        (days_of(complete - told["ordered_at"]) // MONTH_DAYS).astype(np.int64),
    )


def latest_moment(times: pd.DataFrame) -> pd.Timestamp:
    """The moment after the latest fact of ``times`` (``ordered_at``, ``settled_at``)."""
    latest: pd.Timestamp = times[["ordered_at", "settled_at"]].max().max()
    return latest + MICROSECOND


def _drift(past: PastLines) -> Drift:
    drawn = np.random.default_rng(SEED).permutation(past.month)
    return Drift(list(past.by_month(past.month)), list(past.by_month(drawn)))


def _cancelled(lines: pd.DataFrame, now: pd.Timestamp) -> Bools:
    if CANCELLED_AT not in lines.columns:
        return np.zeros(len(lines), dtype=np.bool_)
    return (lines[CANCELLED_AT] < now).to_numpy(dtype=bool)
