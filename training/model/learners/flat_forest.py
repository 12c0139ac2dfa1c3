"""The trees of a booster in a few flat arrays, and the sums of their leaves for rows.

They are those of `Booster.predict`, to the bit, in a fraction of its time. Each node is a number and a threshold. The
children of a split lie side by side, so that a step down is an addition: from the place of the left child, one further
where the value is not at most the threshold. A leaf is its own left child. So all trees of a group take equally many
steps, no branch depends on a value, and the processor walks down eight trees at once.

What LightGBM does with a missing value, a zero or a category depends on the split. Each way to read a feature is a
column of its own, in which these are -infinity where they go left and NaN where they go right.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Floats, Ints
from features.compiled import compiled
from training.model.chunks import in_chunks

LANES: Final = 8
"""Trees of one group, which are walked down at once."""
ROWS_AT_ONCE: Final = 16
"""Rows that a group walks down before the next one does: the group stays in the fastest cache."""
SHIFT: Final = 32
"""Bits of a node's number below the place of its left child: its column."""
COLUMN: Final = (1 << SHIFT) - 1
NEARLY_ZERO: Final = float(np.float32(1e-35))
"""Up to here LightGBM takes a value for 0."""
MOST_CODES: Final = 2.0**31
"""From here on a value is no category: LightGBM reads categories as 32-bit integers."""
FEATURE, READING, BEGIN, END = range(4)
"""What `FlatForest.columns` has of each column."""
LEAF, MISSING_LEFT, MISSING_RIGHT, ZERO_LEFT, ZERO_RIGHT, MEMBER = range(6)
"""How a column reads its feature. ``ZERO_``: a zero is a missing value, too. ``MEMBER``: a set of categories goes left.
"""


@dataclass(frozen=True)
class FlatForest:
    """The trees, as `training.model.learners.flattening` reads them from a booster; any thread may ask them.

    ``nodes``, int64, and ``thresholds``, float64, have one entry a node: the place of the left child, and in the lower
    bits the column; the threshold of a split, or the value of a leaf. ``groups``: of each `LANES` trees of similar
    depth their roots, their places in the order of the booster, and the steps down; int64 of shape (groups,
    2 * `LANES` + 1). ``columns``: of each column the feature, how it is read, and where its set begins in ``words`` and
    ends; int64 of shape (columns, 4). The first one stands for leaves. ``words``: 32 categories a number. ``classes``:
    the margins of a row, to which trees add in turn.
    """

    nodes: Ints
    thresholds: Floats
    groups: Ints
    columns: Ints
    words: Ints
    classes: int

    def margins(self, x: Floats, threads: int = 1) -> Floats:
        """The sums of the leaves that rows come to, in the order of the trees: LightGBM's raw score.

        Parameters
        ----------
        x
            Shape (n, features), float64, NaN where missing; further columns are not read.
        threads
            For many rows; 0 for one a core.

        Returns
        -------
        Floats
            Shape (n, classes).
        """
        found = np.empty((len(x), self.classes))

        def walk(rows: slice) -> None:
            own = np.ascontiguousarray(x[rows])
            _walk(own, self.nodes, self.thresholds, self.groups, self.columns, self.words, found[rows])

        in_chunks(walk, len(x), threads)
        return found


@compiled
def _walk(x: Floats, nodes: Ints, thresholds: Floats, groups: Ints, columns: Ints, words: Ints, found: Floats) -> None:
    most = min(ROWS_AT_ONCE, len(x))
    values, leaves = np.empty((most, len(columns))), np.empty((most, len(groups) * LANES))
    at = np.empty(LANES, np.int64)
    for start in range(0, len(x), ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, len(x) - start)
        for row in range(rows):
            _read_row(x, start + row, columns, words, values, row)
        for group in range(len(groups)):
            for row in range(rows):
                for lane in range(LANES):
                    at[lane] = groups[group, lane]
                for _ in range(groups[group, 2 * LANES]):
                    for lane in range(LANES):
                        node = nodes[at[lane]]
                        goes_left = values[row, node & COLUMN] <= thresholds[at[lane]]
                        at[lane] = (node >> SHIFT) + (not goes_left)
                for lane in range(LANES):
                    leaves[row, groups[group, LANES + lane]] = thresholds[at[lane]]
        for row in range(rows):
            _add_up(leaves, row, found, start + row)


@compiled
def _add_up(leaves: Floats, row: int, found: Floats, place: int) -> None:
    classes = found.shape[1]
    for first in range(classes):
        total = 0.0
        for tree in range(first, leaves.shape[1], classes):
            total += leaves[row, tree]
        found[place, first] = total


@compiled
def _read_row(x: Floats, place: int, columns: Ints, words: Ints, values: Floats, row: int) -> None:
    for column in range(len(columns)):
        value = x[place, columns[column, FEATURE]]
        values[row, column] = _value(value, columns[column, READING], column, columns, words)


@compiled
def _value(value: float, reading: int, column: int, columns: Ints, words: Ints) -> float:
    """The value as the column has it: -infinity goes left whatever the threshold, NaN right."""
    if reading == LEAF:
        return -np.inf
    if reading == MEMBER:
        return -np.inf if _is_member(value, columns[column, BEGIN], columns[column, END], words) else np.nan
    if abs(value) <= NEARLY_ZERO:
        value = 0.0
    if np.isnan(value) or (value == 0.0 and reading >= ZERO_LEFT):
        return -np.inf if reading in (MISSING_LEFT, ZERO_LEFT) else np.nan
    return value


@compiled
def _is_member(value: float, begin: int, end: int, words: Ints) -> bool:
    if not -1.0 < value < MOST_CODES:  # nor is NaN
        return False
    code = int(value)
    word = begin + (code >> 5)
    return word < end and (words[word] >> (code & 31)) & 1 == 1
