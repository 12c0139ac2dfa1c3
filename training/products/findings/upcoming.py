"""Expected returns in the coming weeks, of orders whose window is still open."""

import numpy as np
from scipy.special import expit, logit

from data.arrays import Floats
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.figures import Group, Rates
from training.products.estimates.rates import EDGE, predictive_interval

_STEP = 1e-4


def open_probability(context: Context, group: Group, shift: Floats, days: float) -> Floats:
    """P(a line is returned within the next ``days`` days | the line is not back yet), shape (n,); 0 for settled lines.

    The probability is p (F' - F) / (1 - p F). p: the line's probability, moved by the ``shift`` of its group in
    log-odds. F: the share of returns known by now; F': the share known after ``days`` days.
    """
    lines = context.lines
    waiting = ~lines.closed & ~lines.returned & (group.codes >= 0)
    expected = np.clip(group.evidence.expected, EDGE, 1 - EDGE)
    p = expit(logit(expected) + np.where(group.codes >= 0, shift[group.codes], 0.0))
    later = context.delays.by(lines.as_of + days - lines.day, lines.window_days)
    later = np.where(lines.closes_day <= lines.as_of + days, 1.0, later)
    gain = p * np.maximum(later - context.visible, 0.0) / (1.0 - p * context.visible)
    return np.where(waiting, gain, 0.0)


def upcoming(context: Context, group: Group, found: Rates, days: float | None = None) -> dict[str, Floats]:
    """Predict the returns of each group in the next ``days`` days (None: the parameter upcoming_days), shape (count,).

    The interval includes the chance of each line and the uncertainty of the group's rate. NaN for groups without lines.

    Returns
    -------
    dict
        ``upcoming_returns`` and the bounds of its 80% and 95% intervals, in lines.
    """
    shift = figures.shift_of(found, group.count)
    ahead = context.params.upcoming_days if days is None else days
    q = open_probability(context, group, shift, ahead)
    mean, count = group.sums(q), group.sums(q > 0)
    luck = group.sums(q * (1.0 - q))
    # d(sum of q) / d(shift) by finite difference; the shift's variance by the delta method.
    moved = open_probability(context, group, shift + _STEP, ahead)
    slope = (group.sums(moved) - mean) / _STEP
    rate = np.clip(found.posterior.mean, EDGE, 1 - EDGE)
    of_shift = np.zeros(group.count)
    of_shift[found.places] = found.posterior.variance / (rate * (1.0 - rate)) ** 2
    variance = luck + slope**2 * of_shift
    out = {"upcoming_returns": mean}
    for level in (80, 95):
        low, high = predictive_interval(mean, variance, count, level / 100)
        out |= {f"upcoming_low{level}": low, f"upcoming_high{level}": high}
    lacks = np.setdiff1d(np.arange(group.count), found.places)
    for values in out.values():
        values[lacks] = np.nan
    return out
