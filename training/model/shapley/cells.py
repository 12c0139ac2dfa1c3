"""The cell of a row in each grid, and the sums of the cells' values, compiled.

The thresholds of all grids cut a feature's values into bins. A table has, for each bin, how far the feature moves the
position in each grid that splits by it. So a row costs one search and one row of the table a feature, and one look-up a
grid.
"""

import math
from collections.abc import Sequence

import numpy as np

from data.arrays import Floats, Ints
from features.compiled import compiled
from training.model.shapley.grid import Axis, Grid

ROWS_AT_ONCE = 64
"""Rows whose positions are found before their values are added up."""
FEATURE, IS_CODE, EDGES, BINS, OFFSETS, AXES, COUNT = range(7)
"""What there is of each feature: its place in a row, whether its bins are single categories; where its edges begin in
`Cells._numbers`, and how many they are; where its rows of `Cells._offsets` begin; where its axes begin, and how many
they are."""


class Cells:
    """The values of all cells of ``grids``; any thread may ask for sums of them.

    `_numbers` holds the edges of the bins, and then the values of all cells. `_grids`, shape (grids + 1, 2): where
    those of each grid begin, and its first axis. `_axes` and `_features_of_axes`: the grids of all axes in the order of
    the features, and the features of all axes in the order of the grids.
    """

    def __init__(self, grids: Sequence[Grid]) -> None:
        axes = [
            (number, axis, stride * len(grid.axes))
            for number, grid in enumerate(grids)
            for axis, stride in zip(grid.axes, grid.strides, strict=True)
        ]
        features: list[tuple[int, ...]] = []
        edges, offsets, order = [np.zeros(0)], [np.zeros(0, np.int64)], list[int]()
        for feature in sorted({axis.feature for _, axis, _ in axes}):
            own = [each for each in axes if each[1].feature == feature]
            bins = _edges([axis for _, axis, _ in own])
            table = np.column_stack([stride * _classes(axis, bins) for _, axis, stride in own])
            is_code = not own[0][1].thresholds
            begins = (sum(map(len, edges)), len(bins), sum(map(len, offsets)), len(order), len(own))
            features.append((feature, is_code, *begins))
            edges.append(bins)
            offsets.append(table.ravel())
            order += [number for number, _, _ in own]
        self._features = np.array(features, dtype=np.int64).reshape(-1, COUNT + 1)
        self._offsets = np.concatenate(offsets)
        self._axes = np.array(order, dtype=np.int64)
        self._features_of_axes = np.array([axis.feature for _, axis, _ in axes], dtype=np.int64)
        self._numbers = np.concatenate([*edges, *(grid.values().ravel() for grid in grids)])
        sizes = np.array([(grid.cells * len(grid.axes), len(grid.axes)) for grid in grids], dtype=np.int64).reshape(
            -1, 2
        )
        self._grids = np.vstack([np.zeros((1, 2), np.int64), np.cumsum(sizes, axis=0)])
        self._grids[:, 0] += sum(map(len, edges))

    def add_up(self, x: Floats, found: Floats) -> None:
        """Write the sum of each feature for rows ``x``, float64 of shape (n, features), as ``found``."""
        for start in range(0, len(x), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            own = np.ascontiguousarray(x[rows])
            at = np.empty((len(own), len(self._grids) - 1), dtype=np.int64)
            _find(own, self._features, self._offsets, self._axes, self._grids, self._numbers, at)
            _add_up(at, self._features_of_axes, self._grids, self._numbers, found[rows])


def _edges(axes: Sequence[Axis]) -> Floats:
    """The thresholds of the axes of one feature, or its categories, ascending."""
    return np.unique([each for axis in axes for each in axis.thresholds or axis.codes]).astype(np.float64)


def _classes(axis: Axis, edges: Floats) -> Ints:
    """The class of each bin: up to each edge, or of each category; that beyond, or of others; that of a missing value.

    Shape (edges + 2,).
    """
    if axis.thresholds:
        of_bins = np.array(axis.intervals)[np.searchsorted(axis.thresholds, edges)]
    else:
        of_bins = np.array([axis.codes.get(int(code), axis.other) for code in edges])
    return np.append(of_bins, [axis.other, axis.missing]).astype(np.int64)


@compiled
def _find(x: Floats, features: Ints, offsets: Ints, axes: Ints, grids: Ints, numbers: Floats, at: Ints) -> None:
    """Write the position of the first value of each row's cell in each grid, shape (rows, grids)."""
    for row in range(len(x)):
        for grid in range(at.shape[1]):
            at[row, grid] = grids[grid, 0]
        for number in range(len(features)):
            first, count = features[number, AXES], features[number, COUNT]
            line = (
                features[number, OFFSETS] + _bin(x[row, features[number, FEATURE]], features, number, numbers) * count
            )
            for axis in range(count):
                at[row, axes[first + axis]] += offsets[line + axis]


@compiled
def _add_up(at: Ints, features: Ints, grids: Ints, numbers: Floats, found: Floats) -> None:
    for row in range(len(at)):
        for feature in range(found.shape[1]):
            found[row, feature] = 0.0
        for grid in range(at.shape[1]):
            first = grids[grid, 1]
            for axis in range(first, grids[grid + 1, 1]):
                found[row, features[axis]] += numbers[at[row, grid] + axis - first]


@compiled
def _bin(value: float, features: Ints, number: int, numbers: Floats) -> int:
    """The bin of a value: how many edges it is above; the last but one for other categories, the last for NaN."""
    bins, first = int(features[number, BINS]), int(features[number, EDGES])
    if math.isnan(value):
        return bins + 1
    if features[number, IS_CODE]:
        value = math.trunc(value) if abs(value) < 2.0**31 else -1.0
    place, left = first, bins
    while left > 1:
        half = left // 2
        place += half * int(numbers[place + half - 1] < value)
        left -= half
    place += int(numbers[place] < value)
    if features[number, IS_CODE] and (place - first == bins or numbers[place] != value):
        return bins
    return place - first
