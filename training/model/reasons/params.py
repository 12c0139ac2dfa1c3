"""The parameters of the reason model."""

from typing import Annotated

from pydantic import Field

from training.model.booster import TreeParams


class ReasonParams(TreeParams):
    """The section ``reasons`` of params.yaml; seed, threads and bins are those of the score's booster."""

    min_returns: Annotated[int, Field(ge=1)]
    min_returns_of_reason: Annotated[int, Field(ge=1)]
    prior_returns: Annotated[float, Field(gt=0)]
    unsent_share: Annotated[float, Field(ge=0, le=1)]
