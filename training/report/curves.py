"""The tables of the plots: data frames, each of which becomes a CSV for DVC and a figure."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from data.arrays import Floats, Ints
from training.evaluation.drivers import DriverSlice
from training.evaluation.measure import Sliced
from training.evaluation.metrics import mass_bins
from training.evaluation.ranking import Ranking
from training.evaluation.reasons import GROUPS, NAMES, ReasonMeasures

NORMAL_95 = 1.959963984540054
"""The 97.5% quantile of the normal distribution."""
PARTS = 10
"""Lift is taken by tenths of the lines."""
POINTS = 200
"""The most points of the precision-recall curve: more would not be visible."""
TOP_FEATURES = 30
CONFUSION_LINES = 20_000
"""The most rows of the confusion table, a row a line; reports/evaluation.json has the counts of all lines."""


def calibration(y: Floats, p: Floats, bins: int) -> pd.DataFrame:
    """Calibration curve: the mean probability beside the share returned, by bins of equal mass.

    Returns
    -------
    pandas.DataFrame
        ``mean_probability``, ``return_rate``, ``low``, ``high`` (Wilson's 95% interval of the share, JASA 22, 1927),
        ``perfect`` (equal to ``mean_probability``: the line of perfect calibration) and ``lines``; a row a bin that is
        not empty.
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
    """Precision-recall curve: precision and recall of a warning above each threshold, at even steps of recall.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``recall``, ``precision`` and ``without_skill`` (the share of returned lines), recall ascending.
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
    """Lift: the return rate over the average rate, by tenths of the lines from the highest probability down.

    Equal probabilities keep the order of the lines.

    Returns
    -------
    pandas.DataFrame
        ``tenth`` (1 to 10), ``lines``, ``return_rate``, ``mean_probability``, ``lift``, ``average`` (1) and
        ``returns_found`` (share of all returns in this tenth and those before), for each tenth that holds a line.
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
    """Rank the features by gain: ``feature``, and ``gain_share``, its share of all gain, largest first."""
    total = sum(gains.values()) or 1.0
    ranked = sorted(gains.items(), key=lambda item: (-item[1], item[0]))[:TOP_FEATURES]
    return pd.DataFrame({"feature": [name for name, _ in ranked], "gain_share": [gain / total for _, gain in ranked]})


def expected_observed(pieces: Iterable[Sliced], kind: str) -> pd.DataFrame:
    """Expected beside observed returns, by slice of one kind.

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


def reasons(measured: ReasonMeasures) -> pd.DataFrame:
    """Expected beside observed returns of all test lines, by reason, the most expected first.

    Returns
    -------
    pandas.DataFrame
        ``reason``, ``group``, ``returns_expected``, ``returns_observed`` (the recorded ones, scaled up for returns
        without a reason), ``recorded``, and ``expected_share`` and ``recorded_share`` among the recorded returns.
    """
    group_of = {NAMES[place]: group for group, places in GROUPS.items() for place in places}
    ranked = sorted(measured.by_reason.items(), key=lambda item: (-item[1].lines_expected, item[0]))
    listed = [one for _, one in ranked]
    return pd.DataFrame(
        {
            "reason": [name for name, _ in ranked],
            "group": [group_of[name] for name, _ in ranked],
            "returns_expected": [one.lines_expected for one in listed],
            "returns_observed": [one.lines_observed for one in listed],
            "recorded": [one.recorded for one in listed],
            "expected_share": [one.expected / measured.recorded for one in listed],
            "recorded_share": [one.recorded / measured.recorded for one in listed],
        }
    )


def reason_confusion(predicted: Floats, recorded: Ints) -> pd.DataFrame:
    """Confusion: ``recorded`` and most probable (``predicted``) reason of lines with a recorded reason, a row a line.

    Parameters
    ----------
    predicted
        P(reason | returned), shape (n, reasons).
    recorded
        The place of the recorded reason, shape (n,); -1 where there is none.

    Returns
    -------
    pandas.DataFrame
        At most `CONFUSION_LINES` rows, taken in even steps.
    """
    rows = np.flatnonzero(recorded >= 0)
    count = min(len(rows), CONFUSION_LINES)
    rows = rows[np.arange(count) * len(rows) // max(count, 1)]
    names = np.array(NAMES)
    return pd.DataFrame({"recorded": names[recorded[rows]], "predicted": names[predicted[rows].argmax(axis=1)]})


def drivers(measured: DriverSlice) -> pd.DataFrame:
    """Rank the factors by how far they move scores: ``factor``, ``mean_absolute``, ``mean``, ``top_share``."""
    ranked = sorted(measured.mean_absolute, key=lambda factor: (-measured.mean_absolute[factor], factor))
    return pd.DataFrame(
        {
            "factor": ranked,
            "mean_absolute": [measured.mean_absolute[factor] for factor in ranked],
            "mean": [measured.mean[factor] for factor in ranked],
            "top_share": [measured.top_share[factor] for factor in ranked],
        }
    )
