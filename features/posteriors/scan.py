"""Scans all lines day by day: what the posteriors say of each, from the outcomes that were known when its day began."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from features.posteriors.state import Posteriors


@dataclass(frozen=True)
class Asked:
    """Rows to score: the ``day`` of their order, shape (n,); ``levels`` and ``covariates`` as `Posteriors` takes."""

    day: Ints
    levels: Ints
    covariates: Floats


@dataclass(frozen=True)
class Outcomes:
    """What became of some rows: their ``place`` among them, shape (m,), and ``returned``, 1 or 0.

    ``day``: the first day that may know the outcome, the one after it became known.
    """

    place: Ints
    day: Ints
    returned: Floats


def scan(asked: Asked, outcomes: Outcomes, posteriors: Posteriors, drift: float) -> Floats:
    """Score each row with what was known before its day; shape (n,), log-odds.

    They are the log-odds of the mean probability (MacKay, 1992), so they are the closer to 0 the less is known.
    ``posteriors`` is moved to the last day. ``drift``: how far the level of the shop wanders, squared log-odds a day.
    """
    found = np.empty(len(asked.day))
    rows = np.argsort(asked.day, kind="stable")
    known = np.lexsort((outcomes.place, outcomes.day))
    days = np.union1d(asked.day, outcomes.day)
    row_ends = np.searchsorted(asked.day[rows], days, side="right")
    known_ends = np.searchsorted(outcomes.day[known], days, side="right")
    row, fact = 0, 0
    for number, day in enumerate(days):
        posteriors.drift(drift, int(day - days[number - 1]) if number else 0)
        learned = known[fact : known_ends[number]]
        of = outcomes.place[learned]
        posteriors.learn(asked.levels[of], asked.covariates[of], outcomes.returned[learned])
        here = rows[row : row_ends[number]]
        mean, variance = posteriors.log_odds(asked.levels[here], asked.covariates[here])
        found[here] = mean / np.sqrt(1 + np.pi / 8 * variance)
        row, fact = row_ends[number], known_ends[number]
    return found
