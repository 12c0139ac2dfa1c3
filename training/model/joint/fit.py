"""Learns from settled baskets how their lines hang together."""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.optimize import minimize

from data.arrays import Bools, Floats
from data.params import Section
from training.model.joint.baskets import Baskets
from training.model.joint.lines import Lines
from training.model.joint.model import Joint
from training.model.joint.states import Coupling

NONE = np.array([1.0, 0.0, 0.0, 0.0])
"""What the prior is around: lines have in common what the spread says, and products are not coupled."""
FIRST_STEP, PRECISION, EVALUATIONS = 0.1, 0.01, 120
"""Of the search (Nelder and Mead, 1965): its first step, where it stops, and evaluations at most."""
LEAST_SCALE, MOST_SCALE = 0.0, 3.0
"""Bounds of the scale, in multiples of the spread's standard deviation."""


class JointParams(Section):
    """The section ``joint`` of params.yaml."""

    baskets: Annotated[int, Field(ge=1, le=1_000_000)]
    prior_deviation: Annotated[float, Field(gt=0, le=10)]


def fit_joint(lines: Lines, keys: pd.DataFrame, params: JointParams) -> Joint:
    """Fit the model to lines that the score has not learned from.

    Parameters
    ----------
    lines
        n lines with a known outcome, in the order of time.
    keys
        ``order_id``, ``product_id`` and ``label`` of each.
    params
        At most ``baskets`` of the latest baskets of several lines are read; each of the four numbers has a normal prior
        with the standard deviation ``prior_deviation``, in log-odds.
    """
    chosen = _latest(keys, params.baskets)
    baskets = Baskets.of(lines.take(chosen), keys[chosen])
    if not baskets.blocks:
        return _joint(NONE)

    def loss(x: Floats) -> float:
        joint = _joint(x)
        prior = (((x - NONE) / params.prior_deviation) ** 2).sum() / 2
        return float(prior - baskets.log_likelihoods(joint.scale, joint.coupling).sum())

    start = np.vstack([NONE, NONE + FIRST_STEP * np.eye(len(NONE))])
    options = {"initial_simplex": start, "xatol": PRECISION, "fatol": PRECISION, "maxfev": EVALUATIONS}
    return _joint(minimize(loss, NONE, method="Nelder-Mead", options=options).x)


def _joint(x: Floats) -> Joint:
    scale, sizes, same, one_kept = x.tolist()
    return Joint(min(max(scale, LEAST_SCALE), MOST_SCALE), Coupling(sizes, same, one_kept))


def _latest(keys: pd.DataFrame, baskets: int) -> Bools:
    """Choose the lines of the latest baskets of several lines: bool of shape (n,)."""
    several = keys["order_id"].duplicated(keep=False)
    latest = keys["order_id"][several].drop_duplicates(keep="last").tail(baskets)
    return np.asarray(several & keys["order_id"].isin(latest))
