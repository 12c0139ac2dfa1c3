"""Fit the LightGBM booster with early stopping on a later span of time; equal input gives equal bytes."""

from typing import Annotated, Any

import lightgbm as lgb
import numpy as np
from pydantic import Field

from data.arrays import Bools
from data.params import NoChoice, Section
from data.progress.steps import boosting
from training.model.matrix import Rows

Fraction = Annotated[float, Field(gt=0, le=1)]


class TreeParams(Section):
    """How trees are grown, for the score and for the reasons."""

    learning_rate: Fraction
    num_leaves: Annotated[int, Field(ge=2, le=4096)]
    min_data_in_leaf: Annotated[int, Field(ge=1)]
    feature_fraction: Fraction
    bagging_fraction: Fraction
    lambda_l2: Annotated[float, Field(ge=0)]
    max_rounds: Annotated[int, Field(ge=1, le=100_000)]
    stopping_rounds: Annotated[int, Field(ge=1, le=100_000)]


class ModelParams(TreeParams):
    """The section ``model`` of params.yaml: the learner of the score, and the values that all boosters share."""

    learner: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0), NoChoice("the best of several seeds is luck")]
    threads: Annotated[int, Field(ge=1, le=1024), NoChoice("threads change the time alone")]
    max_bin: Annotated[int, Field(ge=3, le=65_535)]
    refit_below_lines: Annotated[int, Field(ge=0)]
    unsent_lines: Annotated[int, Field(ge=0)]
    learn_unsettled: bool


def lightgbm_params(params: ModelParams) -> dict[str, Any]:
    """The parameters of the score's booster as LightGBM takes them."""
    return {"objective": "binary", "metric": "binary_logloss", **tree_settings(params, params)}


def tree_settings(params: TreeParams, shared: ModelParams) -> dict[str, Any]:
    """All parameters but the objective, as LightGBM takes them; the two that make a run repeatable are always set."""
    return {
        "seed": shared.seed,
        "num_threads": shared.threads,
        "learning_rate": params.learning_rate,
        "num_leaves": params.num_leaves,
        "min_data_in_leaf": params.min_data_in_leaf,
        "feature_fraction": params.feature_fraction,
        "bagging_fraction": params.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": params.lambda_l2,
        "max_bin": shared.max_bin,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def fit(rows: Rows, params: ModelParams, rounds: int, stop: Rows | None = None) -> lgb.Booster:
    """Fit at most ``rounds`` trees; with ``stop``, stop early and mark the round of the best log-loss on its lines."""
    settings = lightgbm_params(params)
    data = _dataset(rows, settings)
    if stop is None:
        with boosting("boosting again on all lines", rounds) as after_round:
            return lgb.train(settings, data, rounds, callbacks=[after_round])
    later = _dataset(stop, settings, reference=data)
    patience = lgb.early_stopping(params.stopping_rounds, verbose=False)
    with boosting("boosting", rounds, "log_loss") as after_round:
        return lgb.train(settings, data, rounds, valid_sets=[later], callbacks=[after_round, patience])


def _dataset(rows: Rows, settings: dict[str, Any], reference: lgb.Dataset | None = None) -> lgb.Dataset:
    return lgb.Dataset(
        rows.blocks,
        rows.labels,
        weight=rows.weights,
        feature_name=list(rows.features),
        params=settings,
        reference=reference,
    )


def binned(rows: Rows, params: ModelParams) -> lgb.Dataset:
    """Sort the values of ``rows`` into bins, once for several boosters that learn from some of them (`fit_some`)."""
    return _dataset(rows, lightgbm_params(params)).construct()


def fit_some(data: lgb.Dataset, chosen: Bools, params: ModelParams, rounds: int) -> lgb.Booster:
    """Fit ``rounds`` trees on the ``chosen`` rows of ``data``, which `binned` made; bool of shape (n,)."""
    return lgb.train(lightgbm_params(params), data.subset(np.flatnonzero(chosen).tolist()), rounds)
