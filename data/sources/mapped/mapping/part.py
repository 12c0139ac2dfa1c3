"""What all parts of a mapping share: the base of their models, and the types of their values."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    """Read ``1920`` or ``1920-01-31`` as the start of that year or day."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}", value):
        return datetime(int(value), 1, 1)
    return value


def _day_after(value: Any) -> Any:
    """Read ``1920`` or ``1920-01-31`` as the end of that year or day, so that the bound itself is still valid."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}", value):
        return datetime(int(value) + 1, 1, 1)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return datetime.fromisoformat(value) + timedelta(days=1)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone of the IANA database, such as Europe/Berlin") from None
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_many)]
Zone = Annotated[str, BeforeValidator(_zone)]
Days = Annotated[int, Field(ge=0, le=3650)]
Start = Annotated[datetime, BeforeValidator(_day)]
"""A year or date as its first moment."""
End = Annotated[datetime, BeforeValidator(_day_after)]
"""A year or date as the first moment after it."""


class Part(BaseModel):
    """A part of a mapping; unknown keys are refused. docs/reference/mapping.md shows the docstrings of the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
