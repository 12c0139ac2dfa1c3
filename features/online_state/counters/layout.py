"""The layout of a record: how it holds the counters of one key. Writers, readers and the seed share it.

A record is ``moment``, then the counters before that moment, then what was added at that moment, all float64. A
scoring time equal to the moment reads the first part only, a later one reads both: so features are point in time.
Whole numbers up to 2^53 are exact, and so are counts, money and microseconds.
"""

import hashlib
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data.times import MICROSECONDS_PER_DAY
from features.language.nodes import Counter, Feature, Key, Total, walk

LONGEST_ADDRESS = 400
"""The most bytes of a store's key; a longer key is hashed."""
SURELY_SHORT = LONGEST_ADDRESS // 4
"""The characters that always fit into a key, whatever their number of bytes."""

Value = float | int | str | None


@dataclass(frozen=True)
class Layout:
    """The counters of one key, in the order in which its records hold them."""

    key: Key
    counters: tuple[Counter, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The line columns that name the entity."""
        return tuple(column.name for column in self.key.columns)

    @cached_property
    def width(self) -> int:
        """Numbers in a record."""
        return 1 + 2 * len(self.counters)

    @cached_property
    def start(self) -> tuple[float, ...]:
        """The value of each counter before its first event."""
        return tuple(0.0 if counter.total is Total.SUM else math.nan for counter in self.counters)

    @cached_property
    def packing(self) -> struct.Struct:
        """The record's numbers as bytes, little-endian."""
        return struct.Struct(f"<{self.width}d")

    @cached_property
    def empty(self) -> bytes:
        """The record of an entity without events."""
        return self.packing.pack(0.0, *self.start, *self.start)

    @cached_property
    def absent(self) -> bytes:
        """The placeholder for a record where a column of the key is missing: NaN throughout."""
        return self.packing.pack(*[math.nan] * self.width)

    @cached_property
    def recalled(self) -> tuple[int, ...]:
        """Places of the recalled counters: they keep their extreme values, because any event can be taken back."""
        return tuple(place for place, counter in enumerate(self.counters) if counter.total is not Total.SUM)

    @cached_property
    def sums(self) -> tuple[int, ...]:
        """Places of the counters that are sums."""
        return tuple(place for place, counter in enumerate(self.counters) if counter.total is Total.SUM)

    @cached_property
    def decaying(self) -> tuple[tuple[float, tuple[int, ...]], ...]:
        """Each half-life in days, and the places of the counters that have it."""
        found: dict[float, list[int]] = {}
        for place, counter in enumerate(self.counters):
            if counter.half_life_days:
                found.setdefault(counter.half_life_days, []).append(place)
        return tuple((half_life_days, tuple(places)) for half_life_days, places in found.items())

    def address(self, line: Mapping[str, Value]) -> bytes | None:
        """The store's key for the entity that ``line`` names; None where a column of the key is missing.

        A basket calls this about a hundred times, so it repeats `address` in a faster form.
        """
        joined = self.key.name
        for name in self.columns:
            value = line[name]
            if value is None:
                return None
            joined += f"\0{value}"
        if joined.count("\0") == len(self.columns) and len(joined) < SURELY_SHORT:
            return b"k" + joined.encode("utf-8", "surrogatepass")
        return address([self.key.name, *(str(line[name]) for name in self.columns)])

    def visible(self, time: int) -> int:
        """The moment at which the key counts an event or is scored: the time itself, or the start of its day."""
        return time - time % MICROSECONDS_PER_DAY if self.key.daily else time

    def times_address(self, record: bytes) -> bytes:
        """The store's key of the times of the recalled counters, for the record at the store's key ``record``."""
        return b"t" + record[1:]


def address(parts: Sequence[str]) -> bytes:
    """Join the parts of a store's key; a whole number is written as its digits.

    A key that is too long, or has the separator within a part, is hashed.
    """
    joined = "\0".join(parts)
    if joined.count("\0") == len(parts) - 1:
        whole = b"k" + joined.encode("utf-8", "surrogatepass")
        if len(whole) <= LONGEST_ADDRESS:
            return whole
    digest = hashlib.blake2b(repr(list(parts)).encode(), digest_size=32).hexdigest()
    return b"k" + parts[0].encode() + b"\0\0" + digest.encode()


def layouts(features: Sequence[Feature]) -> tuple[Layout, ...]:
    """The layout of every key that ``features`` count by, sorted by name; counters sorted by name."""
    counters = {node.name: node for feature in features for node in walk(feature) if isinstance(node, Counter)}
    grouped: dict[Key, list[Counter]] = {}
    for name in sorted(counters):
        grouped.setdefault(counters[name].key, []).append(counters[name])
    return tuple(Layout(key, tuple(grouped[key])) for key in sorted(grouped, key=lambda key: key.name))


def weight(half_life_days: float, microseconds: Any) -> Any:
    """The weight of an event after so much time: 2^(-t / half-life)."""
    return 2.0 ** (-microseconds / (half_life_days * MICROSECONDS_PER_DAY))
