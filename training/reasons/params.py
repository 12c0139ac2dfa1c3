"""What can be chosen about the reason model."""

from typing import Annotated

from pydantic import Field

from data.params import Section

Fraction = Annotated[float, Field(gt=0, le=1)]


class ReasonParams(Section):
    """The section ``reasons`` of params.yaml."""

    min_returns: Annotated[int, Field(ge=1)]
    min_returns_of_reason: Annotated[int, Field(ge=1)]
    learning_rate: Fraction
    num_leaves: Annotated[int, Field(ge=2, le=4096)]
    min_data_in_leaf: Annotated[int, Field(ge=1)]
    feature_fraction: Fraction
    bagging_fraction: Fraction
    lambda_l2: Annotated[float, Field(ge=0)]
    max_rounds: Annotated[int, Field(ge=1, le=100_000)]
    stopping_rounds: Annotated[int, Field(ge=1, le=100_000)]
    prior_returns: Annotated[float, Field(gt=0)]
