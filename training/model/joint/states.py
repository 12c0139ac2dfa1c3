"""The states of a block, the lines of one product in a basket: which of its lines come back, and how likely each is.

Given the deviation b of the basket, a standard normal number that all its lines share, a block of m lines is in the
state y, one 0 (kept) or 1 (returned) for each line, with a probability proportional to

    exp( Σ (θ_i + reach_i b) y_i + Σ coupling_ij s_i s_j + one_kept · [sizes differ and exactly one line is kept] )

for the spins s = 2y - 1 (an Ising model, Besag, JRSS B 36, 1974). Blocks are independent given b. The θ are chosen so
that the probability of each line, averaged over b, is that of its score: the potential is as given, and the margins are
kept (Deming and Stephan, Annals of Mathematical Statistics 11, 1940).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit

from data.arrays import Bools, Floats, Ints

NODES, WEIGHTS = (np.asarray(part) for part in np.polynomial.hermite_e.hermegauss(7))
"""Nodes of the standard normal b, and their weights (Gauss and Hermite); float64 of shape (nodes,) each."""
WEIGHTS = WEIGHTS / WEIGHTS.sum()

MOST_LINES = 8
"""Lines of one block at most: it has 2^m states. Further lines of a product form a block of their own."""
LEAST = 1e-4
"""Probabilities are kept so far from 0 and 1."""
STEPS, LONGEST = 30, 2.0
"""Newton steps at most, and the longest of them in log-odds."""
EXACT = 1e-6
"""The probability of a line is kept to so much."""


@dataclass(frozen=True)
class Shape:
    """The states of a block of m lines, of which there are 2^m.

    ``states``: 0 or 1, float64 of shape (2^m, m). ``products``: of each state the products of any two of its lines'
    values, (2^m, m²). ``pairs``: s_i s_j of each pair of lines i < j, (2^m, pairs), whose lines are ``first`` and
    ``second``. ``one_kept``: 1 where exactly one of several lines is kept, (2^m,). ``returned``: the number of lines
    that come back, int64 of shape (2^m,).
    """

    states: Floats
    products: Floats
    pairs: Floats
    first: Ints
    second: Ints
    one_kept: Floats
    returned: Ints

    @classmethod
    @cache
    def of(cls, m: int) -> "Shape":
        """The shape of a block of ``m`` lines, 1 to `MOST_LINES`."""
        states = ((np.arange(2**m)[:, None] >> np.arange(m)) & 1).astype(np.float64)
        first, second = np.triu_indices(m, k=1)
        spins = 2 * states - 1
        returned = states.sum(axis=1).astype(np.int64)
        return cls(
            states=states,
            products=(states[:, :, None] * states[:, None, :]).reshape(2**m, m * m),
            pairs=spins[:, first] * spins[:, second],
            first=first,
            second=second,
            one_kept=((m - returned == 1) & (m > 1)).astype(np.float64),
            returned=returned,
        )


@dataclass(frozen=True)
class Coupling:
    """How the lines of a block hang together, in log-odds.

    ``sizes``: between two lines of different sizes. ``same``: between two lines of one size. ``one_kept``: of exactly
    one line kept, where sizes differ.
    """

    sizes: float
    same: float
    one_kept: float

    def potential(self, shape: Shape, differ: Bools) -> Floats:
        """The potential of each state, shape (blocks, 2^m); ``differ``: pairs of different sizes, (blocks, pairs)."""
        couplings = np.where(differ, self.sizes, self.same)
        several = np.asarray(differ.any(axis=1))
        return np.asarray(couplings @ shape.pairs.T + self.one_kept * np.outer(several, shape.one_kept))


def conditional(shape: Shape, probability: Floats, reach: Floats, potential: Floats) -> Floats:
    """The probability of each state given each node of b.

    Parameters
    ----------
    probability
        Of each line, shape (blocks, m).
    reach
        How far the basket's deviation moves each line, in log-odds; shape (blocks, m).
    potential
        Of each state, shape (blocks, 2^m).

    Returns
    -------
    Floats
        Shape (blocks, nodes, 2^m); adds up to 1 over the states. Over the nodes by their `WEIGHTS`, line i comes back
        with its ``probability``.
    """
    target = np.clip(probability, LEAST, 1 - LEAST)
    # Where only b moves a line, this is nearly right already (MacKay, Neural Computation 4, 1992).
    theta = np.log(target / (1 - target)) * np.sqrt(1 + np.pi / 8 * reach**2)
    if probability.shape[1] == 1:
        return _single(target, reach * NODES, theta)
    moved = reach[:, None, :] * NODES[:, None] @ shape.states.T + potential[:, None, :]
    for _ in range(STEPS):
        given = _normal(moved + (theta @ shape.states.T)[:, None, :])
        mixed = WEIGHTS @ given
        wrong = target - mixed @ shape.states
        if np.abs(wrong).max() < EXACT:
            break
        theta = theta + np.clip(_step(shape, given, mixed, wrong), -LONGEST, LONGEST)
    return given


def _step(shape: Shape, given: Floats, mixed: Floats, wrong: Floats) -> Floats:
    """The step of θ that removes what is ``wrong``, shape (blocks, m).

    Its matrix is the curvature of the mean log-partition function: convex, so that the steps end in its only minimum.
    """
    blocks, m = wrong.shape
    means = given @ shape.states
    together = (mixed @ shape.products).reshape(blocks, m, m)
    apart = np.swapaxes(means * WEIGHTS[:, None], 1, 2) @ means
    return np.asarray(np.linalg.solve(together - apart, wrong[:, :, None])[:, :, 0])


def _single(target: Floats, moved: Floats, theta: Floats) -> Floats:
    """The same for blocks of one line, which are most: ``moved`` by each node, shape (blocks, nodes)."""
    for _ in range(STEPS):
        back = expit(theta + moved)
        wrong = target - (back @ WEIGHTS)[:, None]
        if np.abs(wrong).max() < EXACT:
            break
        theta = theta + np.clip(wrong / ((back * (1 - back)) @ WEIGHTS)[:, None], -LONGEST, LONGEST)
    return np.stack([1 - back, back], axis=2)


def _normal(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max(axis=2, keepdims=True))
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))
