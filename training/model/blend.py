"""The margin of the score: that of the trees and that of the linear part, averaged in log-odds."""

import lightgbm as lgb

from data.arrays import Floats
from training.model.booster import margins
from training.model.linear.model import Linear


def blended(booster: lgb.Booster, linear: Linear | None, x: Floats, threads: int = 0) -> Floats:
    """The margin of each row of ``x`` (n, features) before calibration, in log-odds; shape (n,), float64.

    Without a ``linear`` part it is the booster's own.
    """
    of_trees = margins(booster, x, threads)
    if linear is None:
        return of_trees
    return (1 - linear.share) * of_trees + linear.share * linear.margin(x)
