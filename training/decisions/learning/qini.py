"""The Qini curve: how well predicted effects rank baskets by what an action really adds.

Where the share s of baskets with the highest predicted effects gets the action, Q(s) is what this adds, a basket of
all. A random ranking gives s Q(1). The coefficient is the area between the two (Radcliffe, 2007, "Using control groups
to target on predicted lift"), in minor units a basket. What an action adds to a row is its doubly robust score, so that
any logged propensities will do.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Floats
from training.decisions.learning.value import Estimate, mean

POINTS: Final = 21
"""Points of a curve, from 0 to 1."""


@dataclass(frozen=True)
class Qini:
    """The curve at ``share`` (points,): ``added`` in minor units a basket (points,), and its ``coefficient``."""

    share: Floats
    added: Floats
    coefficient: Estimate


def qini(predicted: Floats, scores: Floats, unit: np.ndarray) -> Qini:
    """Rank rows by ``predicted`` effects (n,), highest first, and add up their ``scores`` (n,) of the true ones.

    Rows of equal predictions share a rank, so a constant prediction has a coefficient of 0.
    """
    before = _share_before(predicted)
    share = np.linspace(0.0, 1.0, POINTS)
    order = np.argsort(-predicted, kind="stable")
    reached = np.concatenate([[0.0], np.cumsum(_tied_means(predicted[order], scores[order]))]) / len(scores)
    added = np.interp(share * len(scores), np.arange(len(scores) + 1), reached)
    return Qini(share, added, mean(scores * (0.5 - before), unit))


def _share_before(predicted: Floats) -> Floats:
    """The share of rows that are ranked before each row, half of its own rank's included; (n,)."""
    values, place, count = np.unique(-predicted, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2 if len(values) else np.zeros(0)
    return np.asarray(middle[place] / len(predicted), dtype=np.float64)


def _tied_means(predicted: Floats, scores: Floats) -> Floats:
    """The scores, in rows of equal predictions their mean."""
    _, place, count = np.unique(-predicted, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(place, scores) / count)[place], dtype=np.float64)
