"""Accumulated local effects: how the score changes along one feature, among lines that really have such values.

Within each bin of the feature, lines are scored with the bin's lower and upper end in place of their own value. The
mean differences are accumulated from bin to bin and centred (Apley and Zhu, JRSS B 82, 2020). Unlike partial
dependence, no line is scored with a value that lines like it never have, so correlated features mislead less.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.arrays import Floats, Ints
from training.evaluation.intervals import LEVEL

Score = Callable[[Floats], Floats]
"""The log-odds of each row, shape (n,)."""


@dataclass(frozen=True)
class Effects:
    """The effect of one feature at m + 1 edges of bins; ``low`` and ``high``: its interval over customers.

    ``lines``: the lines in the bin that ends at each edge; 0 at the first. ``missing``: the share of lines without a
    value, which have no part in it.
    """

    edges: Floats
    effect: Floats
    low: Floats
    high: Floats
    lines: Ints
    missing: float


def edges_of(values: Floats, bins: int) -> Floats:
    """The edges of at most ``bins`` bins of about equal count, ascending; fewer where values repeat."""
    return np.unique(np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf"))


def accumulated(
    score: Score, x: Floats, place: int, bins: int, clusters: Ints, resamples: int, seed: int
) -> Effects | None:
    """Compute the effects of the feature at ``place`` of ``x``, shape (n, features); None where it has one value alone.

    The interval holds how far the lines are drawn by chance; the model itself is taken as given.
    """
    known = ~np.isnan(x[:, place])
    own = x[known]
    edges = edges_of(own[:, place], bins) if len(own) else np.zeros(0)
    if len(edges) < 2:
        return None
    bin_of = np.maximum(np.searchsorted(edges, own[:, place], side="left"), 1) - 1
    lower, upper = own.copy(), own.copy()
    lower[:, place], upper[:, place] = edges[bin_of], edges[bin_of + 1]
    local = score(upper) - score(lower)
    count = len(edges) - 1
    effect = _curve(local, bin_of, np.ones(len(local)), count)
    codes = clusters[known]
    rng = np.random.default_rng(seed)
    drawn = np.array(
        [
            _curve(local, bin_of, rng.poisson(1.0, int(codes.max()) + 1).astype(np.float64)[codes], count)
            for _ in range(resamples)
        ]
    )
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    lines = np.concatenate([[0], np.bincount(bin_of, minlength=count)])
    return Effects(edges, effect, low, high, lines, float(1 - known.mean()))


def _curve(local: Floats, bin_of: Ints, weights: Floats, count: int) -> Floats:
    """Accumulate the weighted mean of each bin, centred over lines; a bin that drew no line adds nothing."""
    totals = np.bincount(bin_of, weights, count)
    means = np.bincount(bin_of, weights * local, count) / np.where(totals > 0, totals, 1.0)
    curve = np.concatenate([[0.0], np.cumsum(means)])
    middle = (curve[:-1] + curve[1:]) / 2
    return np.asarray(curve - (totals @ middle) / max(totals.sum(), 1.0))


def table_of(feature: str, factor: str, strength: float, found: Effects) -> pd.DataFrame:
    """The effects of one feature as rows, an edge each."""
    return pd.DataFrame(
        {
            "feature": feature,
            "factor": factor,
            "mean_contribution": strength,
            "missing_share": found.missing,
            "value": found.edges,
            "effect": found.effect,
            "low": found.low,
            "high": found.high,
            "lines": found.lines,
        }
    )
