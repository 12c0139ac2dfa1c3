"""The tables behind the plots: each is a data frame that a CSV for DVC and a figure are drawn from."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from training.measure import Sliced
from training.metrics import mass_bins
from training.ranking import Floats, Ranking

NORMAL_95 = 1.959963984540054
"""The 97.5% quantile of the normal distribution."""
PARTS = 10
"""Lift is told by tenths of the lines."""
POINTS = 200
"""Points of the precision and recall curve that are kept: more can't be seen."""
TOP_FEATURES = 30


def calibration(y: Floats, p: Floats, bins: int) -> pd.DataFrame:
    """Set the mean probability beside the share returned, by bins of equal mass.

    Returns
    -------
    pandas.DataFrame
        ``mean_probability``, ``return_rate``, ``low``, ``high`` (Wilson's 95% interval of the share, JASA 22, 1927),
        ``perfect`` (equal to ``mean_probability``: the line to be on) and ``lines``, a row a bin that is not empty.
    """
    bin_of = mass_bins(p, bins)
    lines = np.bincount(bin_of)
    filled = lines > 0
    lines = lines[filled]
    mean = np.bincount(bin_of, p)[filled] / lines
    rate = np.bincount(bin_of, y)[filled] / lines
    square = NORMAL_95**2 / lines
    centre = (rate + square / 2) / (1 + square)
    reach = np.sqrt(rate * (1 - rate) * square + square**2 / 4) / (1 + square)
    return pd.DataFrame(
        {
            "mean_probability": mean,
            "return_rate": rate,
            "low": centre - reach,
            "high": centre + reach,
            "perfect": mean,
            "lines": lines,
        }
    )


def precision_recall(y: Floats, p: Floats) -> pd.DataFrame:
    """Trace precision and recall of a warning above each threshold, thinned to even steps of recall.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``recall``, ``precision`` and ``without_skill`` (the share of returned lines), by rising recall.
    """
    ranking = Ranking.of(p)
    returned, kept = ranking.totals(y, 1 - y)
    recall = returned / returned[-1]
    steps = np.searchsorted(recall, np.linspace(recall[0], 1, POINTS), side="left")
    chosen = np.unique(np.minimum(steps, len(recall) - 1))
    return pd.DataFrame(
        {
            "threshold": p[ranking.order][ranking.ends][chosen],
            "recall": recall[chosen],
            "precision": (returned / (returned + kept))[chosen],
            "without_skill": np.full(len(chosen), y.mean()),
        }
    )


def lift(y: Floats, p: Floats) -> pd.DataFrame:
    """Tell how many times the average the returns are, by tenths of the lines from the most probable down.

    Equal probabilities are shared out in the order of the lines.

    Returns
    -------
    pandas.DataFrame
        ``tenth`` (1 to 10), ``lines``, ``return_rate``, ``mean_probability``, ``lift``, ``average`` (1) and
        ``returns_found`` (share of all returns in this and the tenths before it), for each tenth that holds a line.
    """
    order = Ranking.of(p).order
    tenth = np.empty(len(p), dtype=np.int64)
    tenth[order] = np.arange(len(p)) * PARTS // len(p)
    lines = np.bincount(tenth, minlength=PARTS)
    filled = lines > 0
    returned = np.bincount(tenth, y, PARTS)[filled]
    rate = returned / lines[filled]
    return pd.DataFrame(
        {
            "tenth": np.flatnonzero(filled) + 1,
            "lines": lines[filled],
            "return_rate": rate,
            "mean_probability": np.bincount(tenth, p, PARTS)[filled] / lines[filled],
            "lift": rate / y.mean(),
            "average": np.ones(filled.sum()),
            "returns_found": np.cumsum(returned) / y.sum(),
        }
    )


def importance(gains: Mapping[str, float]) -> pd.DataFrame:
    """Rank the features that the trees gain most by: ``feature`` and ``gain_share`` of all gain, the highest first."""
    total = sum(gains.values()) or 1.0
    ranked = sorted(gains.items(), key=lambda item: (-item[1], item[0]))[:TOP_FEATURES]
    return pd.DataFrame({"feature": [name for name, _ in ranked], "gain_share": [gain / total for _, gain in ranked]})


def expected_observed(pieces: Iterable[Sliced], kind: str) -> pd.DataFrame:
    """Set expected beside observed returns, by slice of one kind.

    Returns
    -------
    pandas.DataFrame
        The slice in a column named ``kind``, ``lines``, ``returns_expected``, ``returns_observed``, ``expected_rate``
        and ``observed_rate``, in the order of the slices.
    """
    chosen = [piece for piece in pieces if piece.kind == kind]
    return pd.DataFrame(
        {
            kind: [piece.name for piece in chosen],
            "lines": [piece.measures.lines for piece in chosen],
            "returns_expected": [piece.measures.returns_expected for piece in chosen],
            "returns_observed": [piece.measures.returns_observed for piece in chosen],
            "expected_rate": [piece.measures.mean_probability for piece in chosen],
            "observed_rate": [piece.measures.return_rate for piece in chosen],
        }
    )
