"""The section ``validation`` of params.yaml. This module imports little, because the service reads it, too."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.params import Section

Share = Annotated[float, Field(ge=0, le=1)]

Grave = Literal[
    "nobody_kept",
    "one_customer",
    "scientific_ids",
    "padded_ids",
    "ids_in_two_forms",
    "rounded_amounts",
    "thousands_as_decimals",
    "far_apart_prices",
    "equal_twins",
    "few_days_of_the_month",
]
"""The findings of `data.validation.improbable` that stop validation unless they are accepted."""


@dataclass(frozen=True)
class Bounds:
    """The valid times: from ``earliest`` on and before ``latest``, UTC without a zone."""

    earliest: datetime
    latest: datetime


class ValidationParams(Section):
    """The limits of validation, and the resources that it may use."""

    max_reject_share: Share
    """Largest share of a table's rows that may break a rule without a limit of its own."""
    max_reject_share_by_rule: dict[str, Share]
    """Limits of single rules, by the rule's name."""
    max_unknown_share: Share
    """Largest share of order lines whose product (or customer) may be missing from its table."""
    earliest: date
    """Times before the start of this day are refused."""
    latest: date
    """Times at or after the start of this day are refused."""
    max_delay_days: Annotated[int, Field(ge=1, le=36500)]
    """Most days from an order to the delivery, close or return of its lines."""
    examples: Annotated[int, Field(ge=1, le=100)]
    """Examples of each broken rule in the report."""
    chunk_rows: Annotated[int, Field(ge=1)]
    """Rows checked against a contract at a time."""
    memory_gb: Annotated[float, Field(gt=0, le=4096)]
    """Memory, in GB, above which the rules across rows spill to disk."""
    threads: Annotated[int, Field(ge=1, le=1024)]
    """Threads of the rules across rows."""
    accepted: tuple[Grave, ...]
    """Grave findings that are true of this shop, and don't stop validation."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest >= self.latest:
            raise ValueError("earliest must lie before latest")
        return self

    @property
    def bounds(self) -> Bounds:
        """The valid times."""
        return Bounds(datetime.combine(self.earliest, time.min), datetime.combine(self.latest, time.min))
