"""The section ``products`` of params.yaml."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from data.params import Section

Days = Annotated[int, Field(ge=1, le=3650)]
Share = Annotated[float, Field(gt=0, lt=1)]


class SegmentParams(Section):
    """Key ``segments``: when a customer is new, active, lapsing or lost."""

    recent_days: Days
    lapsing_days: Days
    lost_days: Days
    active_orders: Annotated[int, Field(ge=2, le=1000)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.recent_days < self.lapsing_days < self.lost_days:
            raise ValueError("recent_days < lapsing_days < lost_days is needed")
        return self


class ProductParams(Section):
    """The section ``products``."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    periods_days: Annotated[tuple[Days, ...], Field(min_length=1, max_length=6)]
    history_weeks: Annotated[int, Field(ge=8, le=520)]
    upcoming_days: Days
    folds: Annotated[int, Field(ge=2, le=20)]
    expectation_lines: Annotated[int, Field(ge=1000)]
    rounds: Annotated[int, Field(ge=1, le=10_000)]
    seed: Annotated[int, Field(ge=0)]
    fault_ratio: Annotated[float, Field(gt=1, le=10)]
    min_probability: Annotated[float, Field(gt=0.5, lt=1)]
    spike_weeks: Annotated[int, Field(ge=1, le=104)]
    false_discovery_rate: Share
    top_items: Annotated[int, Field(ge=1, le=1000)]
    segments: SegmentParams

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.periods_days) != sorted(set(self.periods_days)):
            raise ValueError("periods_days must rise")
        return self

    @property
    def longest_days(self) -> int:
        """The longest period, in days."""
        return self.periods_days[-1]
