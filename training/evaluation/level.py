"""What the level was worth on the test lines: the same scores without it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from data.arrays import Floats
from training.evaluation import metrics
from training.evaluation.scored_lines import SHIFT


@dataclass(frozen=True)
class LevelMeasures:
    """The levels of the test lines, in log-odds, and the log-loss of the same scores ``without`` them."""

    first: float
    last: float
    least: float
    most: float
    log_loss_without: float


def measure_level(lines: pd.DataFrame) -> LevelMeasures | None:
    """Measure the levels in ``lines`` (`SHIFT`, ``probability``, ``label``), in the order of time; None without any."""
    shift = lines[SHIFT].to_numpy(dtype=np.float64) if SHIFT in lines else np.zeros(0)
    if not shift.any():
        return None
    without = unshifted(lines["probability"].to_numpy(dtype=np.float64), shift)
    loss = metrics.log_loss(lines["label"].to_numpy(dtype=np.float64), without)
    return LevelMeasures(float(shift[0]), float(shift[-1]), float(shift.min()), float(shift.max()), loss)


def unshifted(probability: Floats, shift: Floats) -> Floats:
    """The probabilities without their level; shape (n,) each."""
    return np.asarray(expit(logit(probability) - shift), dtype=np.float64)
