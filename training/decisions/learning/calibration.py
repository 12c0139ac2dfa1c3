"""Calibration of predicted effects: whether what an action adds is as large as predicted, where it is predicted large.

The slope is that of the best linear predictor of the effect by its prediction (Chernozhukov, Demirer, Duflo and
Fernández-Val, 2018, "Generic machine learning inference on heterogeneous treatment effects"): 1 where predictions are
calibrated, between 0 and 1 where they are too far apart, 0 where they tell nothing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Floats
from training.decisions.learning.value import Estimate, mean

GROUPS: Final = 5


@dataclass(frozen=True)
class Group:
    """Rows of similar predictions: the mean of these, and what the action really added."""

    predicted: float
    found: Estimate


@dataclass(frozen=True)
class EffectCalibration:
    """``found``: the mean effect, beside ``predicted``, the mean prediction; ``slope``, None for a constant one."""

    predicted: float
    found: Estimate
    slope: Estimate | None
    groups: tuple[Group, ...]


def calibration(predicted: Floats, scores: Floats, unit: np.ndarray) -> EffectCalibration:
    """Compare ``predicted`` effects (n,) with the doubly robust ``scores`` (n,) of the true ones."""
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, GROUPS) if len(part)]
    groups = tuple(Group(float(predicted[part].mean()), mean(scores[part], unit[part])) for part in parts)
    return EffectCalibration(float(predicted.mean()), mean(scores, unit), _slope(predicted, scores, unit), groups)


def _slope(predicted: Floats, scores: Floats, unit: np.ndarray) -> Estimate | None:
    """The slope of a regression with the error of clustered rows."""
    centred = predicted - predicted.mean()
    variance = float(centred @ centred) / len(predicted)
    if not variance > 0:
        return None
    slope = float(centred @ scores) / len(predicted) / variance
    residual = scores - scores.mean() - slope * centred
    found = mean(centred * residual / variance, unit)
    return Estimate(slope, found.error, found.units)
