"""Shapley values of any model, estimated: the features of a row enter a drawn line one by one, in drawn orders.

What a feature changes on its entry, averaged over lines and orders, is an unbiased estimate of its Shapley value
(Štrumbelj and Kononenko, 2014, "Explaining prediction models and individual predictions with feature contributions").
The features outside take values of the training rows, each drawn apart, so no drawn line is a line of a customer. Each
order also runs backwards, which lowers the variance. The draws are the same for all rows: so equal rows have equal
values, and the values of a row add up to its log-odds less the mean of the drawn lines', exactly.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from data.arrays import Floats
from training.model.matrix import Rows

PAIRS = 16
"""Pairs of orders. A row costs twice as many lines to score for each of its features."""
ROWS_AT_ONCE = 20_000
"""About so many lines are scored at once."""
SEED = 1


def drawn_lines(rows: Rows, pairs: int = PAIRS) -> Floats:
    """Draw a line for each pair of orders, each feature from a row of its own; shape (pairs, features)."""
    places = np.random.default_rng(SEED).integers(0, len(rows.x), (pairs, rows.x.shape[1]))
    return np.take_along_axis(rows.x, places, axis=0)


class SampledShapley:
    """`training.model.learners.learner.Contributions` of a model, estimated from `drawn_lines`.

    Parameters
    ----------
    margin
        The model: rows, shape (n, features), to log-odds, shape (n,).
    drawn
        As `drawn_lines` gives them: shape (pairs, features), float64, NaN where missing.
    """

    exact = False

    def __init__(self, margin: Callable[[Floats], Floats], drawn: Floats) -> None:
        self._margin, self._drawn = margin, np.repeat(drawn, 2, axis=0)
        rng = np.random.default_rng(SEED)
        orders = [rng.permutation(drawn.shape[1]) for _ in drawn]
        self._orders = np.array([each for order in orders for each in (order, order[::-1])])

    @cached_property
    def expected(self) -> float:
        """The mean log-odds of the drawn lines."""
        return float(self._margin(self._drawn).mean())

    def values(self, x: Floats) -> Floats:
        """Estimate the Shapley value of each feature of each row; shape (n, features), as ``x``."""
        found = np.zeros(x.shape)
        size = max(1, ROWS_AT_ONCE // (x.shape[1] + 1))
        for start in range(0, len(x), size):
            rows = slice(start, start + size)
            for order, line in zip(self._orders, self._drawn, strict=True):
                found[rows][:, order] += self._changes(x[rows], order, line)
        return found / len(self._orders)

    def _changes(self, x: Floats, order: np.ndarray, line: Floats) -> Floats:
        """What each feature changes as it enters ``line``, in the ``order`` of entry; shape (n, features)."""
        entered = np.tri(len(order) + 1, len(order), -1, dtype=bool)[:, np.argsort(order)]
        rows = np.where(entered, x[:, None, :], line)
        margin = self._margin(rows.reshape(-1, x.shape[1])).reshape(len(x), -1)
        return np.diff(margin, axis=1)
