"""Timestamps on the wire: RFC 3339 with a zone in requests, whole microseconds since 1970 (UTC) within."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from data.times import AHEAD, now_us, to_us

FIRST_YEAR, END_YEAR = 1995, 2100
PATTERN: Final = (
    r"^(199[5-9]|20[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
"""Years from `FIRST_YEAR` to before `END_YEAR`, so that no sum of times overflows."""
_FIRST, _END = (to_us(datetime(year, 1, 1, tzinfo=UTC)) for year in (FIRST_YEAR, END_YEAR))
"""The same years in UTC: tables hold times without a zone, and validation has bounds of its own there."""

EXPECTED: Final = f"a time with its zone, such as 2024-05-31T12:00:00Z, from {FIRST_YEAR} to before {END_YEAR}"
_MATCHES = re.compile(PATTERN)


def _read(value: Any) -> int:
    if not isinstance(value, str) or not _MATCHES.match(value):
        raise PydanticCustomError("timestamp", EXPECTED)
    try:
        microseconds = to_us(datetime.fromisoformat(value))
    except ValueError:  # the 31st of a shorter month
        raise PydanticCustomError("timestamp", "a day that the calendar has") from None
    if not _FIRST <= microseconds < _END:
        raise PydanticCustomError("timestamp", f"{EXPECTED}, in UTC")
    return microseconds


def _read_not_ahead(value: Any) -> int:
    microseconds = _read(value)
    if microseconds > now_us() + AHEAD:
        raise PydanticCustomError("timestamp_ahead", "a time at most a day ahead of the service's clock")
    return microseconds


_SCHEMA = WithJsonSchema(
    {"type": "string", "format": "date-time", "pattern": PATTERN, "examples": ["2024-05-31T12:00:00Z"]}
)

Timestamp = Annotated[int, PlainValidator(_read), _SCHEMA]
TimestampNotAhead = Annotated[int, PlainValidator(_read_not_ahead), _SCHEMA]
