"""The section ``validation`` of params.yaml. Light to import: the service reads it, too."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Self

from pydantic import Field, model_validator

from data.params import Section

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class Bounds:
    """The times that can be true: from ``earliest`` until before ``latest``, UTC without a zone."""

    earliest: datetime
    latest: datetime


class ValidationParams(Section):
    """What validation lets pass, and what it may use."""

    max_reject_share: Share
    """The largest share of a table's rows that may be broken."""
    max_unknown_share: Share
    """The largest share of order lines whose product (or customer) its own table may lack."""
    earliest: date
    """No time lies before the start of this day."""
    latest: date
    """No time lies at or after the start of this day."""
    max_delay_days: Annotated[int, Field(ge=1, le=36500)]
    """Days after the order within which it is delivered, closed and returned."""
    examples: Annotated[int, Field(ge=1, le=100)]
    """Examples of each broken rule in the report."""
    chunk_rows: Annotated[int, Field(ge=1)]
    """Rows held against a contract at once."""
    memory_gb: Annotated[float, Field(gt=0, le=4096)]
    """Memory beyond which the rules across rows spill to disk."""
    threads: Annotated[int, Field(ge=1, le=1024)]
    """Threads of the rules across rows."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest >= self.latest:
            raise ValueError("earliest must lie before latest")
        return self

    @property
    def bounds(self) -> Bounds:
        """The times that can be true."""
        return Bounds(datetime.combine(self.earliest, time.min), datetime.combine(self.latest, time.min))
