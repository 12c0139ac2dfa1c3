"""What a feature is made of: line columns, basket counters, keys, counters, and formulas over them.

Everything here is a declaration; `features.offline.matrix` executes it over tables. Nodes are compared by name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Formula = Callable[..., Any]


@dataclass(frozen=True)
class LineColumn:
    """A column of the line itself (or of its product or customer), as the validated tables have it.

    Times are whole microseconds since 1970, UTC. ``column`` is the name that the tables have for it, where that is
    another one.
    """

    name: str
    column: str | None = None

    @property
    def source(self) -> str:
        """The column of the tables that it is read from."""
        return self.column or self.name


ASKED_AT = LineColumn("asked_at", column="ordered_at")
"""The moment of the question: counters are read strictly before it, and ages and times since then end with it.

Today it is the moment of the order, so that the line's own order is not counted. A later question finds all that became
known before it, the line's own order, delivery and return among it. What describes the order itself, such as its
weekday, reads ``ordered_at``, whenever the question comes.
"""


class Over(StrEnum):
    """How a basket counter looks at the lines that share its key."""

    SUM = "sum"
    ABOVE = "above"  # how many of them have a greater value than this line


@dataclass(frozen=True)
class BasketCounter:
    """A counter over the lines of the same order which agree in ``columns``; this line is among them.

    ``value`` is the line column that is summed, or compared; None counts lines. Missing where a column is.
    """

    name: str
    columns: tuple[str, ...] = ()
    value: str | None = None
    over: Over = Over.SUM


@dataclass(frozen=True)
class Derived:
    """A line column computed from others of the same line or basket, so that keys can be built of it."""

    name: str
    reads: tuple["LineNode", ...]
    formula: Formula


LineNode = LineColumn | BasketCounter | Derived


class LineEvent(StrEnum):
    """What happens to an order line, each known at its own time."""

    ORDERED = "ordered"
    RETURNED = "returned"
    KEPT = "kept"


class Total(StrEnum):
    """How a counter takes the values of its events together."""

    SUM = "sum"
    MAX = "max"
    LATEST = "latest"  # time of the latest event
    FIRST = "first"  # time of the first event


@dataclass(frozen=True)
class Key:
    """The entity that a counter counts for: the line columns that name it.

    ``daily``: events become visible at the start of the next day (UTC), which keeps the keys that half the shop
    shares small; both executions do it alike. Otherwise an event is visible strictly after its own time.
    """

    name: str
    columns: tuple[LineNode, ...]
    daily: bool = False


@dataclass(frozen=True)
class Counter:
    """(entity key, event, value summed, half-life): a number that changes when an event becomes known.

    Reads as 0 before the first event (missing for `Total.MAX`, LATEST and FIRST), and as missing where a column of the
    key is missing. ``value`` is the line column that is summed; None counts lines.
    """

    key: Key
    event: LineEvent
    value: str | None = None
    total: Total = Total.SUM
    half_life_days: float | None = None

    @property
    def name(self) -> str:
        """A name that is unique among counters, made of all that tells it apart."""
        value = f"_{self.value}" if self.value else ""
        total = "" if self.total is Total.SUM else f"_{self.total}"
        half_life = f"_h{self.half_life_days:g}" if self.half_life_days else ""
        return f"{self.key.name}__{self.event}{value}{total}{half_life}".replace(".", "p")


@dataclass(frozen=True)
class Feature:
    """A pure function of counters, line columns and other features.

    ``reads`` lists what the formula takes, in the order of its arguments. ``missing`` says what a missing value
    means, ``factor`` the group of drivers it belongs to. ``whole``: an exact whole number, otherwise a double.
    ``only_reasons``: read by the reason model only, not by the return score.
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
    """Everything that ``node`` is made of, deepest first, itself last; repeats are not removed."""
    match node:
        case Feature() | Derived():
            parts: tuple[Node, ...] = node.reads
        case Counter():
            parts = node.key.columns
        case _:
            parts = ()
    for part in parts:
        yield from walk(part)
    yield node
