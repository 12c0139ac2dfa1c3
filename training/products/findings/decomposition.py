"""Oaxaca-Blinder decomposition: the parts that moved the return rate from one span of time to another; they add up.

One linear model explains the outcomes of the closed lines of both spans: the span, the product's category and the
product, the customer's activity and the customer, and the discount. A part is the change of the mean of its effects:
the change of the rate that this mix alone would have caused. The effect of the span is the change for the same
products, sold to the same customers at the same discounts: the rate itself. This is the decomposition of Oaxaca (1973,
doi:10.2307/2525981) and Blinder (1973, doi:10.2307/144855) with pooled coefficients. The span is one of these, as
without it part of its effect would leak into the mix (Jann 2008, doi:10.1177/1536867X0800800401; Elder, Goddeeris and
Haider 2010, doi:10.1016/j.labeco.2009.11.004).

Effects of single products and customers are random, as in a mixed model (Henderson 1975, doi:10.2307/2529430): each is
shrunk by a number of lines that follows from the variance of its kind. So a product that was sold in only one span
moves the mix no further than its lines support, and the rest stays with the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from data.arrays import Floats, Ints
from training.products.estimates.rates import Prior

_TOLERANCE = 1e-9
_ROUNDS = 1000


@dataclass(frozen=True)
class Factor:
    """A factor that may move the rate: ``codes`` of shape (n,), from 0.

    ``part``: the part of the change that the factor belongs to. ``shrunk``: the prior of each code's effect, in lines
    with no effect.
    """

    part: str
    codes: Ints
    shrunk: float = 0.0


def parts(returned: Floats, later: Ints, factors: Sequence[Factor]) -> dict[str, float]:
    """Divide mean(returned, later span) - mean(returned, earlier span) among the parts of ``factors``.

    Parameters
    ----------
    returned
        1 or 0, shape (n,).
    later
        1 for lines of the later span, 0 for those of the earlier one, shape (n,); there are some of each.

    Returns
    -------
    dict
        Points of each part, as a share. The rest of the difference is the part of the rate itself.
    """
    sides = np.where(later == 1, 1.0 / later.sum(), -1.0 / (1 - later).sum())
    effects = _fitted(returned, [Factor("rate", later), *factors])[1:]
    found = dict.fromkeys((factor.part for factor in factors), 0.0)
    for factor, effect in zip(factors, effects, strict=True):
        # The change of the mean: shares of the codes in the later span minus those in the earlier one.
        found[factor.part] += float(np.bincount(factor.codes, sides, len(effect)) @ effect)
    return found


def lines_of(prior: Prior) -> float:
    """Give the number of lines by which the effects of one kind are shrunk, from the spread in ``prior``.

    The ratio of a line's variance p(1 - p) to that of the effects, p(1 - p) times the mean of 1 / (strength + 1).
    """
    return float(1.0 / (prior.weights / (prior.strengths + 1.0)).sum())


def _fitted(returned: Floats, factors: Sequence[Factor]) -> list[Floats]:
    """Solve the penalised least squares (X'X + D) b = X'y by conjugate gradients; X has one column for each code.

    X is never written out: X b is a look-up by code, X'r a sum by code.
    """
    widths = [int(factor.codes.max()) + 1 for factor in factors]
    ends = np.cumsum(widths)
    shrunk = np.repeat([factor.shrunk for factor in factors], widths)

    def by_line(effects: Floats) -> Floats:
        pieces = np.split(effects, ends[:-1])
        return np.asarray(sum(piece[f.codes] for piece, f in zip(pieces, factors, strict=True)), dtype=np.float64)

    def by_code(values: Floats | None) -> Floats:
        return np.concatenate([np.bincount(f.codes, values, w) for f, w in zip(factors, widths, strict=True)])

    def normal(effects: Floats) -> Floats:
        return by_code(by_line(effects.ravel())) + shrunk * effects.ravel()

    size = int(ends[-1])
    scale = 1.0 / np.maximum(by_code(None) + shrunk, 1.0)
    solved, _ = cg(
        LinearOperator((size, size), matvec=normal, dtype=np.float64),
        by_code(returned - returned.mean()),
        rtol=_TOLERANCE,
        maxiter=_ROUNDS,
        M=LinearOperator((size, size), matvec=lambda x: scale * x.ravel(), dtype=np.float64),
    )
    return np.split(np.asarray(solved, dtype=np.float64), ends[:-1])
