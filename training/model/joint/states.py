"""The states of a block, the lines of one product in a basket: which of its lines come back, and how likely each is.

Given the deviation b of the basket, a standard normal number that all its lines share, a block of m lines is in the
state y, one 0 (kept) or 1 (returned) for each line, with a probability proportional to

    exp( Σ (θ_i + reach_i b) y_i + Σ coupling_ij s_i s_j + one_kept · [sizes differ and exactly one line is kept] )

for the spins s = 2y - 1 (an Ising model, Besag, JRSS B 36, 1974). Blocks are independent given b. The θ are chosen so
that the probability of each line, averaged over b, is that of its score: the potential is as given, and the margins are
kept (Deming and Stephan, Annals of Mathematical Statistics 11, 1940).
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.model.joint.solving import NODES, potential_all, solve_all

MOST_LINES = 8
"""Lines of one block at most: it has 2^m states. Further lines of a product form a block of their own."""


@dataclass(frozen=True)
class Shape:
    """The states of a block of m lines, of which there are 2^m.

    ``states``: 0 or 1, float64 of shape (2^m, m). ``first`` and ``second``: the lines of each pair i < j, shape
    (pairs,). ``one_kept``: 1 where exactly one of several lines is kept, (2^m,).
    """

    states: Floats
    first: Ints
    second: Ints
    one_kept: Floats

    @classmethod
    @cache
    def of(cls, m: int) -> "Shape":
        """The shape of a block of ``m`` lines, 1 to `MOST_LINES`."""
        states = ((np.arange(2**m)[:, None] >> np.arange(m)) & 1).astype(np.float64)
        first, second = np.triu_indices(m, k=1)
        one_kept = ((states.sum(axis=1) == m - 1) & (m > 1)).astype(np.float64)
        return cls(states, first, second, one_kept)


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
        found = np.empty((len(differ), len(shape.states)))
        potential_all(differ, self.numbers, found)
        return found

    @cached_property
    def numbers(self) -> Floats:
        """All three, as the compiled functions read them."""
        return np.array([self.sizes, self.same, self.one_kept])


def conditional(probability: Floats, reach: Floats, potential: Floats) -> Floats:
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
    found = np.empty((len(potential), len(NODES), potential.shape[1]))
    solve_all(np.ascontiguousarray(probability), np.ascontiguousarray(reach), potential, found)
    return found
