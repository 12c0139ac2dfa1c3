r"""The chances with which an arm that explores draws among actions and nothing.

Thompson sampling (Thompson, 1933; Russo and others, 2018, *A tutorial on Thompson sampling*) draws each action with the
chance that it is the best. The profit that an action adds is taken as normal, with the mean :math:`m_a` and the
standard deviation :math:`s_a` that belong to its interval, independent of the others; nothing adds 0. Then

.. math:: P(\text{nothing}) = \prod_b \Phi(-m_b / s_b) \qquad
          P(a) = \int_0^\infty \frac{1}{s_a} \phi\Big(\frac{x - m_a}{s_a}\Big)
                 \prod_{b \neq a} \Phi\Big(\frac{x - m_b}{s_b}\Big) dx

The chances are computed first, and the action is then drawn from them. So the logged propensity is that of the draw to
the last digit, however well the integral is computed.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy.special import ndtr

from data.arrays import Floats
from training.decisions.policy import Exploration
from training.decisions.profit import Profit

NOTHING: Final = ""
"""Stands for no action among the outcomes of a draw."""
FARTHEST: Final = 8.0
"""So many standard deviations from its mean, a normal distribution ends here."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
LEAST_SPREAD: Final = 1e-6
"""Of a mean, in its own size: a profit that is known exactly gets so little of a spread."""


def chances(exploration: Exploration, profits: Mapping[str, Profit], z: float) -> dict[str, float]:
    """Give the chance of each action and of `NOTHING`, which comes first; they add up to 1.

    ``z``: half the width of the profits' intervals, in standard deviations.
    """
    names = (NOTHING, *profits)
    if exploration.method == "uniform" or not profits:
        return dict.fromkeys(names, 1.0 / len(names))
    best = _best(*_normal(list(profits.values()), z))
    least = exploration.least_chance
    return dict(zip(names, (least + (1.0 - least * len(names)) * best).tolist(), strict=True))


def _normal(profits: Sequence[Profit], z: float) -> tuple[Floats, Floats]:
    """Means and standard deviations, shape (actions,) each."""
    found = np.array(profits, dtype=np.float64)
    mean, low, high = found.T
    return mean, np.maximum((high - low) / (2 * z), LEAST_SPREAD * (1.0 + np.abs(mean)))


def _best(mean: Floats, spread: Floats) -> Floats:
    """The chance that nothing is the best, and each action; shape (1 + actions,), adding up to 1."""
    nothing = float(ndtr(-mean / spread).prod())
    lowest = np.clip(-mean / spread, -FARTHEST, FARTHEST)  # where the action adds 0, in its own deviations
    half = (FARTHEST - lowest) / 2
    deviations = lowest[:, None] + half[:, None] * (1.0 + _NODES)  # shape (actions, nodes)
    at = mean[:, None] + spread[:, None] * deviations
    others = ndtr((at[:, None, :] - mean[None, :, None]) / spread[None, :, None])
    others[np.arange(len(mean)), np.arange(len(mean))] = 1.0
    best = (np.exp(-(deviations**2) / 2) * others.prod(axis=1)) @ _WEIGHTS * half
    total = float(best.sum())
    if not total > 0:  # nothing is the best, as far as numbers can tell
        return np.concatenate([[1.0], np.zeros(len(mean))])
    return np.concatenate([[nothing], best * ((1.0 - nothing) / total)])
