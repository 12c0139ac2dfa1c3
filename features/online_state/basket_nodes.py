"""The basket counters and derived columns of all lines of a basket at once; lines are compared by codes of labels.

`features.offline.lines.with_baskets` is the same for tables.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from features.language.nodes import BasketCounter, Derived, LineNode
from features.language.tape import Tracing
from features.online_state.basket_counts import BasketCounts
from features.online_state.counters.layout import Value

Row = dict[str, Value]
_LACKS = -1


class BasketNodes:
    """Sets ``nodes`` in rows: those that are basket counters or derived columns.

    A node comes after the nodes that it reads; basket counters read only the lines' own columns.
    """

    def __init__(self, nodes: Iterable[LineNode]) -> None:
        self.nodes = tuple(nodes)
        counters = [node for node in self.nodes if isinstance(node, BasketCounter)]
        derived = [node for node in self.nodes if isinstance(node, Derived)]
        every: tuple[LineNode, ...] = (*counters, *derived)
        made = {node.name for node in every}
        self._counts = BasketCounts(counters)
        read = [part.name for node in derived for part in node.reads if part.name not in made]
        self._values = list(dict.fromkeys([*self._counts.values, *read]))
        self._names = [node.name for node in every]
        names = [*self._values, *(node.name for node in counters)]
        tracing = Tracing(len(names))
        results = {name: tracing.symbol(place) for place, name in enumerate(names)}
        for node in derived:
            results[node.name] = node.formula(*[results[part.name] for part in node.reads])
        self._tape = tracing.done([results[name] for name in self._names])

    def set(self, found: Sequence[Row], wanted: Sequence[int] | None = None) -> None:
        """Set all nodes in the rows at the places ``wanted``, of those ``found`` of one order; None for all of them."""
        lines = len(found)
        codes = np.array([_codes(found, name) for name in self._counts.columns], dtype=np.int32)
        numbers = np.array([[row[name] for row in found] for name in self._values], dtype=np.float64)
        numbers = numbers.reshape(len(self._values), lines)
        codes = codes.reshape(len(self._counts.columns), lines)
        counted = self._counts.of(codes, numbers, np.arange(lines), np.array([0, lines]))
        places = range(lines) if wanted is None else wanted
        values = self._tape.rows(len(places))
        values[:, : self._tape.inputs] = np.concatenate([numbers, counted])[:, places].T
        for place, row in zip(places, self._tape.run(values).tolist(), strict=True):
            # A whole number as such, so that it reads the same in a key; NaN is missing.
            given = [None if x != x else int(x) if x.is_integer() else x for x in row]  # noqa: PLR0124
            found[place].update(zip(self._names, given, strict=True))


def _codes(rows: Sequence[Row], column: str) -> list[int]:
    """A number for each row, equal where the column is; `_LACKS` where it is missing."""
    seen: dict[Value, int] = {None: _LACKS}
    return [seen.setdefault(row[column], len(seen)) for row in rows]
