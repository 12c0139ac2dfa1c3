"""Calibration: from the booster's margin to a probability, and how uncertain this step is.

The probability is a logistic function of the margin (Platt, 1999). A prior draws its slope towards 1, which counts
where the calibration lines are few. The function increases, so the ranking stays. Its log-odds are linear in the
margin, so the explanations stay exact. The bounds are the pair of probabilities of Venn-Abers prediction (Vovk, Petej
and Fedorova, 2015): two isotonic fits of the calibration lines, with the scored line added once as kept and once as
returned. They bound the error of the calibration, a mean over many lines; `training.model.spread` has the interval of
one line.
"""

import warnings
from dataclasses import dataclass, replace
from threading import Lock
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.optimize import minimize
from scipy.special import expit, logit
from venn_abers import VennAbers

from data.arrays import Floats
from data.params import NoChoice, Section

_ONE_AT_A_TIME: Final = Lock()


class CalibrationParams(Section):
    """The section ``calibration`` of params.yaml."""

    prior_lines: Annotated[float, Field(ge=0)]
    level_carried: Annotated[float, Field(ge=0, le=1)]
    interval_digits: Annotated[int, Field(ge=2, le=6), NoChoice("no probability depends on it")]


@dataclass(frozen=True)
class Calibrator:
    """A fitted calibration as plain numbers.

    ``steps`` are the ascending probabilities at which the interval changes, shape (k,). ``low`` and ``high`` are the
    bounds of the interval below the first step, between the steps, and above the last, shape (k + 1,).
    """

    slope: float
    intercept: float
    steps: Floats
    low: Floats
    high: Floats

    def probability(self, margin: Floats) -> Floats:
        """The calibrated probability of each margin; shape (n,)."""
        return np.asarray(expit(self.log_odds(margin)), dtype=np.float64)

    def log_odds(self, margin: Floats) -> Floats:
        """The log-odds of the calibrated probability of each margin; shape (n,)."""
        return self.slope * margin + self.intercept

    def interval(self, probability: Floats) -> tuple[Floats, Floats]:
        """The bounds of the interval, widened to include each calibrated probability; shape (n,) each."""
        place = np.searchsorted(self.steps, probability, side="right")
        return np.minimum(self.low[place], probability), np.maximum(self.high[place], probability)


def fit_calibrator(margin: Floats, y: npt.NDArray[np.int8], params: CalibrationParams) -> Calibrator:
    """Fit on calibration lines, which the booster has not seen: margins and outcomes, shape (n,) each."""
    slope, intercept = _fit_line(margin, y, params.prior_lines)
    probability = np.round(expit(slope * margin + intercept), params.interval_digits)
    steps, low, high = _venn_abers(probability, y)
    return Calibrator(slope, intercept, steps, low, high)


def carry_over(calibrator: Calibrator, params: CalibrationParams) -> Calibrator:
    """The calibrator for a booster that was fitted again on lines that include the calibration lines.

    The slope stays. The intercept keeps the share ``level_carried``, and the interval moves by the same log-odds: the
    first booster missed the level of the calibration lines in part because its lines were older, and the second booster
    has learned from the newer ones.
    docs/explanation/tried-and-dropped.md has the figures.
    """
    shift = calibrator.intercept * (1 - params.level_carried)
    moved = {name: expit(logit(getattr(calibrator, name)) - shift) for name in ("steps", "low", "high")}
    return replace(calibrator, intercept=calibrator.intercept - shift, **moved)


def _fit_line(margin: Floats, y: npt.NDArray[np.int8], prior_lines: float) -> tuple[float, float]:
    """Slope and intercept of least log-loss, with a normal prior around slope 1 that weighs as ``prior_lines`` lines.

    The Fisher information of a line on the slope is p(1-p)m², for probability p and margin m. A line of the prior
    weighs 1/4, as a line with p = 1/2 and m = 1 does.
    """
    sign = 2.0 * y - 1.0

    def loss(line: Floats) -> tuple[float, Floats]:
        score = line[0] * margin + line[1]
        pull = -sign * expit(-sign * score)
        value = np.logaddexp(0, -sign * score).sum() + prior_lines / 8 * (line[0] - 1) ** 2
        return float(value), np.array([pull @ margin + prior_lines / 4 * (line[0] - 1), pull.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS")
    return float(found.x[0]), float(found.x[1])


@np.errstate(divide="ignore", invalid="ignore")
def _venn_abers(probability: Floats, y: npt.NDArray[np.int8]) -> tuple[Floats, Floats, Floats]:
    fitted = VennAbers()
    # At the last step, the package takes a minimum of no slopes, and NumPy warns. To ignore it holds for all threads.
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)
        fitted.fit(np.column_stack([1 - probability, probability]), y.astype(np.float64))
    steps = np.unique(probability)
    middle = np.concatenate([[0.0], (steps[:-1] + steps[1:]) / 2, [1.0]])
    _, pair = fitted.predict_proba(np.column_stack([1 - middle, middle]))
    return steps, np.asarray(pair[:, 0], dtype=np.float64), np.asarray(pair[:, 1], dtype=np.float64)
