"""The clock, and times as numbers: whole microseconds since 1970, UTC.

Events, the online state and the logs hold such numbers; tables hold times as UTC without a zone, and the HTTP contract
holds them with their zone.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

MICROSECONDS_PER_DAY: Final = 86_400_000_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD: Final = MICROSECONDS_PER_DAY
"""How far ahead of this machine's clock a fact may lie, as clocks differ and zones get mixed up; more is refused."""

SLIGHTLY_AHEAD: Final = 60_000_000
"""How far ahead of this machine's clock a fact is of now, in microseconds: clocks of machines differ by so much."""


def now_us() -> int:
    """Read the clock: microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def utc_now() -> datetime:
    """Read the clock: a time with the zone UTC."""
    return from_us(now_us())


def to_us(moment: datetime) -> int:
    """Turn a time into microseconds since 1970, UTC; exact. A time without a zone is UTC, as in the tables."""
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)


def from_us(microseconds: int) -> datetime:
    """Turn microseconds since 1970 into a time with the zone UTC; exact."""
    return EPOCH + timedelta(microseconds=microseconds)


def table_time(microseconds: int) -> datetime:
    """Turn microseconds since 1970 into a time as tables hold it, UTC without a zone; exact."""
    return from_us(microseconds).replace(tzinfo=None)


def iso(microseconds: int) -> str:
    """Write microseconds since 1970 for people to read, such as 2023-11-17T22:13:20Z."""
    return f"{table_time(microseconds).isoformat()}Z"
