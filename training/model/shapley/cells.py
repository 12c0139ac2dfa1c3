"""The cell of a row in each grid: the sum of the weights of the tests that the row passes."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

import numpy as np
from scipy import sparse

from data.arrays import Floats, Ints
from training.model.shapley.grid import Axis, Grid


class TestKind(IntEnum):
    """How a test compares the value of a feature."""

    ABOVE = 0  # greater than a threshold
    CODE = 1  # one category
    MISSING = 2


Test = tuple[TestKind, int, float]
"""Kind of the test, place of the feature, and the threshold or category."""


class Cells:
    """Finds the position of a row's first value in each grid, in one array with the values of all ``grids`` in turn.

    All grids share the tests: `_weights`, shape (grids, tests), holds how far a passed test moves the position.
    """

    def __init__(self, grids: Sequence[Grid]) -> None:
        first, weighed = [], []
        begin = 0
        for number, grid in enumerate(grids):
            axes = [(axis, stride * len(grid.axes)) for axis, stride in zip(grid.axes, grid.strides, strict=True)]
            first.append(begin + sum(stride * _lowest(axis) for axis, stride in axes))
            weighed += [(number, test, weight) for axis, stride in axes for test, weight in _tests(axis, stride)]
            begin += grid.cells * len(grid.axes)
        tests = sorted({test for _, test, _ in weighed})
        place = {test: number for number, test in enumerate(tests)}
        entries = ([number for number, _, _ in weighed], [place[test] for _, test, _ in weighed])
        weights = np.array([weight for _, _, weight in weighed], dtype=np.int64)
        self._weights = sparse.csr_array((weights, entries), shape=(len(grids), len(tests)))
        self._first = np.array(first, dtype=np.int64)[:, None]
        self._features = {kind: np.array([f for k, f, _ in tests if k is kind], dtype=np.intp) for kind in TestKind}
        self._at = {kind: np.array([[at] for k, _, at in tests if k is kind]).reshape(-1, 1) for kind in TestKind}

    def begins(self, x: Floats) -> Ints:
        """Find the positions, shape (grids, rows); ``x`` is float64 of shape (features, rows)."""
        passed = (
            x.take(self._features[TestKind.ABOVE], axis=0) > self._at[TestKind.ABOVE],
            np.trunc(x.take(self._features[TestKind.CODE], axis=0)) == self._at[TestKind.CODE],
            np.isnan(x).take(self._features[TestKind.MISSING], axis=0),
        )
        begins: Ints = self._weights @ np.concatenate(passed)
        begins += self._first
        return begins


def _lowest(axis: Axis) -> int:
    """The class of a value that passes no test: the lowest interval, or that of categories in no split."""
    return axis.intervals[0] if axis.intervals else axis.other


def _tests(axis: Axis, stride: int) -> Iterator[tuple[Test, int]]:
    """Yield the tests of one axis with their weights; classes that follow each other are ``stride`` values apart."""
    for at, below, above in zip(axis.thresholds, axis.intervals, axis.intervals[1:], strict=False):
        yield (TestKind.ABOVE, axis.feature, at), stride * (above - below)
    for code, place in axis.codes.items():
        yield (TestKind.CODE, axis.feature, float(code)), stride * (place - axis.other)
    yield (TestKind.MISSING, axis.feature, 0.0), stride * (axis.missing - _lowest(axis))
