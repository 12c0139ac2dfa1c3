"""A score that errs as a trained model does, and knows by how much.

It sees the true log-odds through normal noise, and is then calibrated on the history: the score is the mean of the true
probability among lines that look the same, and its interval holds nine of ten of them. So it is right in the mean, its
spread is too small, and its intervals mean what they say. A served bundle would add the time of a training to each run,
and nothing that policies depend on.
"""

from typing import Final, NamedTuple

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated.draws import Draws

LEVEL: Final = 0.9
"""Of the intervals."""
_BINS = 200
_REASON_BLUR = 0.4


class Score(NamedTuple):
    """``reasons``: P(returned for the reason), float64 of shape (lines, causes); the others of shape (lines,)."""

    reasons: Floats
    probability: Floats
    low: Floats
    high: Floats


def score(reasons: Floats, index: Ints, history: Bools, draws: Draws, blur: float) -> Score:
    """Score lines with the true ``reasons``.

    Parameters
    ----------
    reasons
        P(returned for the reason), float64 of shape (lines, causes).
    index
        Of each line's draws.
    history
        The lines on which the score is calibrated.
    draws
        Of the shop.
    blur
        Standard deviation of the noise, in log-odds.
    """
    truth = reasons.sum(axis=1)
    looks = np.log(truth / (1 - truth)) + blur * draws.normal("score/noise", index)
    edges = np.quantile(looks[history], np.linspace(0, 1, _BINS + 1)[1:-1])
    place, known = np.searchsorted(edges, looks), np.searchsorted(edges, looks[history])
    mean, low, high = (np.array(each) for each in zip(*_calibration(known, truth[history]), strict=True))
    return Score(_split(reasons, mean[place], index, history, draws), mean[place], low[place], high[place])


def _calibration(place: Ints, truth: Floats) -> list[tuple[float, float, float]]:
    found = []
    for each in range(_BINS):
        inside = truth[place == each]
        low, high = np.quantile(inside, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        found.append((float(inside.mean()), float(low), float(high)))
    return found


def _split(reasons: Floats, probability: Floats, index: Ints, history: Bools, draws: Draws) -> Floats:
    """Split the probability among reasons, whose shares are seen through noise, right in the mean for each reason."""
    columns = range(reasons.shape[1])
    noise = np.column_stack([draws.normal(f"score/reason/{column}", index) for column in columns])
    weight = np.maximum(reasons, 1e-9) * np.exp(_REASON_BLUR * noise)
    for _ in range(3):
        found = probability[:, None] * weight / weight.sum(axis=1, keepdims=True)
        weight *= reasons[history].mean(axis=0) / found[history].mean(axis=0)
    return np.asarray(probability[:, None] * weight / weight.sum(axis=1, keepdims=True), dtype=np.float64)
