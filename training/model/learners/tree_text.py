"""Trees of thresholds as text in LightGBM's format, which then scores and explains them.

The two libraries agree on what a split does: a value of at most the threshold goes left, and a missing one to the side
that the split names.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints

MISSING_IS_NAN, MISSING_LEFT = 8, 2
"""Bits of LightGBM's ``decision_type``: NaN is a missing value, and it goes left."""
INFINITE = 1e300
"""What LightGBM writes for an infinite threshold, which parts missing values from all others."""


@dataclass(frozen=True)
class Splits:
    """The m splits and the m + 1 leaves of one tree.

    ``feature``, ``threshold``, ``missing_left``, ``gain``, ``count``: of each split, shape (m,); the first is the root.
    ``left`` and ``right``: the split on that side, or the leaf as -1 - its place; shape (m,). ``leaf_value``, in
    log-odds, and ``leaf_count``: shape (m + 1,). Counts are of training rows.
    """

    feature: Ints
    threshold: Floats
    missing_left: Bools
    gain: Floats
    count: Ints
    left: Ints
    right: Ints
    leaf_value: Floats
    leaf_count: Ints


def tree_text(trees: Iterable[Splits], features: Sequence[str]) -> str:
    """The text of all ``trees``, whose leaves add up to the log-odds."""
    header = {
        "version": "v4",
        "num_class": 1,
        "num_tree_per_iteration": 1,
        "label_index": 0,
        "max_feature_idx": len(features) - 1,
        "objective": "binary sigmoid:1",
        "feature_names": " ".join(features),
        "feature_infos": " ".join("none" for _ in features),
    }
    blocks = [_block("tree", header), *(_block(f"Tree={place}", _tree(each)) for place, each in enumerate(trees))]
    return "\n\n".join([*blocks, "end of trees", ""])


def _tree(tree: Splits) -> dict[str, object]:
    leaves: dict[str, object] = {"num_leaves": len(tree.leaf_value), "num_cat": 0}
    ends: dict[str, object] = {"leaf_value": _floats(tree.leaf_value), "leaf_count": _ints(tree.leaf_count)}
    last: dict[str, object] = {"is_linear": 0, "shrinkage": 1}
    if not len(tree.feature):
        return leaves | ends | last
    return {
        **leaves,
        "split_feature": _ints(tree.feature),
        "split_gain": " ".join(f"{gain:g}" for gain in tree.gain.tolist()),  # as LightGBM rounds them
        "threshold": _floats(np.clip(tree.threshold, -INFINITE, INFINITE)),
        "decision_type": _ints(MISSING_IS_NAN + MISSING_LEFT * tree.missing_left.astype(np.int64)),
        "left_child": _ints(tree.left),
        "right_child": _ints(tree.right),
        **ends,
        "internal_value": _floats(np.zeros(len(tree.feature))),
        "internal_count": _ints(tree.count),
        **last,
    }


def _block(head: str, content: dict[str, object]) -> str:
    return "\n".join([head, *(f"{name}={value}" for name, value in content.items())])


def _ints(values: Ints) -> str:
    return " ".join(map(str, values.tolist()))


def _floats(values: Floats) -> str:
    """The shortest texts that give the same numbers back."""
    if not all(map(math.isfinite, values.tolist())):
        raise ValueError(f"finite numbers expected in trees, found {values.tolist()}")
    return " ".join(map(repr, values.tolist()))
