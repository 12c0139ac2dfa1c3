"""The decisions of two arms, as an experiment of their own."""

import numpy as np
import pandas as pd

from data.arrays import Floats, Ints
from data.logged.decisions import HOLDOUT, POLICY
from training.decisions.experiment.log import FITS
from training.decisions.experiment.visits import days_since


def beside_holdout(visited: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Keep the units of ``arm`` and of the holdout, by the arm of their first decision.

    ``chosen`` is what the policy chose. For another arm it is the arm's name where the arm reached the basket: the
    holdout's log has not what would have been chosen there, but whether anything could have been. Up to a unit's first
    such basket, it was shown nothing in either arm.

    Parameters
    ----------
    visited
        As `training.decisions.experiment.visits.visits_of` gives it, of all arms.

    Returns
    -------
    pandas.DataFrame
        The same columns, the visits numbered anew.
    """
    own = _of(visited, arm, HOLDOUT)
    return own if arm == POLICY else _chosen(own, arm, own["reached"].map(lambda arms: arm in arms))


def beside_policy(visited: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Keep the units of ``arm`` and of the policy's arm, by the arm of their first decision.

    ``chosen`` is the arm's name where an action of any arm fitted the basket. What one of the two would have chosen in
    the place of the other is in no log. Up to a unit's first such basket, neither could have shown it anything.

    Parameters
    ----------
    visited
        As of `beside_holdout`.

    Returns
    -------
    pandas.DataFrame
        The same columns, the visits numbered anew.
    """
    own = _of(visited, arm, POLICY)
    return _chosen(own, arm, own[FITS])


def _of(visited: pd.DataFrame, *arms: str) -> pd.DataFrame:
    own = visited[first_arm(visited).isin(arms)]
    return own.assign(visit=pd.factorize(own["visit"])[0])


def _chosen(own: pd.DataFrame, arm: str, where: "pd.Series[bool]") -> pd.DataFrame:
    return own.assign(chosen=pd.Series(arm, own.index, dtype=object).where(where, None))


def first_arm(visited: pd.DataFrame) -> "pd.Series[str]":
    """The arm of the unit's first decision, for each row: a unit counts there, whatever came later."""
    return visited.groupby("unit")["arm"].transform("first")


def units_by_day(visited: pd.DataFrame, arms: list[str], start: int, days: Floats) -> Ints:
    """Count the units of each arm that had come by the end of each day; shape (days, arms).

    ``start``: when day 0 begins, in microseconds since 1970.
    """
    firsts = visited.drop_duplicates("unit")
    came = {arm: np.sort(days_since(start, own["began_at"])) for arm, own in firsts.groupby("arm")}
    counts = [np.searchsorted(came.get(arm, np.zeros(0)), days, side="right") for arm in arms]
    return np.stack(counts, axis=1).astype(np.int64)
