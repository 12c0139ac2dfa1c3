"""Error analysis: slices where the model is wrong or unsure, found on one half of the customers, measured on the other.

A tree that is judged by the lines it was grown on flatters itself: it has looked for the worst. So customers are dealt
into two halves. The tree is grown on the first, and every figure is of the second.
"""

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints
from training.held_out.clusters import codes_of
from training.held_out.gaps import Estimate, beyond_all, mean, q_values
from training.held_out.lines import losses
from training.understanding.measures.tree import columns, find_rules, follows
from training.understanding.params import SliceParams

WRONG, UNSURE = "wrong", "unsure"
"""Two questions: where probabilities are off, and where the model knows least."""
LABELS = ("department", "category", "brand", "supplier", "payment_method", "channel", "region")
"""Columns of labels that a tree may split by, where the source has them."""
MOST_LABELS = 10
"""The most frequent labels of a column that a tree tries, each by itself."""


def halves(clusters: Ints, seed: int) -> Bools:
    """Deal the customers into two halves; true for lines of the second, shape (n,)."""
    second = np.random.default_rng(seed).random(int(clusters.max()) + 1) < 1 / 2
    return second[clusters]


def error_slices(lines: pd.DataFrame, features: list[str], chosen: SliceParams, seed: int) -> pd.DataFrame:
    """Find slices by both questions, and measure them on the other half.

    Returns
    -------
    pandas.DataFrame
        A row a slice: ``question``, ``rule`` (for ``DataFrame.query``), ``lines``, ``expected``, ``observed``, ``gap``
        with ``gap_low`` and ``gap_high``, ``loss``, ``expected_loss`` (the loss if the probabilities were right),
        ``beyond`` (the gap or the loss, as the question is, minus that of all measured lines) with ``beyond_low`` and
        ``beyond_high``, ``q_value`` and ``found``. Of *wrong*, the null hypothesis is a gap as that of all lines; of
        *unsure*, a loss that is not above that of all lines. The smallest q-value of each question comes first.
    """
    clusters = codes_of(lines)
    measured = halves(clusters, seed)
    present = [name for name in LABELS if name in lines]
    first, second = lines[~measured], lines[measured].reset_index(drop=True)
    splits = columns(first, features, present, MOST_LABELS)
    own = pd.factorize(clusters[measured])[0].astype(np.int64)
    parts = []
    for question, target in ((WRONG, "gap"), (UNSURE, "loss")):
        grown = losses(first)[target].to_numpy()
        rules = find_rules(first, grown, splits, chosen.depth, chosen.least_lines)
        parts.append(_measure(question, rules, second, own, chosen))
    return pd.concat(parts, ignore_index=True)


def _measure(question: str, rules: list[str], lines: pd.DataFrame, clusters: Ints, chosen: SliceParams) -> pd.DataFrame:
    each = losses(lines)
    gap, loss = each["gap"].to_numpy(), each["loss"].to_numpy()
    rows, p_values = [], []
    for rule in rules:
        inside = follows(lines, rule)
        if inside.sum() < chosen.least_lines // 2:
            continue
        beyond = beyond_all(gap if question == WRONG else loss, inside, clusters)
        p_values.append(beyond.two_sided if question == WRONG else beyond.above)
        row = {"question": question, "rule": rule, **_figures(lines, each, inside, mean(gap, inside, clusters))}
        rows.append(row | {"beyond": beyond.value, "beyond_low": beyond.low, "beyond_high": beyond.high})
    table = pd.DataFrame(rows, columns=COLUMNS[:-2])
    found: Floats = q_values(np.array(p_values, dtype=np.float64))
    table = table.assign(q_value=found, found=found <= chosen.false_discovery_rate)
    return table.sort_values(["q_value", "rule"], ignore_index=True)


def _figures(lines: pd.DataFrame, each: pd.DataFrame, inside: Bools, gap: Estimate) -> dict[str, float]:
    return {
        "lines": int(inside.sum()),
        "expected": float(lines["probability"].to_numpy()[inside].mean()),
        "observed": float(lines["label"].to_numpy()[inside].mean()),
        "gap": gap.value,
        "gap_low": gap.low,
        "gap_high": gap.high,
        "loss": float(each["loss"].to_numpy()[inside].mean()),
        "expected_loss": float(each["expected_loss"].to_numpy()[inside].mean()),
    }


COLUMNS = (
    "question",
    "rule",
    "lines",
    "expected",
    "observed",
    "gap",
    "gap_low",
    "gap_high",
    "loss",
    "expected_loss",
    "beyond",
    "beyond_low",
    "beyond_high",
    "q_value",
    "found",
)
