"""Shapley tables of one booster: the values of all cells, computed once, and the values of rows, looked up."""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np

from data.arrays import Floats
from training.model.chunks import in_chunks
from training.model.shapley.cells import Cells
from training.model.shapley.grid import Grid, cut
from training.model.shapley.trees import Leaf, Tree, read_trees

MOST_CELLS = 1024
"""The most cells of a grid of several leaves. Larger grids are fewer, take more memory and miss the cache."""
MOST_VALUES = 20_000_000
"""The most values of all tables, 160 MB. Stock parameters need a tenth; trees of 64 leaves would need gigabytes."""


class ShapleyTables:
    """The tables of one booster; any thread may read them.

    ``expected`` is the mean margin of the training rows: a row's margin is ``expected`` plus the sum of its values.
    Trees beyond the memory limit take LightGBM's own ``pred_contrib``, which is slower.

    Parameters
    ----------
    booster
        A booster with one margin a row.

    Raises
    ------
    NotImplementedError
        The booster was trained with ``zero_as_missing`` or ``linear_tree``.
    """

    exact = True

    def __init__(self, booster: lgb.Booster, most_cells: int = MOST_CELLS, most_values: int = MOST_VALUES) -> None:
        trees = read_trees(booster)
        self.expected = sum(leaf.value * leaf.share for tree in trees for leaf in tree.leaves())
        self._booster, self._width = booster, booster.num_feature()
        grids, self._tabled = _plan(trees, most_cells, most_values)
        self._cells = Cells(grids)

    def values(self, x: Floats) -> Floats:
        """Compute the Shapley value of each feature of each row.

        Parameters
        ----------
        x
            Rows of features, shape (n, features), float64, NaN where missing.

        Returns
        -------
        Floats
            Shape (n, features), float64, in units of the margin.
        """
        values = np.empty((len(x), self._width))
        in_chunks(lambda rows: self._cells.add_up(x[rows], values[rows]), len(x))
        if self._tabled < self._booster.num_trees() and len(x):
            values += np.asarray(self._booster.predict(x, pred_contrib=True, start_iteration=self._tabled))[:, :-1]
        return values


def _plan(trees: Sequence[Tree | Leaf], most_cells: int, most_values: int) -> tuple[list[Grid], int]:
    """The grids of the first trees, as many as fit into ``most_values``, and the number of these trees."""
    grids: list[Grid] = []
    for number, tree in enumerate(trees):
        parts = list(cut(tree, most_cells))
        most_values -= sum(part.cells * len(part.axes) for part in parts)
        if most_values < 0:
            return grids, number
        grids += parts
    return grids, len(trees)
