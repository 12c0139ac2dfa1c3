"""Law 2 online: the matrix against the features of a state that receives the event log, order by order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Floats
from features.online.features import OnlineFeatures
from features.online_state.events import OrderPlaced
from features.online_state.live import LiveState
from tests.features.event_log import Moment

RELATIVE, ABSOLUTE = 1e-9, 1e-15


@dataclass
class Offline:
    """The matrix: ``values`` of shape (lines, features), and the row of each line."""

    values: Floats
    row_of: Mapping[str, int]

    @classmethod
    def read(cls, matrix: Path, names: tuple[str, ...]) -> "Offline":
        return cls.of(pq.read_table(matrix / "lines.parquet", columns=["line_id", *names]), names)

    @classmethod
    def of(cls, table: pa.Table, names: tuple[str, ...]) -> "Offline":
        columns = [table.column(name).cast(pa.float64()).to_numpy() for name in names]
        ids = table.column("line_id").to_pylist()
        return cls(np.column_stack(columns), {line_id: row for row, line_id in enumerate(ids)})


@dataclass
class Comparison:
    """The size of the comparison, and the first differences: (feature, line, offline, online).

    ``largest``: the largest relative difference of values that count as equal.
    """

    online: OnlineFeatures
    offline: Offline
    lines: int = 0
    differing: int = 0
    largest: float = 0.0
    examples: list[tuple[str, str, float, float]] = field(default_factory=list)

    def hold(self, placed: OrderPlaced, found: Floats) -> None:
        expected = self.offline.values[[self.offline.row_of[line_id] for line_id in placed.line_ids]]
        whole = {feature.name for feature in self.online.features if feature.whole}
        exact = np.array([name in whole for name in self.online.names])
        close = np.abs(found - expected) <= np.where(exact, 0.0, RELATIVE * np.abs(expected) + ABSOLUTE)
        same = close | (np.isnan(found) & np.isnan(expected))
        self.lines += len(expected)
        apart = np.abs(found - expected)[close & (expected != 0)] / np.abs(expected[close & (expected != 0)])
        self.largest = max(self.largest, float(apart.max(initial=0.0)))
        for line, column in np.argwhere(~same):
            self.differing += 1
            if len(self.examples) < 20:
                name, line_id = self.online.names[column], placed.line_ids[line]
                self.examples.append((name, line_id, float(expected[line, column]), float(found[line, column])))


def replay(log: Iterable[Moment], live: LiveState, comparison: Comparison) -> Iterator[Moment]:
    """Score each order just before it is placed, then apply its events; give each moment once it is applied.

    Scoring itself counts the due closes; the writer counts them only when an answer is marked as behind.
    """
    for moment in log:
        for placed in moment.placed:
            ask = partial(comparison.online.ask, orders=[placed.order], reasons=True)
            answer = live.store.read(ask)
            if answer.behind:
                while live.advance(moment.at):
                    pass
                answer = live.store.read(ask)
            comparison.hold(placed, answer.features)
        live.apply(moment.events, moment.at)
        yield moment
