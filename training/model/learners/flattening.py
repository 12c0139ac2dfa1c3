"""Reads the trees of a booster from LightGBM's own text into the arrays of `FlatForest`."""

import lightgbm as lgb
import numpy as np

from data.arrays import Floats, Ints
from training.model.learners.flat_forest import (
    LANES,
    LEAF,
    MEMBER,
    MISSING_LEFT,
    SHIFT,
    ZERO_LEFT,
    FlatForest,
)

CATEGORY, DEFAULT_LEFT, ZERO_IS_MISSING, NAN_IS_MISSING = 1, 2, 4, 8
"""Bits of LightGBM's ``decision_type``; without the last two, NaN is read as 0."""


class _Fields:
    """The fields of LightGBM's own text, each of all trees, one after the other."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, list[str]] = {}
        for line in text.splitlines():
            name, _, values = line.partition("=")
            self._lines.setdefault(name, []).append(values)

    def lines(self, name: str) -> list[str]:
        """The field of each tree that has it."""
        return self._lines.get(name, [])

    def ints(self, name: str) -> Ints:
        return np.array([*map(int, " ".join(self.lines(name)).split())], dtype=np.int64)

    def floats(self, name: str) -> Floats:
        return np.array([*map(float, " ".join(self.lines(name)).split())], dtype=np.float64)


def flattened(booster: lgb.Booster) -> FlatForest:
    """Read the trees of a booster.

    Raises
    ------
    NotImplementedError
        The booster was trained with ``linear_tree``, or as a random forest, whose trees are averaged.
    """
    fields = _Fields(booster.model_to_string())
    if "1" in fields.lines("is_linear"):
        raise NotImplementedError("a booster with linear_tree")
    if fields.lines("average_output"):
        raise NotImplementedError("a random forest")
    leaves = fields.ints("num_leaves")
    roots = np.cumsum(2 * leaves - 1) - (2 * leaves - 1)
    tree, left_place, split_at, leaf_at = _places(fields, leaves, roots)
    column, columns, words = _columns(fields, tree)
    # One leaf more, of value 0: what lacks to the last group.
    count = len(split_at) + len(leaf_at) + 1
    nodes, thresholds = np.arange(count) << SHIFT, np.zeros(count)
    nodes[split_at], thresholds[split_at] = left_place << SHIFT | column, fields.floats("threshold")
    thresholds[leaf_at] = fields.floats("leaf_value")
    classes = int(fields.ints("num_tree_per_iteration")[0])
    return FlatForest(nodes, thresholds, _groups(nodes, roots), columns, words, classes)


def _places(fields: _Fields, leaves: Ints, roots: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The tree of each split, the place of its left child and its own, and the place of each leaf.

    The children of a tree's first split follow its root, then those of the second one, and so on.
    """
    splits = leaves - 1
    first_leaf, first_split = np.cumsum(leaves) - leaves, np.cumsum(splits) - splits
    tree = np.repeat(np.arange(len(leaves)), splits)
    left_place = roots[tree] + 1 + 2 * (np.arange(len(tree)) - first_split[tree])
    split_at, leaf_at = np.empty(len(tree), np.int64), np.empty(int(leaves.sum()), np.int64)
    split_at[first_split[splits > 0]] = roots[splits > 0]
    leaf_at[first_leaf[splits == 0]] = roots[splits == 0]
    for name, places in (("left_child", left_place), ("right_child", left_place + 1)):
        child = fields.ints(name)
        inner = child >= 0
        split_at[(first_split[tree] + child)[inner]] = places[inner]
        leaf_at[(first_leaf[tree] - 1 - child)[~inner]] = places[~inner]
    return tree, left_place, split_at, leaf_at


def _groups(nodes: Ints, roots: Ints) -> Ints:
    """Put trees of similar depth together: all of a group are walked down as many steps as the deepest needs."""
    steps = _steps(nodes, roots)
    lacking = -len(roots) % LANES
    order = np.concatenate([np.arange(len(roots), len(roots) + lacking), np.argsort(steps, kind="stable")])
    roots, steps = (np.append(each, np.full(lacking, fill)) for each, fill in ((roots, len(nodes) - 1), (steps, 0)))
    lanes = order.reshape(-1, LANES)
    return np.column_stack([roots[lanes], lanes, steps[lanes].max(axis=1, initial=0)])


def _steps(nodes: Ints, roots: Ints) -> Ints:
    """The splits on the longest path of each tree; shape (trees,)."""
    left = nodes >> SHIFT
    at, tree, steps = roots, np.arange(len(roots)), np.zeros(len(roots), np.int64)
    while len(at):
        inner = left[at] != at
        tree, at = np.tile(tree[inner], 2), np.concatenate([left[at[inner]], left[at[inner]] + 1])
        steps[tree] += 1
    return steps


def _columns(fields: _Fields, tree: Ints) -> tuple[Ints, Ints, Ints]:
    """The column of each split, whose ``tree`` is given, and ``columns`` and ``words`` of `FlatForest`."""
    feature, decision = fields.ints("split_feature"), fields.ints("decision_type")
    threshold = fields.floats("threshold")
    has_missing = decision & (ZERO_IS_MISSING | NAN_IS_MISSING) > 0
    left = np.where(has_missing, decision & DEFAULT_LEFT > 0, threshold >= 0)
    reading = np.where(decision & ZERO_IS_MISSING, ZERO_LEFT, MISSING_LEFT) + ~left
    is_member = decision & CATEGORY > 0
    pairs, place = np.unique(np.column_stack([feature, reading])[~is_member], axis=0, return_inverse=True)
    bounds, words = _sets(fields)
    sets = np.cumsum(fields.ints("num_cat")) - fields.ints("num_cat")
    # A split names its set by the number that it has in its tree.
    of_members = bounds[sets[tree[is_member]] + threshold[is_member].astype(np.int64)]
    members = np.column_stack([feature[is_member], np.full(len(of_members), MEMBER), of_members])
    columns = np.vstack([[[0, LEAF, 0, 0]], np.pad(pairs, ((0, 0), (0, 2))), members])
    column = np.empty(len(tree), np.int64)
    column[~is_member] = 1 + place.ravel()
    column[is_member] = 1 + len(pairs) + np.arange(len(members))
    return column, columns, words


def _sets(fields: _Fields) -> tuple[Ints, Ints]:
    """Where each set of categories begins and ends in the words, shape (sets, 2), and the words."""
    bounds, begun = [np.empty((0, 2), np.int64)], 0
    for line in fields.lines("cat_boundaries"):
        ends = begun + np.array([int(each) for each in line.split()])
        bounds.append(np.column_stack([ends[:-1], ends[1:]]))
        begun = int(ends[-1])
    return np.vstack(bounds), fields.ints("cat_threshold")
