"""The level that fits what is known of the latest lines: of greatest posterior density, within a bound.

The log-odds of every line are shifted by the same number. Settled lines have the likelihood p or 1 - p, open ones that
of `training.model.unsettled`; the prior is normal around 0. The bound grows with the time since training.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.optimize import brentq
from scipy.special import expit

from data.params import NoChoice, Section
from training.model.level.known import KnownLines, LinesSince
from training.model.split import DAY

MONTH = 30 * DAY
TOLERANCE = 1e-9
"""Within so much the order of lines makes no difference to the level."""


class LevelParams(Section):
    """The section ``level`` of params.yaml."""

    deviation: Annotated[float, Field(ge=0, le=1)]
    days: Annotated[int, Field(ge=1, le=3650)]
    most_a_month: Annotated[float, Field(gt=0, le=5)]
    max_age_days: Annotated[float, Field(gt=0, le=365), NoChoice("it guards the service, and no fold reads it")]


@dataclass(frozen=True)
class Level:
    """A level: the ``shift`` of all log-odds, from what was known before ``as_of`` (UTC).

    ``lines``: the lines that it is from; ``settled``: those of them whose outcome was known.
    ``bounded``: whether the bound cut the shift off.
    """

    shift: float
    as_of: pd.Timestamp
    lines: int
    settled: int
    bounded: bool


def find_level(lines: LinesSince, learned_until: pd.Timestamp, as_of: pd.Timestamp, params: LevelParams) -> Level:
    """Find the level at ``as_of``, of a model that learned from lines ordered before ``learned_until``."""
    known = lines.known_before(as_of, since(learned_until, as_of, params))
    if not params.deviation or not len(known.y):
        return Level(0.0, as_of, len(known.y), known.settled, bounded=False)
    bound = params.most_a_month * ((as_of - learned_until) / MONTH)
    shift, bounded = _mode(known, params.deviation, bound)
    return Level(shift, as_of, len(known.y), known.settled, bounded)


def since(learned_until: pd.Timestamp, as_of: pd.Timestamp, params: LevelParams) -> pd.Timestamp:
    """The time from which on ordered lines count for the level at ``as_of``: no line that the model learned from."""
    return max(learned_until, as_of - params.days * DAY)


def _mode(known: KnownLines, deviation: float, bound: float) -> tuple[float, bool]:
    """The shift at which the slope of the log posterior is 0, and whether it lies beyond the ``bound``.

    With the chance of an open line (`OpenLines.chance`) as its outcome, the slope is the sum of outcome - p, less what
    the prior pulls back (the gradient of EM, Fisher's identity).
    """
    places, outcome = known.open.places, known.y.astype(np.float64)

    def slope(shift: float) -> float:
        p = expit(known.margin + shift)
        outcome[places] = known.open.chance(p[places])
        return float((outcome - p).sum() - shift / deviation**2)

    if slope(bound) >= 0:
        return bound, True
    if slope(-bound) <= 0:
        return -bound, True
    return float(brentq(slope, -bound, bound, xtol=TOLERANCE)), False
