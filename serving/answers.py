"""What callers get: the answers of version 1. More fields may come, so clients ignore those that they don't know.

Money is in minor units of the shop's currency, and may have a fraction where it is expected and not paid.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from features.events import Status

Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]


class Answer(BaseModel):
    """What all parts of an answer share."""

    model_config = ConfigDict(frozen=True)


class Interval(Answer):
    """The interval around a probability."""

    low: Share
    high: Share


class LineScore(Answer):
    """What is said of one line."""

    probability: Share = Field(description="How likely the line is to come back.", examples=[0.62])
    interval: Interval
    expected_cost_minor: Amount = Field(description="Probability times the cost of a return.", examples=[488.5])


class BasketTotals(Answer):
    """The sums over the lines of a basket."""

    expected_returned_lines: Amount = Field(description="Lines expected to come back.", examples=[1.2])
    expected_returned_value_minor: Amount = Field(
        description="Value expected to come back: probability times price times quantity.", examples=[5998.8]
    )
    expected_cost_minor: Amount = Field(description="What the returns are expected to cost.", examples=[977.0])


class ModelUsed(Answer):
    """Which model answered."""

    version: str | None = Field(description="Version in the registry; null where priors answered.", examples=["3"])


class DataUsed(Answer):
    """What the answer knew of the past."""

    as_of: datetime | None = Field(description="The latest fact that was known; null where no history was read.")
    age_seconds: Amount | None = Field(description="How long before now that was.", examples=[2.5])


class Degradation(Answer):
    """Why something had to fall back."""

    cause: str = Field(description="One of a few short words.", examples=["gone"])
    detail: str = Field(description="A sentence for people.")


class Score(Answer):
    """What is said of one basket; ``lines`` are in the order of the basket's."""

    lines: list[LineScore]
    basket: BasketTotals
    model: ModelUsed
    data: DataUsed
    degraded: list[Degradation] = Field(description="Empty where nothing had to fall back.")


class Scores(Answer):
    """What is said of each basket, in their order."""

    scores: list[Score]


class EventResult(Answer):
    """What became of one event."""

    event_id: str
    status: Status = Field(
        description="applied; duplicate: known already, nothing changed; waiting: kept until the order of its line"
        " arrives; refused: contradicts what is known, or comes too late."
    )
    detail: str = Field(description="Why, where it was refused.")


class EventResults(Answer):
    """What became of each event, in their order. What is listed here is on disk, or was refused for good."""

    results: list[EventResult]


class RefusedModel(Answer):
    """A model that could have followed, and was not taken."""

    reason: str
    at: datetime


class FeatureEntry(Answer):
    """One feature of the model's catalog."""

    name: str
    dtype: str
    unit: str
    factor: str
    meaning: str
    missing: str
    source: list[str]


class ServedModel(Answer):
    """What is served."""

    name: str
    version: str | None = Field(description="Version in the registry; null: no model, priors answer.", examples=["3"])
    since: datetime | None = Field(description="When this instance took it.")
    registry: str = Field(description="How the registry was when last asked.")
    metrics: dict[str, float] | None = Field(description="Metrics that the model was registered with.")
    last_refusal: RefusedModel | None = Field(description="The latest model that was not taken.")
    keys_required: bool = Field(description="False: no API keys are set up, so only this machine is answered.")
    catalog: list[FeatureEntry]


class Health(Answer):
    """The process is alive."""

    status: Literal["alive"]


class ReadyState(StrEnum):
    """Whether requests should come here: yes when ready or degraded, no when starting or draining."""

    READY = "ready"
    DEGRADED = "degraded"
    STARTING = "starting"
    DRAINING = "draining"


class Readiness(Answer):
    """How this instance is, and what it lacks."""

    status: ReadyState
    causes: list[Degradation]
