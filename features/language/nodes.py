"""The nodes of a feature: line columns, basket counters, keys, counters, and formulas over them.

A node is a declaration only. `features.offline.matrix` executes it over tables. Nodes are compared by name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Formula = Callable[..., Any]


@dataclass(frozen=True)
class LineColumn:
    """A column of the line itself (or of its product or customer), as the validated tables have it.

    Times are whole microseconds since 1970, UTC. ``column`` is the column's name in the tables, where it differs from
    ``name``.
    """

    name: str
    column: str | None = None

    @property
    def source(self) -> str:
        """The column of the tables that this one is read from."""
        return self.column or self.name


ASKED_AT = LineColumn("asked_at", column="ordered_at")
"""The scoring time: the moment for which features are computed. Counters are read strictly before it; ages end at it.

Today a line is scored at the time of its order, so that the line's own order is not counted. A later scoring time
sees everything that became known before it, also the line's own order, delivery and return. A feature that describes
the order itself, such as its weekday, reads ``ordered_at`` and does not depend on the scoring time.
"""


class Over(StrEnum):
    """How a basket counter aggregates the lines that agree in its columns."""

    SUM = "sum"
    ABOVE = "above"  # how many of these lines have a greater value than this line


@dataclass(frozen=True)
class BasketCounter:
    """A counter over the lines of the same order that agree with this line in ``columns``; it includes this line.

    ``value`` is the line column that is summed or compared; None counts lines. The counter is missing where one of its
    columns is missing.
    """

    name: str
    columns: tuple[str, ...] = ()
    value: str | None = None
    over: Over = Over.SUM


@dataclass(frozen=True)
class Derived:
    """A line column computed from other columns of the same line or basket, so that a key can use it."""

    name: str
    reads: tuple["LineNode", ...]
    formula: Formula


LineNode = LineColumn | BasketCounter | Derived


class LineEvent(StrEnum):
    """What happens to an order line; each event becomes known at its own time.

    A line is RETURNED or KEPT as a whole. Its pieces come back one return at a time (PIECES_RETURNED), and those that
    are left are kept at the close (PIECES_KEPT), also where the line counts as returned. Both have the value of their
    pieces in the column `PIECES_VALUE`. CANCELLED takes the line off the sums of ORDERED again.
    """

    ORDERED = "ordered"
    RETURNED = "returned"
    KEPT = "kept"
    PIECES_RETURNED = "pieces_returned"
    PIECES_KEPT = "pieces_kept"
    CANCELLED = "cancelled"


PIECES_VALUE = "pieces_value_minor"
"""The column of the events of pieces: the price of a piece times the pieces that come back, or are kept."""
PIECES_READ = ("price_minor", "quantity")
"""The line columns that `PIECES_VALUE` is made from."""


class Total(StrEnum):
    """How a counter aggregates the values of its events."""

    SUM = "sum"
    MAX = "max"
    LATEST = "latest"  # time of the latest event
    FIRST = "first"  # time of the first event


@dataclass(frozen=True)
class Key:
    """The entity that a counter belongs to, given by the line columns that name it.

    ``daily``: an event becomes visible at the start of the next day (UTC), offline and online. This keeps the history
    of large entities, such as the whole shop, small. Otherwise an event is visible strictly after its own time.
    """

    name: str
    columns: tuple[LineNode, ...]
    daily: bool = False


@dataclass(frozen=True)
class Counter:
    """(entity key, event, value summed, half-life): a number that changes when an event becomes known.

    Before the first event a counter is 0 (`Total.MAX`, LATEST and FIRST: missing). It is missing where a column of the
    key is missing. ``value`` is the line column that is summed; None counts lines. ``derived`` computes this column
    where no table has it.

    Raises
    ------
    NotImplementedError
        A counter of orders has a half-life: a cancellation takes an order's full value off, not what is left of it.
    """

    key: Key
    event: LineEvent
    value: str | None = None
    total: Total = Total.SUM
    half_life_days: float | None = None
    derived: Derived | None = None

    def __post_init__(self) -> None:
        """Refuse what a cancellation could not take back."""
        if self.event is LineEvent.ORDERED and self.half_life_days:
            raise NotImplementedError(
                f"{self.name}: a cancellation takes an order back; count orders without half-life"
            )

    @property
    def name(self) -> str:
        """A name that is unique among counters, made of all their fields."""
        value = f"_{self.value}" if self.value else ""
        total = "" if self.total is Total.SUM else f"_{self.total}"
        half_life = f"_h{self.half_life_days:g}" if self.half_life_days else ""
        return f"{self.key.name}__{self.event}{value}{total}{half_life}".replace(".", "p")


@dataclass(frozen=True)
class Feature:
    """A pure function of counters, line columns and other features.

    ``reads`` lists what the formula takes, in the order of its arguments. ``missing`` is the meaning of a missing
    value. ``factor`` is the group that the feature belongs to. ``whole``: the value is an exact whole number, otherwise
    a double. ``only_reasons``: only the reason model reads the feature, and the return score does not.
    """

    name: str
    factor: str
    unit: str
    meaning: str
    missing: str
    reads: tuple["Node", ...]
    formula: Formula
    whole: bool = False
    only_reasons: bool = False


Node = LineNode | Counter | Feature


def walk(node: Node) -> Iterator[Node]:
    """Give every part of ``node``, the deepest first and ``node`` itself last; repeats are not removed."""
    match node:
        case Feature() | Derived():
            parts: tuple[Node, ...] = node.reads
        case Counter():
            parts = node.key.columns if node.derived is None else (*node.key.columns, node.derived)
        case _:
            parts = ()
    for part in parts:
        yield from walk(part)
    yield node
