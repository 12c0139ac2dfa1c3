"""The local engine: all lines with their counters, some lines at a time, so that memory does not grow with them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ibis.backends.duckdb import Backend

from data.arrays import Floats, Ints
from features.language.nodes import ASKED_AT, BasketCounter, Derived, Feature, LineColumn, walk
from features.offline.lines import TableLines
from features.offline.local.arrays import MISSING, LineArrays
from features.offline.local.baskets import add_baskets
from features.offline.local.counting import LAST, PIECES, Count, Values
from features.offline.local.moments import Moments, happened, in_order
from features.online_state.basket import line_nodes
from features.online_state.counters.layout import Layout, layouts

AT_ONCE = 131_072
"""Lines whose counters are held at once, and those of a row group of the matrix."""

Columns = Mapping[str, Floats]
"""What formulas read of some lines, by the name of the node; of texts their codes. NaN where it is missing."""


@dataclass(frozen=True)
class Some:
    """The lines from ``begin`` to ``end``, with what the features read of them."""

    begin: int
    end: int
    columns: Columns


class Engine:
    """All lines of a shop, and what counts them.

    Parameters
    ----------
    features
        Those that will be computed.
    texts
        The text columns that are written beside features.
    origin
        The time (microseconds since 1970) from which decay is computed, no later than the first event.
    asked
        Whether the lines are scored; otherwise counters hold at the end of the tables.
    """

    def __init__(
        self,
        backend: Backend,
        lines: TableLines,
        features: Sequence[Feature],
        texts: Sequence[str],
        origin: int,
        *,
        asked: bool = True,
    ) -> None:
        self._origin = origin
        self.lines = LineArrays.read(backend, lines, texts)
        every = [node for feature in features for node in walk(feature)]
        add_baskets(self.lines, line_nodes(every))
        self._returns = backend.to_pyarrow(lines.returns)
        self._asked, self._counters = asked, layouts(features)

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.lines)

    def some(self, features: Sequence[Feature], threads: int) -> Iterator[Some]:
        """Give the lines in their order, some at a time, with all that ``features`` read of them."""
        wanted = layouts(features)
        with ThreadPoolExecutor(threads) as pool:
            counts = list(pool.map(self.count, wanted))
            names = _read(features)
            for begin, end in self._spans():
                found = list(pool.map(lambda count, b=begin, e=end: _asked(count, b, e), counts))
                columns = self.read(names, slice(begin, end))
                for layout, values in zip(wanted, found, strict=True):
                    columns |= zip((each.name for each in layout.counters), values, strict=True)
                yield Some(begin, end, columns)

    def count(self, layout: Layout) -> Count:
        """Begin to count the counters of a key."""
        return Count(layout, self.lines, self._values, self._moments(daily=layout.key.daily), self._origin)

    def read(self, names: Sequence[str], rows: slice | Ints) -> dict[str, Floats]:
        """Columns of some lines as numbers, of texts their codes."""
        return {name: self._column(name, rows) for name in names}

    def _column(self, name: str, rows: slice | Ints) -> Floats:
        if not self.lines.is_text(name):
            return self.lines.number(name)[rows]
        code = self.lines.code(name)[rows]
        return np.where(code == MISSING, np.nan, code)

    def _spans(self) -> Iterator[tuple[int, int]]:
        """Lines of which no later ones are scored before these; all at once where the order is not that of scoring."""
        asked = self.lines.number(ASKED_AT.name)
        step = AT_ONCE if np.all(asked[1:] >= asked[:-1]) else max(len(self), 1)
        yield from ((begin, min(begin + step, len(self))) for begin in range(0, len(self), step))

    @cached_property
    def _values(self) -> Values:
        counters = [counter for layout in self._counters for counter in layout.counters]
        names = {each.value for each in counters if each.value is not None and each.event not in PIECES}
        names |= {LAST} if self.lines.has(LAST) else set()
        ordered = sorted(names)
        numbers = np.array([self.lines.number(name) for name in ordered]).reshape(len(ordered), len(self))
        return Values(tuple(ordered), numbers)

    def _moments(self, *, daily: bool) -> Moments:
        return self._by_day if daily else self._by_time

    @cached_property
    def _by_day(self) -> Moments:
        return in_order(happened(self.lines, self._returns, asked=self._asked), len(self), daily=True)

    @cached_property
    def _by_time(self) -> Moments:
        return in_order(happened(self.lines, self._returns, asked=self._asked), len(self), daily=False)


def computed(features: Sequence[Feature], columns: Columns) -> dict[str, Floats]:
    """Compute ``features``, in their order, from what they read."""
    found: dict[str, Floats] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for each in (node for feature in features for node in walk(feature)):
            if isinstance(each, Feature) and each.name not in found:
                parts = (found[p.name] if isinstance(p, Feature) else columns[p.name] for p in each.reads)
                found[each.name] = each.formula(*parts)
    return {feature.name: found[feature.name] for feature in features}


def _asked(count: Count, begin: int, end: int) -> Floats:
    found = np.empty((len(count.layout.counters), end - begin))
    count.ask(begin, end, found)
    return found


def _read(features: Sequence[Feature]) -> list[str]:
    """The names of the line columns, basket counters and derived columns that formulas and keys read."""
    every = (node for feature in features for node in walk(feature))
    return list(dict.fromkeys(node.name for node in every if isinstance(node, LineColumn | BasketCounter | Derived)))
