"""The basket counters and derived columns of all lines of a basket at once; lines are compared by codes of labels.

`features.offline.lines.with_baskets` is the same for tables.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from data.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.language.nodes import BasketCounter, Derived, LineNode, Over
from features.language.tape import Tracing
from features.online_state.counters.layout import Value

Row = dict[str, Value]
_COUNT, _SUM, _ABOVE = range(3)
_LACKS = -1


class BasketNodes:
    """Sets ``nodes`` in rows: those that are basket counters or derived columns.

    A node comes after the nodes that it reads; basket counters read only the lines' own columns.
    """

    def __init__(self, nodes: Iterable[LineNode]) -> None:
        self.nodes = tuple(nodes)
        counters = [node for node in self.nodes if isinstance(node, BasketCounter)]
        derived = [node for node in self.nodes if isinstance(node, Derived)]
        self._columns = list(dict.fromkeys(name for node in counters for name in node.columns))
        every: tuple[LineNode, ...] = (*counters, *derived)
        made = {node.name for node in every}
        read = [part.name for node in derived for part in node.reads if part.name not in made]
        self._values = list(dict.fromkeys([*(node.value for node in counters if node.value), *read]))
        self._agree = np.array([[name in node.columns for name in self._columns] for node in counters], dtype=np.bool_)
        self._agree = self._agree.reshape(len(counters), len(self._columns))
        how = [(_how(node), self._values.index(node.value) if node.value else 0) for node in counters]
        self._how = np.array(how, dtype=np.int64).reshape(-1, 2)
        self._names = [node.name for node in every]
        names = [*self._values, *(node.name for node in counters)]
        tracing = Tracing(len(names))
        results = {name: tracing.symbol(place) for place, name in enumerate(names)}
        for node in derived:
            results[node.name] = node.formula(*[results[part.name] for part in node.reads])
        traced = [tracing.place(results[name]) for name in self._names]
        self._tape = tracing.done()
        self._places = np.array([self._tape.place(each) for each in traced], dtype=np.intp)

    def set(self, found: Sequence[Row], wanted: Sequence[int] | None = None) -> None:
        """Set all nodes in the rows at the places ``wanted``, of those ``found`` of one order; None for all of them."""
        places = range(len(found)) if wanted is None else wanted
        codes = np.array([_codes(found, name) for name in self._columns], dtype=np.int64)
        numbers = np.array([[row[name] for name in self._values] for row in found], dtype=np.float64)
        values = self._tape.rows(len(places))
        chosen = np.array(places, dtype=np.int64)
        count(codes.reshape(len(self._columns), len(found)), numbers, chosen, self._how, self._agree, values)
        self._tape.run(values)
        for place, row in zip(places, values[:, self._places].tolist(), strict=True):
            # A whole number as such, so that it reads the same in a key; NaN is missing.
            given = [None if x != x else int(x) if x.is_integer() else x for x in row]  # noqa: PLR0124
            found[place].update(zip(self._names, given, strict=True))


def _how(node: BasketCounter) -> int:
    if node.value is None:
        return _COUNT
    return _SUM if node.over is Over.SUM else _ABOVE


def _codes(rows: Sequence[Row], column: str) -> list[int]:
    """A number for each row, equal where the column is; `_LACKS` where it is missing."""
    seen: dict[Value, int] = {None: _LACKS}
    return [seen.setdefault(row[column], len(seen)) for row in rows]


@compiled
def count(
    codes: Ints,
    numbers: Floats,
    wanted: Ints,
    how: Ints,
    agree: Bools,
    found: Floats,
) -> None:
    """Set the basket counters of the ``wanted`` lines in the rows ``found``, after the numbers of the line itself.

    Parameters
    ----------
    codes, numbers
        Of all lines: shape (columns, lines), and (lines, values).
    how, agree
        What each counter does and with which value, shape (counters, 2); the columns in which it wants lines to agree,
        shape (counters, columns).
    """
    first = numbers.shape[1]
    for number, own in enumerate(wanted):
        found[number, :first] = numbers[own]
        for counter in range(how.shape[0]):
            kind, value = how[counter, 0], how[counter, 1]
            total, any_value, lacks = 0.0, False, False
            for column in range(codes.shape[0]):
                lacks |= agree[counter, column] and codes[column, own] == _LACKS
            for line in range(numbers.shape[0]):
                alike = True
                for column in range(codes.shape[0]):
                    alike &= not agree[counter, column] or codes[column, line] == codes[column, own]
                if not alike:
                    continue
                if kind == _COUNT:
                    total += 1.0
                elif kind == _ABOVE:
                    total += 1.0 if numbers[line, value] > numbers[own, value] else 0.0
                elif not np.isnan(numbers[line, value]):
                    total += numbers[line, value]
                    any_value = True
            lacks |= kind == _SUM and not any_value
            lacks |= kind == _ABOVE and np.isnan(numbers[own, value])
            found[number, first + counter] = np.nan if lacks else total
