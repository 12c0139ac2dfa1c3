"""Whether intervals hold what they say: against the truth of a simulated shop, and against later rates of groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from data.arrays import Bools, Floats

CUSTOMER_LINES, PRODUCT_LINES = 10, 20
"""Fewest test lines of a customer, and of a product, whose rate is compared with its interval."""


@dataclass(frozen=True)
class Coverage:
    """How often the truth lies within the intervals of some lines, and how wide they are on average."""

    lines: int
    inside: float
    mean_width: float


@dataclass(frozen=True)
class GroupCoverage:
    """Of the customers or products with enough test lines, the share whose rate of returns lies within its interval."""

    groups: int
    inside: float | None


@dataclass(frozen=True)
class IntervalMeasures:
    """What is known of the intervals of the test lines.

    ``truth`` and ``constant_width`` are None for a real shop. The latter: the width, in probability, of equally wide
    intervals around the scores that hold the truth as often. ``venn_abers_width``: mean width of the pair of Venn-Abers
    probabilities, which bounds the error of the calibration and not that of a line.
    """

    level: float
    mean_width: float
    customers: GroupCoverage
    products: GroupCoverage
    venn_abers_width: float
    truth: Coverage | None
    constant_width: float | None


def measure_intervals(lines: pd.DataFrame, level: float, truth: Floats | None) -> IntervalMeasures:
    """Measure the intervals of the test lines.

    Parameters
    ----------
    lines
        As those of `training.evaluation.scored_lines.ScoredLines`.
    truth
        The true probability of each line, shape (n,); None for a real shop.
    """
    found = None if truth is None else against_truth(lines, truth)
    return IntervalMeasures(
        level=level,
        mean_width=float((lines["high"] - lines["low"]).mean()),
        customers=of_groups(lines, "customer_id", "customer_deviation", CUSTOMER_LINES, level),
        products=of_groups(lines, "product_id", "product_deviation", PRODUCT_LINES, level),
        venn_abers_width=float(lines["venn_abers_width"].mean()),
        truth=found,
        constant_width=(
            None
            if truth is None or found is None
            else constant_width(lines["probability"].to_numpy(dtype=np.float64), truth, found.inside)
        ),
    )


def against_truth(lines: pd.DataFrame, truth: Floats, chosen: Bools | None = None) -> Coverage:
    """Compare the intervals ``low`` to ``high`` of ``lines`` with their true probabilities, shape (n,)."""
    low, high = lines["low"].to_numpy(dtype=np.float64), lines["high"].to_numpy(dtype=np.float64)
    return coverage(low, high, truth) if chosen is None else coverage(low[chosen], high[chosen], truth[chosen])


def coverage(low: Floats, high: Floats, truth: Floats) -> Coverage:
    """Compare intervals with the true probabilities of their lines, shape (n,) each."""
    inside = (low <= truth) & (truth <= high)
    return Coverage(len(inside), float(inside.mean()), float((high - low).mean()))


def constant_width(probability: Floats, truth: Floats, share: float) -> float:
    """Give the width of equally wide intervals around ``probability`` that hold the share ``share`` of the truth."""
    distance = float(np.quantile(np.abs(probability - truth), share))
    return float((np.minimum(probability + distance, 1) - np.maximum(probability - distance, 0)).mean())


def of_groups(lines: pd.DataFrame, owner: str, shared: str, fewest: int, level: float) -> GroupCoverage:
    """Compare the rate of returns of each owner with the interval of its mean probability.

    The number of returns of an owner varies as independent draws do, and more, since its lines share a part of what is
    not known: Var = Σ p (1 - p) + (Σ s)² - Σ s², for the shared standard deviations s. Lines of one order share a part
    of their own in the same way.

    Parameters
    ----------
    lines
        ``probability``, ``label``, ``order_id``, ``order_deviation``, the column ``owner`` that names the group (null:
        none), and the column ``shared`` with the shared standard deviation of each probability.
    fewest
        Lines that a group has at least.
    """
    p = lines["probability"]
    parts = pd.DataFrame(
        {
            "owner": lines[owner],
            "residual": lines["label"] - p,
            "variance": p * (1 - p) - lines[shared] ** 2 - lines["order_deviation"] ** 2,
            "shared": lines[shared],
            "lines": 1,
        }
    ).dropna(subset=["owner"])
    sums = parts.groupby("owner").sum()
    of_orders = lines["order_deviation"].groupby([lines[owner], lines["order_id"]]).sum() ** 2
    sums["variance"] += of_orders.groupby(level=0).sum()
    sums = sums[sums["lines"] >= fewest]
    if sums.empty:
        return GroupCoverage(0, None)
    reach = norm.ppf((1 + level) / 2) * np.sqrt(sums["variance"] + sums["shared"] ** 2)
    return GroupCoverage(len(sums), float((sums["residual"].abs() <= reach).mean()))
