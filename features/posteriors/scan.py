"""Scans all lines day by day: what the posteriors say of each, from the outcomes that were known when its day began."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from features.posteriors.log_odds import log_odds, of_known_products
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


@dataclass(frozen=True)
class Course:
    """How the scan goes: ``drift`` of the shop's level, squared log-odds a day; ``until``, the day that it ends at.

    ``members``: as `features.posteriors.log_odds.log_odds` takes them. ``about_product``: as `of_known_products` does.
    """

    drift: float
    until: int
    members: Floats
    about_product: Bools


def scan(asked: Asked, outcomes: Outcomes, posteriors: Posteriors, course: Course) -> Floats:
    """Score each row with what was known before its day; log-odds in parts by factor, shape (n, factors).

    They are NaN for rows of products of which no outcome was known (`of_known_products`).
    ``posteriors`` is moved to the start of the day ``course.until``, which is that of the last row or outcome or later.
    """
    found = np.empty((len(asked.day), course.members.shape[1]))
    rows = np.argsort(asked.day, kind="stable")
    known = np.lexsort((outcomes.place, outcomes.day))
    days = np.union1d(np.union1d(asked.day, outcomes.day), [course.until])
    row_ends = np.searchsorted(asked.day[rows], days, side="right")
    known_ends = np.searchsorted(outcomes.day[known], days, side="right")
    row, fact = 0, 0
    for number, day in enumerate(days):
        posteriors.drift(course.drift, int(day - days[number - 1]) if number else 0)
        learned = known[fact : known_ends[number]]
        of = outcomes.place[learned]
        posteriors.learn(asked.levels[of], asked.covariates[of], outcomes.returned[learned])
        here = rows[row : row_ends[number]]
        mean, variance = posteriors.of_levels(asked.levels[here])
        slopes = posteriors.slope, posteriors.covariance
        parts = log_odds(mean, variance.sum(axis=1), asked.covariates[here], slopes, course.members)
        found[here] = of_known_products(parts, posteriors.moved_of(asked.levels[here]), course.about_product)
        row, fact = row_ends[number], known_ends[number]
    return found
