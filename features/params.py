"""The parameters of features."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.params import Section

Lines = Annotated[float, Field(gt=0, le=100_000)]
Returns = Annotated[float, Field(gt=0, le=100_000)]
Share = Annotated[float, Field(gt=0, lt=1)]
HalfLife = Annotated[float, Field(ge=1, le=10_000)]


class HalfLives(Section):
    """The half-lives of fading counters: after so many days an event counts half."""

    short_days: HalfLife
    long_days: HalfLife

    @model_validator(mode="after")
    def _in_order(self) -> "HalfLives":
        if self.short_days >= self.long_days:
            raise ValueError(f"short_days must be below long_days, which is {self.long_days:g}")
        return self


class PriorLines(Section):
    """The priors of rates, in lines: an entity starts with so many lines at its parent's rate."""

    shop: Lines
    customer: Lines
    customer_product: Lines
    product: Lines
    variant: Lines
    kind: Lines


class PriorReturns(Section):
    """The priors of reasons, in returns: an entity starts with so many returns in its parent's shares of reasons."""

    shop: Returns
    kind: Returns
    product: Returns
    variant: Returns


class UnsentParams(Section):
    """How the second copy of the lines lacks fields of requests, and which lines are measured without them."""

    field_share: Annotated[float, Field(ge=0, le=1)]
    new_product_share: Annotated[float, Field(ge=0, le=1)]
    minimal_share: Annotated[float, Field(ge=0, le=1)]
    measured_lines: Annotated[int, Field(ge=1, le=10_000_000)]
    measured_days: Annotated[int, Field(ge=1, le=3650)]
    seed: Annotated[int, Field(ge=0)]


Variance = Annotated[float, Field(gt=0, le=25)]


class LevelVariances(Section):
    """The prior variances of levels around what wider levels say, in squared log-odds."""

    customer: Variance
    customer_kind: Variance
    product: Variance
    variant: Variance
    kind: Variance


class PosteriorPriors(Section):
    """The priors of posteriors in squared log-odds, which decide their values; ``shop_drift`` is for each day."""

    variances: LevelVariances
    slope_variance: Variance
    shop_variance: Variance
    shop_drift: Annotated[float, Field(ge=0, le=1)]


class PosteriorParams(PosteriorPriors):
    """Whether posteriors are learned, their priors, and for how long the service may use them without renewal."""

    learn: bool
    max_age_days: Annotated[int, Field(ge=1, le=3650)]

    @property
    def definition(self) -> PosteriorPriors:
        """The parameters that decide the values."""
        return PosteriorPriors.model_validate(self.model_dump(include=set(PosteriorPriors.model_fields)))

    @property
    def priors(self) -> PosteriorPriors | None:
        """The same; None where no posteriors are learned."""
        return self.definition if self.learn else None


class DefinitionParams(Section):
    """The parameters that decide the values of features, offline and online."""

    start_rate: Share
    prior_lines: PriorLines
    prior_returns: PriorReturns
    half_life: HalfLives
    demographics: bool


class FeatureParams(DefinitionParams):
    """The section ``features`` of params.yaml: the values of features, and how they are computed offline."""

    unsent: UnsentParams
    posteriors: PosteriorParams
    engine: Literal["local", "ibis"]
    memory_gb: Annotated[float, Field(gt=0, le=4096)]
    threads: Annotated[int, Field(ge=1, le=1024)]

    @property
    def definition(self) -> DefinitionParams:
        """The parameters that decide the values, without the resources and the second copy."""
        return DefinitionParams.model_validate(self.model_dump(include=set(DefinitionParams.model_fields)))


class OnlineParams(Section):
    """The section ``online`` of params.yaml."""

    remember_days: Annotated[int, Field(ge=1, le=3650)]
    """Retention in days: a line is kept so long after its close, an event so long after its arrival. Until then a late
    fact still counts."""
