"""The section ``learning`` of params.yaml."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from data import params
from data.params import Section

Share = Annotated[float, Field(gt=0, le=1)]


class Learner(StrEnum):
    """How the effect of an action is learned."""

    TWO_MODEL = "two_model"
    X = "x"
    DR = "dr"
    POOLED = "pooled"


class Trees(Section):
    """How ``rounds`` trees are grown."""

    learning_rate: Share
    num_leaves: Annotated[int, Field(ge=2, le=1024)]
    min_data_in_leaf: Annotated[int, Field(ge=1)]
    feature_fraction: Share
    lambda_l2: Annotated[float, Field(ge=0)]
    rounds: Annotated[int, Field(ge=1, le=10_000)]


class EffectTrees(Trees):
    """How trees are grown: ``rounds`` of them for each model of an effect, and at most ``max_rounds`` for outcomes."""

    max_rounds: Annotated[int, Field(ge=1, le=10_000)]


class PooledParams(Section):
    """What is believed of the share that an action avoids before the log says anything; params.yaml has each meaning.

    Spreads are standard deviations, and like ``index_mean`` shares of what is at stake. ``individual_spread``, that
    among customers who look alike, is not learned.
    """

    level_spread: Annotated[float, Field(gt=0, le=10)]
    action_spread: Annotated[float, Field(gt=0, le=10)]
    index_mean: Annotated[float, Field(ge=-1, le=1)]
    index_spread: Annotated[float, Field(gt=0, le=10)]
    covariates_spread: Annotated[float, Field(gt=0, le=10)]
    individual_spread: Annotated[float, Field(ge=0, le=10)]


class LearningParams(Section):
    """How effects are learned from exposures, and when a policy is proposed; params.yaml has each key's meaning."""

    learners: Annotated[tuple[Learner, ...], Field(min_length=1)]
    trees: EffectTrees
    dismissals: Trees
    pooled: PooledParams
    folds: Annotated[int, Field(ge=2, le=20)]
    replicates: Annotated[int, Field(ge=2, le=200)]
    max_weight: Annotated[float, Field(ge=1, le=10**6)]
    least_shown: Annotated[int, Field(ge=1, le=10**9)]
    seed: Annotated[int, Field(ge=0)]


def load() -> LearningParams:
    """Read the section from params.yaml in the current folder; `UserError` as `data.params.load`."""
    return params.load("learning", LearningParams)


class ProposalParams(Section):
    """When learned effects are proposed as a policy; params.yaml has each key's meaning."""

    horizon_days: Annotated[int, Field(ge=0, le=3650)]
    learn_share: Annotated[float, Field(gt=0, lt=1)]
    choose_share: Annotated[float, Field(gt=0, lt=1)]
    level: Annotated[float, Field(gt=0.5, lt=1)]
    challenger_share: Annotated[float, Field(gt=0, le=0.5)]

    @model_validator(mode="after")
    def _leaves_units_to_judge(self) -> Self:
        if self.learn_share + self.choose_share >= 1:
            raise ValueError("learn_share and choose_share must leave units to judge by: together less than 1")
        return self
