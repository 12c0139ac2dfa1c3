"""The days of which facts are known, by kind of fact: where a feed broke off and went on, they have a gap.

The latest fact alone tells only that a feed lives. A state of two years ago that gets one order of today has an order
of today, and nothing of the two years before it; no counter of it is current.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import orjson

from data.times import MICROSECONDS_PER_DAY

MOST = 1 << 15
"""The most days, from the latest one back, that are told apart: some 90 years, which no shop's gap is longer than.

A gap counts until facts have come for as long as it lasted, so a state has to know more days than the longest gap has.
"""
LONGEST = 1096
"""The most days, three years, after which a gap no longer counts, so that one wrong date of long ago does no harm."""
WHOLE = (1 << MOST) - 1


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a fact between two days with one: ``days`` of them, from ``first`` to ``last`` (days since 1970)."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """The length of the gap."""
        return self.last - self.first + 1

    def is_open(self, today: int) -> bool:
        """Whether facts have come for less time than the gap lasted, and for less than `LONGEST`."""
        return today - self.last <= min(self.days, LONGEST)


@dataclass(frozen=True, slots=True)
class Days:
    """The days with facts: ``last`` is the latest, in days since 1970 (UTC); bit i of ``bits`` is the day last - i."""

    last: int
    bits: int = 1

    def with_day(self, day: int) -> "Days":
        """Add a day; the order in which days are added makes no difference."""
        if day > self.last:
            return Days(day, ((self.bits << (day - self.last)) | 1) & WHOLE)
        return replace(self, bits=self.bits | ((1 << (self.last - day)) & WHOLE))


@dataclass(frozen=True, slots=True)
class FactDays:
    """The days with facts of each kind; None where none is known."""

    order: Days | None = None
    delivery: Days | None = None
    outcome: Days | None = None

    def with_fact(self, kind: str, at: int) -> "FactDays":
        """Add a fact of the kind ``kind`` (a field) at the time ``at``, microseconds since 1970."""
        days: Days | None = getattr(self, kind)
        day = at // MICROSECONDS_PER_DAY
        return replace(self, **{kind: Days(day) if days is None else days.with_day(day)})


KINDS = tuple(each.name for each in fields(FactDays))


def days_of(days: Iterable[int]) -> Days | None:
    """Put days (since 1970) together; None where there are none."""
    found: Days | None = None
    for day in days:
        found = Days(day) if found is None else found.with_day(day)
    return found


def all_until(at: int | None) -> Days | None:
    """The days of a kind of which only the latest time is known: no gap is known before it."""
    return None if at is None else Days(at // MICROSECONDS_PER_DAY, WHOLE)


@lru_cache(64)
def gaps(days: Days, more_than: int) -> tuple[Gap, ...]:
    """Give the gaps of more than so many days, from the earliest on."""
    bits = f"{days.bits:b}"  # the first sign is the earliest day, the last sign the latest
    earliest = days.last - len(bits) + 1
    found = re.finditer(f"0{{{more_than + 1},}}", bits)
    return tuple(Gap(earliest + each.start(), earliest + each.end() - 1) for each in found)


def write(days: FactDays) -> bytes:
    """Write the days; `read` reads them."""
    known = {kind: each for kind in KINDS if (each := getattr(days, kind)) is not None}
    return orjson.dumps({kind: [each.last, f"{each.bits:x}"] for kind, each in known.items()})


@lru_cache(64)
def read(value: bytes) -> FactDays:
    """Read what `write` wrote."""
    return FactDays(**{kind: Days(last, int(bits, 16)) for kind, (last, bits) in orjson.loads(value).items()})
