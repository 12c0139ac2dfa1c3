"""The section ``experiment`` of params.yaml."""

from typing import Annotated

from pydantic import Field

from data.params import Section


class ExperimentParams(Section):
    """How an experiment is read; params.yaml has the meaning of each key."""

    log: Annotated[str, Field(min_length=1)]
    level: Annotated[float, Field(gt=0.5, lt=1)]
    planned_days: Annotated[int, Field(ge=1, le=3650)]
    first_look_visits: Annotated[int, Field(ge=50, le=10**7)]
    within_hours: Annotated[float, Field(gt=0, le=720)]
    repurchase_days: Annotated[int, Field(ge=2, le=3650)]
