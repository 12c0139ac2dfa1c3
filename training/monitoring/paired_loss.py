"""Which of two models that scored the same orders has the lower log-loss: evidence that may be looked at every day.

With X_k the difference of an order's losses that speaks for a claim, c_k > 0 the most that it could have spoken against
it (known from the two scores, before the outcome), and a bet b with b·c_k < 1, Fan, Grama and Liu (2015) give
exp(b·X - ψ(b·c)·X²/c²) <= 1 + b·X, ψ(x) = -log(1 - x) - x. So while the claim is false, that is, while the mean of the
X_k that were to be expected is at most 0, the product over orders is an e-process: the chance that it ever reaches
1/alpha is at most alpha, at whichever looks, and however orders depend on each other (Howard et al. 2021; Choe and
Ramdas 2023). The sum does not depend on the order in which outcomes come. Products of several bets are averaged.

An order is the unit, as its lines come back together. One that could speak with more than `MOST` nats counts in part.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints

MOST = 1.0
"""Nats that an order can speak with, at most."""
WIDEST = 0.1
"""The largest mean difference that is claimed, in nats a line: bounds of intervals lie within it."""
BETS = tuple(0.9 / MOST * 1.6**-step for step in range(10))
"""Of 0.9 to 0.013. Half a nat is best where one model is right and the other one off by chance."""
LEAST_SHARE = 1e-6
"""A score nearer to 0 or 1 has the loss of this one."""
HALVINGS = 17


@dataclass(frozen=True)
class PairedOrders:
    """n orders that two models scored, all lines of known outcome; float64 of shape (n,).

    ``difference``: the challenger's log-loss less the champion's, in nats, summed over the order's ``lines``.
    ``lowest``, ``highest``: the least and the most that it could have been, whatever came back.
    """

    difference: Floats
    lowest: Floats
    highest: Floats
    lines: Floats

    @classmethod
    def of(cls, champion: Floats, challenger: Floats, label: Floats, order: Ints) -> "PairedOrders":
        """Sum lines by order.

        Parameters
        ----------
        champion, challenger
            The probability of a return that each model gave, of shape (lines,).
        label
            1 returned, 0 kept.
        order
            The order of each line: codes from 0 without a gap.
        """
        p, q = (np.clip(each, LEAST_SHARE, 1 - LEAST_SHARE) for each in (champion, challenger))
        returned, kept = np.log(p / q), np.log((1 - p) / (1 - q))
        columns = (
            np.where(label == 1, returned, kept),
            np.minimum(returned, kept),
            np.maximum(returned, kept),
            np.ones(len(p)),
        )
        return cls(*(np.bincount(order, each).astype(np.float64) for each in columns))

    @property
    def weight(self) -> Floats:
        """How much each order counts, above 0 to 1."""
        widest: Floats = np.maximum(self.highest, -self.lowest) + WIDEST * self.lines
        return np.minimum(1.0, MOST / np.maximum(widest, MOST))

    @property
    def mean(self) -> float:
        """The mean difference in nats a line, as orders count."""
        return float(self.weight @ self.difference / (self.weight @ self.lines))

    def turned(self) -> "PairedOrders":
        """The same with the two models in each other's place."""
        return PairedOrders(-self.difference, -self.highest, -self.lowest, self.lines)


def log_evidence_below(orders: PairedOrders, bound: float) -> Floats:
    """Give the evidence that the mean difference lies below ``bound``, after each order: log e-values of shape (n,).

    ``bound``: nats a line, from -`WIDEST` to `WIDEST`.
    """
    weight = orders.weight
    for_it = weight * (bound * orders.lines - orders.difference)
    against = np.maximum(weight * (orders.highest - bound * orders.lines), 1e-9)
    logs = [np.cumsum(bet * for_it - _psi(bet * against) / against**2 * for_it**2) for bet in BETS]
    return np.asarray(np.logaddexp.reduce(logs, axis=0) - np.log(len(BETS)))


def log_evidence_above(orders: PairedOrders, bound: float) -> Floats:
    """Give the evidence that the mean difference lies above ``bound``: as `log_evidence_below`."""
    return log_evidence_below(orders.turned(), -bound)


def interval(orders: PairedOrders, alpha: float) -> tuple[float, float]:
    """Find the bounds of the mean difference that hold at all looks together, with probability 1 - ``alpha``.

    A bound that is not found within `WIDEST` is that end.
    """
    return -_upper(orders.turned(), alpha / 2), _upper(orders, alpha / 2)


def _upper(orders: PairedOrders, alpha: float) -> float:
    """The least bound below which the mean difference lies, by halving."""
    enough = -np.log(alpha)

    def is_below(bound: float) -> bool:
        return bool(len(orders.lines)) and log_evidence_below(orders, bound)[-1] >= enough

    low, high = -WIDEST, WIDEST
    if not is_below(high):
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_below(middle) else (middle, high)
    return high


def _psi(x: Floats) -> Floats:
    return np.where(x < 1e-4, x**2 / 2 + x**3 / 3, -np.log1p(-x) - x)
