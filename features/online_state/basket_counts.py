"""Basket counters, one definition for the lines of a basket and for those of all orders.

Lines are compared by codes of their labels: equal where a column is, below 0 where it is missing.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data.arrays import Bools, Floats, Ints
from features.compiled import compiled
from features.language.nodes import BasketCounter, Over

Codes = npt.NDArray[np.int32]

LINES, SUM, ABOVE = 0, 1, 2
"""What a basket counter does with the lines that agree with it."""


class BasketCounts:
    """Counts ``counters``; ``columns``: those whose codes it reads, ``values``: those whose numbers."""

    def __init__(self, counters: Sequence[BasketCounter]) -> None:
        self.columns = list(dict.fromkeys(name for each in counters for name in each.columns))
        self.values = list(dict.fromkeys(each.value for each in counters if each.value is not None))
        agree = [[name in each.columns for name in self.columns] for each in counters]
        self._agree = np.array(agree, dtype=np.bool_).reshape(len(counters), len(self.columns))
        value = [self.values.index(each.value) if each.value is not None else 0 for each in counters]
        self._counters = np.array([[_kind(each) for each in counters], value], dtype=np.int64)

    def of(self, codes: Codes, numbers: Floats, rows: Ints, starts: Ints) -> Floats:
        """Give every counter of every line, shape (counters, lines), NaN where it is missing.

        Parameters
        ----------
        codes, numbers
            Of all lines: shape (columns, lines), and (values or more, lines).
        rows, starts
            The lines, those of an order together; and where each order begins in ``rows``, with their number at the
            end.
        """
        if not len(numbers):
            numbers = np.zeros((1, len(rows)))  # counters of lines read none
        found = np.empty((self._counters.shape[1], len(rows)))
        _count(rows, starts, codes, self._agree, numbers, self._counters, found)
        return found


def _kind(counter: BasketCounter) -> int:
    if counter.value is None:
        return LINES
    return ABOVE if counter.over is Over.ABOVE else SUM


@compiled
def _agree(codes: Codes, columns: Bools, line: int, other: int) -> bool:
    """Whether two lines have the same codes in the ``columns``; a code that is missing agrees with none."""
    for column in range(codes.shape[0]):
        if columns[column] and (codes[column, line] < 0 or codes[column, line] != codes[column, other]):
            return False
    return True


@compiled
def _of_line(basket: Ints, codes: Codes, columns: Bools, kind: int, values: Floats, line: int) -> float:
    """A counter over the lines of a ``basket`` that agree with ``line``, one of them."""
    if not _agree(codes, columns, line, line) or (kind == ABOVE and np.isnan(values[line])):
        return np.nan
    total, some = 0.0, kind != SUM
    for other in basket:
        if not _agree(codes, columns, line, other):
            continue
        if kind == LINES:
            total += 1.0
        elif kind == ABOVE:
            total += 1.0 if values[other] > values[line] else 0.0
        elif not np.isnan(values[other]):
            total += values[other]
            some = True
    return total if some else np.nan


@compiled
def _count(
    rows: Ints,
    starts: Ints,
    codes: Codes,
    agree: Bools,
    numbers: Floats,
    counters: Ints,
    found: Floats,
) -> None:
    """Count within each order, whose lines are ``rows`` from one of ``starts`` to the next."""
    for order in range(len(starts) - 1):
        basket = rows[starts[order] : starts[order + 1]]
        for place in range(found.shape[0]):
            values = numbers[counters[1, place]]
            for line in basket:
                found[place, line] = _of_line(basket, codes, agree[place], counters[0, place], values, line)
