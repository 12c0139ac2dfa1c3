"""The trees of a booster as their leaves: what a row must satisfy to reach each, and how many training rows did."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb

AT_ONCE = 10
"""Trees that are read at once: reading JSON holds the interpreter, and a service answers meanwhile."""
_INFINITE = 1e300
"""What LightGBM writes for an infinite threshold, which splits missing values from all others."""


@dataclass(frozen=True)
class Threshold:
    """A split by size: rows go left where the feature is at most ``at``, and missing ones where ``missing_left``."""

    at: float
    missing_left: bool

    def left(self, value: float) -> bool:
        """Whether a row goes left; NaN is a missing value."""
        return self.missing_left if math.isnan(value) else value <= self.at


@dataclass(frozen=True)
class Members:
    """A split by membership: rows go left where the feature is one of ``codes``; all others, missing too, right."""

    codes: frozenset[int]

    def left(self, value: float) -> bool:
        """Whether a row goes left; NaN is a missing value."""
        return not math.isnan(value) and int(value) in self.codes


@dataclass(frozen=True)
class Step:
    """One split on the way to a leaf: which, and to which side the way goes."""

    split: Threshold | Members
    left: bool


@dataclass(frozen=True)
class Condition:
    """What a leaf asks of one feature: all ``steps`` of its path that split by it.

    ``share`` of the training rows that arrived at these splits went the leaf's way.
    """

    steps: tuple[Step, ...]
    share: float


@dataclass(frozen=True)
class Leaf:
    """A leaf: its ``value``, the share of training rows in it, and its conditions by feature (place in the row)."""

    value: float
    share: float
    conditions: Mapping[int, Condition]

    def leaves(self) -> Iterator["Leaf"]:
        """Itself: a tree may be a single leaf."""
        yield self


@dataclass(frozen=True)
class Tree:
    """A split and what lies on its two sides."""

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
    # Where training saw no missing value, LightGBM takes one for 0.
    missing_left = bool(node["default_left"]) if node["missing_type"] == "NaN" else at >= 0
    return Threshold(at, missing_left)


def _count(node: Mapping[str, Any]) -> int:
    return int(node["internal_count"] if "split_feature" in node else node["leaf_count"])
