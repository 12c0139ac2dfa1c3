"""The section ``monitoring`` of params.yaml."""

from typing import Annotated

from pydantic import Field

from data.params import Section


class MonitoringParams(Section):
    """How the scores of late are watched."""

    interval: Annotated[float, Field(gt=0.5, lt=1)]
    recent_days: Annotated[int, Field(ge=7, le=365)]
    told_after_days: Annotated[int, Field(ge=0, le=365)]
    least_lines: Annotated[int, Field(ge=20, le=1_000_000)]
    most_labels: Annotated[int, Field(ge=1, le=1000)]
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)]
    tolerance: Annotated[float, Field(ge=0, le=2)]
    days_a_false_alarm: Annotated[int, Field(ge=30, le=36_500)]
