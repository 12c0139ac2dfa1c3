"""The trees of a booster as leaves, with the conditions of each leaf and the share of training rows in it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb

AT_ONCE = 10
"""Trees read at once: reading JSON blocks all threads of Python, and the service has to answer in between."""
_INFINITE = 1e300
"""From here on a threshold is infinite: such a split parts missing values from all others."""


@dataclass(frozen=True)
class Threshold:
    """A split by a threshold: values of at most ``at`` go left; missing values go left where ``missing_left``."""

    at: float
    missing_left: bool

    def left(self, value: float) -> bool:
        """Whether a row goes left; NaN is a missing value."""
        return self.missing_left if math.isnan(value) else value <= self.at


@dataclass(frozen=True)
class Members:
    """A split by categories: values in ``codes`` go left; all others, and missing values, go right."""

    codes: frozenset[int]

    def left(self, value: float) -> bool:
        """Whether a row goes left; NaN is a missing value."""
        return not math.isnan(value) and int(value) in self.codes


@dataclass(frozen=True)
class Step:
    """One split on the path to a leaf, and the side on which the path goes on."""

    split: Threshold | Members
    left: bool


@dataclass(frozen=True)
class Condition:
    """The condition of a leaf on one feature: all ``steps`` of the leaf's path that split by this feature.

    ``share``: of the training rows that reached these splits, the share that went on along the path.
    """

    steps: tuple[Step, ...]
    share: float


@dataclass(frozen=True)
class Leaf:
    """A leaf: its ``value``, its share of the training rows, and its conditions by place of the feature in a row."""

    value: float
    share: float
    conditions: Mapping[int, Condition]

    def leaves(self) -> Iterator["Leaf"]:
        """The leaf itself, because a tree may be a single leaf."""
        yield self


@dataclass(frozen=True)
class Tree:
    """A split, with the subtrees on its two sides."""

    left: "Tree | Leaf"
    right: "Tree | Leaf"

    def leaves(self) -> Iterator[Leaf]:
        """All leaves, from left to right."""
        yield from self.left.leaves()
        yield from self.right.leaves()


def read_trees(booster: lgb.Booster) -> list[Tree | Leaf]:
    """Read all trees, in the booster's order.

    Raises
    ------
    NotImplementedError
        The booster was trained with ``zero_as_missing`` or ``linear_tree``.
    """
    trees: list[Tree | Leaf] = []
    for start in range(0, booster.current_iteration(), AT_ONCE):
        dump = booster.dump_model(num_iteration=AT_ONCE, start_iteration=start)
        trees += [_read(info["tree_structure"], {}, 1.0) for info in dump["tree_info"]]
    return trees


def _read(node: Mapping[str, Any], conditions: Mapping[int, Condition], share: float) -> Tree | Leaf:
    if "split_feature" not in node:
        if "leaf_const" in node:
            raise NotImplementedError("a booster with linear_tree")
        return Leaf(node["leaf_value"], share, conditions)
    split, feature = _split(node), int(node["split_feature"])
    halves = []
    for side, left in (("left_child", True), ("right_child", False)):
        part = _count(node[side]) / _count(node)
        old = conditions.get(feature, Condition((), 1.0))
        narrowed = Condition((*old.steps, Step(split, left)), old.share * part)
        halves.append(_read(node[side], {**conditions, feature: narrowed}, share * part))
    return Tree(*halves)


def _split(node: Mapping[str, Any]) -> Threshold | Members:
    if node["missing_type"] == "Zero":
        raise NotImplementedError("a booster with zero_as_missing")
    if node["decision_type"] == "==":
        return Members(frozenset(map(int, str(node["threshold"]).split("||"))))
    at = float(node["threshold"])
    at = at if at < _INFINITE else math.inf
    # A feature without missing values in training: LightGBM then reads a missing value as 0.
    missing_left = bool(node["default_left"]) if node["missing_type"] == "NaN" else at >= 0
    return Threshold(at, missing_left)


def _count(node: Mapping[str, Any]) -> int:
    return int(node["internal_count"] if "split_feature" in node else node["leaf_count"])
