"""What can be chosen about features."""

from typing import Annotated

from pydantic import Field, model_validator

from data.params import Section

Lines = Annotated[float, Field(gt=0, le=100_000)]
Returns = Annotated[float, Field(gt=0, le=100_000)]
Share = Annotated[float, Field(gt=0, lt=1)]
HalfLife = Annotated[float, Field(ge=1, le=10_000)]


class HalfLives(Section):
    """After how many days an event counts half."""

    short_days: HalfLife
    long_days: HalfLife

    @model_validator(mode="after")
    def _in_order(self) -> "HalfLives":
        if self.short_days >= self.long_days:
            raise ValueError(f"short_days must be below long_days, which is {self.long_days:g}")
        return self


class PriorLines(Section):
    """With how many lines at its parent's rate an entity starts."""

    shop: Lines
    customer: Lines
    customer_product: Lines
    product: Lines
    variant: Lines
    kind: Lines


class PriorReturns(Section):
    """With how many returns in its parent's shares of reasons an entity starts."""

    shop: Returns
    kind: Returns
    product: Returns
    variant: Returns


class DefinitionParams(Section):
    """What the values of features hang on, offline and online."""

    start_rate: Share
    prior_lines: PriorLines
    prior_returns: PriorReturns
    half_life: HalfLives
    demographics: bool


class FeatureParams(DefinitionParams):
    """The section ``features`` of params.yaml: what features are, and how they are computed offline."""

    memory_gb: Annotated[float, Field(gt=0, le=4096)]
    threads: Annotated[int, Field(ge=1, le=1024)]

    @property
    def definition(self) -> DefinitionParams:
        """What the values hang on, without how they are computed."""
        return DefinitionParams.model_validate(self.model_dump(include=set(DefinitionParams.model_fields)))


class OnlineParams(Section):
    """The section ``online`` of params.yaml."""

    remember_days: Annotated[int, Field(ge=1, le=3650)]
    """How long after its close a line, and after its arrival an event, is kept: up to then late facts count."""
