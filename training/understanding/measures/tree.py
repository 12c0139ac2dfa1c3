"""Slices that a shallow tree finds: it splits lines where the mean of a target differs most, and each leaf is a rule.

A rule is written so that ``DataFrame.query`` of pandas finds its lines. A missing value follows the side that the tree
sends it to: ``not (x > 3)`` holds where x is missing, ``x <= 3`` does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

from data.arrays import Floats

DIGITS = 6
"""Significant digits of a threshold in a rule."""


@dataclass(frozen=True)
class Column:
    """A column that the tree may split by: a number, or whether ``label`` is the value of the column ``name``."""

    name: str
    label: str | None = None

    def values(self, lines: pd.DataFrame) -> Floats:
        """The column as float64, NaN where missing; shape (n,)."""
        if self.label is None:
            return lines[self.name].to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(lines[self.name] == self.label, dtype=np.float64)

    def condition(self, threshold: float, *, low: bool, missing: bool) -> str:
        """The side ``low`` of a split at ``threshold`` as a condition; ``missing`` values are on this side, or not."""
        if self.label is not None:
            return f"`{self.name}` {'!=' if low else '=='} {self.label!r}"
        number = f"{threshold:.{DIGITS}g}"
        if missing:
            return f"not (`{self.name}` {'>' if low else '<='} {number})"
        return f"`{self.name}` {'<=' if low else '>'} {number}"


def columns(lines: pd.DataFrame, numbers: Sequence[str], labels: Sequence[str], most: int) -> list[Column]:
    """All ``numbers``, and of each column of ``labels`` its ``most`` most frequent values."""
    found = [Column(name) for name in numbers]
    for name in labels:
        counts = (
            lines[name].dropna().astype(str).value_counts().sort_index().sort_values(ascending=False, kind="stable")
        )
        found += [Column(name, str(label)) for label in counts.index[:most]]
    return found


def find_rules(lines: pd.DataFrame, target: Floats, chosen: list[Column], depth: int, least_lines: int) -> list[str]:
    """Grow a tree of ``depth`` on ``target`` (shape (n,)) with ``least_lines`` in a leaf; the rule of each leaf.

    The rules part the lines: each line follows exactly one, but for thresholds that were rounded. Without a split there
    is none.
    """
    if len(lines) < 2 * least_lines:
        return []
    x = np.column_stack([column.values(lines) for column in chosen])
    tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=least_lines, random_state=0).fit(x, target).tree_
    has_missing = [bool(np.isnan(one).any()) for one in x.T]
    if tree.node_count == 1:
        return []

    def leaves(node: int, conditions: tuple[str, ...]) -> Iterator[str]:
        left, right = tree.children_left[node], tree.children_right[node]
        if left == right:
            yield " and ".join(conditions)
            return
        place = tree.feature[node]
        column, at, missing_low = chosen[place], float(tree.threshold[node]), bool(tree.missing_go_to_left[node])
        below = column.condition(at, low=True, missing=has_missing[place] and missing_low)
        above = column.condition(at, low=False, missing=has_missing[place] and not missing_low)
        yield from leaves(left, (*conditions, below))
        yield from leaves(right, (*conditions, above))

    return list(leaves(0, ()))


def follows(lines: pd.DataFrame, rule: str) -> np.ndarray:
    """Mark the lines that follow a rule; shape (n,), bool."""
    return np.asarray(lines.eval(rule, engine="python"), dtype=bool)
