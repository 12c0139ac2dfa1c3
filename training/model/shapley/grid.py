"""Grids of cells: the Shapley values of some leaves for every combination of classes of the features."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul

import numpy as np

from data.arrays import Floats
from training.model.shapley.trees import Condition, Leaf, Members, Threshold, Tree


@dataclass(frozen=True)
class Axis:
    """The classes of one feature's values for some leaves: all values of a class follow the same paths.

    ``thresholds`` ascend; ``intervals`` holds one class more: that up to each threshold, and that above the last.
    ``codes`` maps each category in a split to its class; ``other`` is the class of all other categories, ``missing``
    that of a missing value. ``follows`` has shape (classes, leaves), float64: 1 where the class follows the leaf's path
    at all splits by this feature, or the path has none; else 0.
    """

    feature: int
    thresholds: tuple[float, ...]
    intervals: tuple[int, ...]
    codes: dict[int, int]
    other: int
    missing: int
    follows: Floats


@dataclass(frozen=True)
class Grid:
    """The cells of some leaves, one for each combination of classes; the class on the first axis changes slowest."""

    leaves: tuple[Leaf, ...]
    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of classes on each axis."""
        return tuple(len(axis.follows) for axis in self.axes)

    @property
    def cells(self) -> int:
        """The number of cells."""
        return math.prod(self.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """The distance in cells from one class of each axis to the next."""
        return tuple(math.prod(self.shape[place + 1 :]) for place in range(len(self.axes)))

    def values(self) -> Floats:
        """Compute the Shapley values of each cell, shape (cells, axes), float64.

        A leaf's own array has one cell along the axes that its path does not split by.
        """
        values = np.zeros((*self.shape, len(self.axes)))
        for number, leaf in enumerate(self.leaves):
            used = [place for place, axis in enumerate(self.axes) if axis.feature in leaf.conditions]
            nodes, weights = np.polynomial.legendre.leggauss((len(used) + 1) // 2)
            t, weights = (nodes + 1) / 2, weights / 2
            gap, led = {}, {}
            for place in used:
                share = leaf.conditions[self.axes[place].feature].share
                follows = self._along(place, self.axes[place].follows[:, number])
                gap[place] = (follows - share)[..., 0]
                led[place] = t * follows + (1 - t) * share
            for place in used:
                others = reduce(mul, (led[other] for other in used if other != place), np.ones_like(t))
                values[..., place] += leaf.value * gap[place] * (others @ weights)
        return values.reshape(-1, len(self.axes))

    def _along(self, place: int, follows: Floats) -> Floats:
        shape = [1] * (len(self.axes) + 1)
        shape[place] = len(follows)
        return follows.reshape(shape)


def cut(tree: Tree | Leaf, most_cells: int) -> Iterator[Grid]:
    """Cut a tree into grids of at most ``most_cells`` cells; a single leaf may need more. No splits give no grids."""
    leaves = tuple(tree.leaves())
    features = sorted({feature for leaf in leaves for feature in leaf.conditions})
    grid = Grid(leaves, tuple(_axis(feature, leaves) for feature in features))
    if isinstance(tree, Tree) and grid.cells > most_cells:
        yield from cut(tree.left, most_cells)
        yield from cut(tree.right, most_cells)
    elif features:
        yield grid


def _axis(feature: int, leaves: Sequence[Leaf]) -> Axis:
    conditions = [leaf.conditions.get(feature) for leaf in leaves]
    splits = [step.split for condition in conditions if condition for step in condition.steps]
    thresholds = tuple(sorted({split.at for split in splits if isinstance(split, Threshold)}))
    codes = sorted({code for split in splits if isinstance(split, Members) for code in split.codes})
    # One value of each interval or category; -1 stands for all other categories, as LightGBM has no negative codes.
    probes = [*thresholds, math.inf] if thresholds else [*codes, -1.0]
    probes = [*probes, math.nan]
    patterns = [tuple(_follows(condition, probe) for condition in conditions) for probe in probes]
    distinct = list(dict.fromkeys(patterns))
    of_probe = [distinct.index(pattern) for pattern in patterns]
    return Axis(
        feature,
        thresholds,
        tuple(of_probe[: len(thresholds) + 1]) if thresholds else (),
        dict(zip(codes, of_probe, strict=False)),
        of_probe[-2],
        of_probe[-1],
        np.array(distinct, dtype=np.float64),
    )


def _follows(condition: Condition | None, value: float) -> bool:
    return condition is None or all(step.split.left(value) == step.left for step in condition.steps)
