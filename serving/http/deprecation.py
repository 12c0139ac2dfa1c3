"""How a path of the API ends: announced in the OpenAPI and in its answers, a year ahead at least.

RFC 9745 defines the header ``Deprecation``, RFC 8594 the header ``Sunset``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final, TypeVar

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

NOTICE: Final = timedelta(days=365)
"""The least time from the announcement to the end."""
HEADERS: Final = {
    "Deprecation": "Since when another path is to be used: @ and seconds since 1970 (RFC 9745).",
    "Sunset": "From when this path may be gone (RFC 8594).",
    "Link": "The path to use instead, as successor-version.",
}
_DEPRECATION: Final = "deprecation"


@dataclass(frozen=True)
class Deprecation:
    """A path that ends: ``instead`` is the path to use; both days begin at midnight UTC.

    Raises
    ------
    ValueError
        The end comes before `NOTICE` has passed.
    """

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            found = (self.sunset - self.since).days
            raise ValueError(f"expected {NOTICE.days} days of notice or more, found {found}; fix: a later sunset")

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each answer."""
        since, sunset = (datetime.combine(day, time(), UTC) for day in (self.since, self.sunset))
        return {
            "Deprecation": f"@{since.timestamp():.0f}",
            "Sunset": format_datetime(sunset, usegmt=True),
            "Link": f'<{self.instead}>; rel="successor-version"',
        }

    @property
    def sentence(self) -> str:
        """What the description of the path says."""
        return f"Deprecated since {self.since}: use `{self.instead}`. It may be gone from {self.sunset} on."


def deprecate(since: date, sunset: date, instead: str) -> Callable[[Endpoint], Endpoint]:
    """Announce that the path of an endpoint ends on ``sunset``, and what to use ``instead``."""
    announced = Deprecation(since, sunset, instead)

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _DEPRECATION, announced)
        return endpoint

    return mark


def deprecation_of(endpoint: Callable[..., Any]) -> Deprecation | None:
    """Give what was announced of an endpoint; None where it stays."""
    return getattr(endpoint, _DEPRECATION, None)
