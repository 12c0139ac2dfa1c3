"""Features of lines in another size, from what was computed of the lines as they are.

A size changes a few columns, counters and steps. All else stays, so that it is neither read nor computed again; the
features are those of the changed basket to the last digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from features.language.nodes import ASKED_AT, LineNode
from features.online.known_labels import KnownLabels
from features.online.program import Program
from features.online_state.basket import SIZE_COLUMNS, RowForm, hang_on, in_size
from features.online_state.basket_nodes import BasketNodes, Row
from features.online_state.counters.layout import Layout
from features.online_state.counters.reader import CounterReader
from features.stores.store import Snapshot


@dataclass(frozen=True)
class Worked:
    """What was computed of all lines of one basket: their rows as asked, and the values of `Program.worked`."""

    rows: Sequence[Row]
    values: Floats


class OtherSize:
    """Computes the first ``outputs`` features of ``program`` for lines in another size.

    ``nodes``, ``layouts``, the form in ``read_as``: of the state. The labels in it are those that the model knows.
    ``read``: the counters that the program reads.
    """

    def __init__(
        self,
        program: Program,
        nodes: Sequence[LineNode],
        layouts: Sequence[Layout],
        read_as: tuple[RowForm, KnownLabels],
        read: Sequence[str],
        outputs: int,
    ) -> None:
        self._nodes, (self._form, self._labels) = BasketNodes(hang_on(SIZE_COLUMNS, nodes)), read_as
        columns = {*SIZE_COLUMNS, *(node.name for node in self._nodes.nodes)}
        self._layouts = [layout for layout in layouts if columns.intersection(layout.columns)]
        self._reader = CounterReader(self._layouts, set(read)) if self._layouts else None
        names = [] if self._reader is None else self._reader.names
        self._again = program.again(columns, names, outputs)

    def ask(
        self, snapshot: Snapshot, worked: Worked, changes: Sequence[tuple[int, str]]
    ) -> tuple[Floats, Sequence[Row]]:
        """Give the features of each of ``changes``, a line's place and its other size; and the rows of these lines.

        At least one change is needed. Records of the state are read where the size is a part of their key. The features
        have shape (changes, outputs).
        """
        sized = [in_size(worked.rows, place, size, self._nodes, self._form) for place, size in changes]
        rows = self._labels.of(sized)
        values = worked.values[[place for place, _ in changes]]
        return self._again.run(values, rows, self._counters(snapshot, rows)), rows

    def _counters(self, snapshot: Snapshot, rows: Sequence[Row]) -> Floats:
        if self._reader is None:
            return np.empty((len(rows), 0))
        addresses = [layout.address(row) for row in rows for layout in self._layouts]
        wanted = list(dict.fromkeys(address for address in addresses if address is not None))
        found = dict(zip(wanted, snapshot.get(wanted), strict=True))
        records = [
            layout.absent if address is None else found[address] or layout.empty
            for address, layout in zip(addresses, self._layouts * len(rows), strict=True)
        ]
        return self._reader.read(records, [row[ASKED_AT.name] for row in rows])
