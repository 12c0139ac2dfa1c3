"""Prepared lines as NumPy arrays: numbers as float64, texts as codes, and the entities that these name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from data.arrays import Floats, Ints
from features.offline.lines import CODE, TableLines

Codes = npt.NDArray[np.int32]
"""int32: whole numbers from 0 that stand for texts or entities; `MISSING` where there is none."""
MISSING = -1
DENSE = 16
"""Entities are numbered through a table of all combinations of codes where it has so many places a line at most."""


class LineArrays:
    """The columns of n prepared lines, in the canonical order.

    Whole numbers up to 2^53 are exact in float64, and so are counts, money and microseconds.

    Parameters
    ----------
    table
        The columns as Arrow has them, texts of ``texts`` alone; other text columns are there as codes.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._numbers: dict[str, Floats] = {}
        self._codes: dict[str, Codes] = {}

    @classmethod
    def read(cls, backend: Backend, lines: TableLines, texts: Sequence[str]) -> "LineArrays":
        """Read the lines from the engine, with the ``texts`` that are written beside features."""
        table, schema = lines.table, lines.table.schema()
        names = [name for name in table.columns if not schema[name].is_string() or name in texts]
        return cls(backend.to_pyarrow(table.order_by("line_no").select(names)))

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.table)

    def has(self, name: str) -> bool:
        """Whether there is a column ``name``, of numbers or of texts."""
        return name in self._numbers or {name, CODE + name} & set(self.table.column_names) != set()

    def is_text(self, name: str) -> bool:
        """Whether the column ``name`` is of texts, which have codes."""
        return CODE + name in self.table.column_names

    def number(self, name: str) -> Floats:
        """A column of numbers, float64, NaN where missing; shape (n,)."""
        if name not in self._numbers:
            found = self.table[name]
            plain = found.cast(pa.int8()) if pa.types.is_boolean(found.type) else found
            self._numbers[name] = np.ascontiguousarray(plain.to_numpy(), dtype=np.float64)
        return self._numbers[name]

    def add(self, numbers: Mapping[str, Floats]) -> None:
        """Add columns of numbers."""
        self._numbers |= numbers

    def code(self, name: str) -> Codes:
        """A column as codes, `MISSING` where it is missing: those of texts, else one for each distinct number."""
        if name not in self._codes:
            self._codes[name] = (
                _filled(self.table[CODE + name]) if self.is_text(name) else _of_numbers(self.number(name))
            )
        return self._codes[name]

    def entity(self, names: Sequence[str]) -> tuple[Codes, int]:
        """Number the entities that columns name: one a line, `MISSING` where one of them is, and how many there are.

        Entities stand in the order of their codes. Without columns all lines are of one.
        """
        if not names:
            return np.zeros(len(self), dtype=np.int32), 1
        return numbered(joined([self.code(name) for name in names]))


def joined(columns: Sequence[npt.NDArray[Any]]) -> Ints:
    """One number from 0 for each distinct row of codes, ascending; `MISSING` where a code is missing."""
    found = columns[0].astype(np.int64)
    for column in columns[1:]:
        size = int(column.max(initial=0)) + 1
        found = np.where((found < 0) | (column < 0), MISSING, found * size + column)
    return found


def numbered(values: Ints) -> tuple[Codes, int]:
    """Number the distinct ``values`` from 0, ascending, negative ones `MISSING`; give the codes, and how many."""
    known = values >= 0
    size = int(values.max(initial=-1)) + 1
    if size > DENSE * max(len(values), 1):
        distinct, code = np.unique(values[known], return_inverse=True)
        found = np.full(len(values), MISSING, dtype=np.int32)
        found[known] = code
        return found, len(distinct)
    used = np.zeros(size + 1, dtype=np.int32)
    used[values[known]] = 1
    place = np.cumsum(used, dtype=np.int32) - 1
    place[-1] = MISSING  # where a negative value of -1 reads
    return place[np.where(known, values, -1)], int(used.sum())


def _filled(column: pa.ChunkedArray) -> Codes:
    return np.ascontiguousarray(pc.fill_null(column, MISSING).to_numpy(), dtype=np.int32)


def _of_numbers(values: Floats) -> Codes:
    """One code for each distinct number, ascending."""
    known = ~np.isnan(values)
    found = np.full(len(values), MISSING, dtype=np.int32)
    found[known] = np.unique(values[known], return_inverse=True)[1]
    return found
