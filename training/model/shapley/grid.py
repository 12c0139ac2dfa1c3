"""The Shapley values of some leaves in every cell of the grid that their splits cut the features' values into."""

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
    """The classes into which one feature's values fall for some leaves: those of a class lead to the same leaves.

    ``thresholds`` ascend; ``intervals``, one more, are the classes up to each of them and above. ``codes`` gives the
    class of each category that a split names, ``other`` that of all other ones, ``missing`` that of a missing value.
    ``follows`` has shape (classes, leaves), float64: 1 where the class follows the leaf's path by this feature, else 0;
    1 where the path doesn't ask for the feature.
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
    """The cells of some leaves: one for each choice of a class on each axis, the first axis being the slowest."""

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
        """By how many cells the next class of each axis lies further."""
        return tuple(math.prod(self.shape[place + 1 :]) for place in range(len(self.axes)))

    def values(self) -> Floats:
        """Compute the Shapley values of each cell, shape (cells, axes), float64.

        A leaf's own array has one cell along the axes that it doesn't ask for.
        """
        values = np.zeros((*self.shape, len(self.axes)))
        for number, leaf in enumerate(self.leaves):
            asked = [place for place, axis in enumerate(self.axes) if axis.feature in leaf.conditions]
            nodes, weights = np.polynomial.legendre.leggauss((len(asked) + 1) // 2)
            t, weights = (nodes + 1) / 2, weights / 2
            gap, led = {}, {}
            for place in asked:
                share = leaf.conditions[self.axes[place].feature].share
                follows = self._along(place, self.axes[place].follows[:, number])
                gap[place] = (follows - share)[..., 0]
                led[place] = t * follows + (1 - t) * share
            for place in asked:
                others = reduce(mul, (led[other] for other in asked if other != place), np.ones_like(t))
                values[..., place] += leaf.value * gap[place] * (others @ weights)
        return values.reshape(-1, len(self.axes))

    def _along(self, place: int, follows: Floats) -> Floats:
        shape = [1] * (len(self.axes) + 1)
        shape[place] = len(follows)
        return follows.reshape(shape)


def cut(tree: Tree | Leaf, most_cells: int) -> Iterator[Grid]:
    """Cut a tree into grids of at most ``most_cells`` cells, but for single leaves; none for a tree without splits."""
    leaves = tuple(tree.leaves())
    features = sorted({feature for leaf in leaves for feature in leaf.conditions})
    grid = Grid(leaves, tuple(_axis(feature, leaves) for feature in features))
    if isinstance(tree, Tree) and grid.cells > most_cells:
        yield from cut(tree.left, most_cells)
        yield from cut(tree.right, most_cells)
    elif features:
        yield grid


def _axis(feature: int, leaves: Sequence[Leaf]) -> Axis:
    asked = [leaf.conditions.get(feature) for leaf in leaves]
    splits = [step.split for condition in asked if condition for step in condition.steps]
    thresholds = tuple(sorted({split.at for split in splits if isinstance(split, Threshold)}))
    codes = sorted({code for split in splits if isinstance(split, Members) for code in split.codes})
    # A value of each interval or category that splits may tell apart: no code is -1, as LightGBM has no negative ones.
    probes = [*thresholds, math.inf] if thresholds else [*codes, -1.0]
    probes = [*probes, math.nan]
    patterns = [tuple(_follows(condition, probe) for condition in asked) for probe in probes]
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
