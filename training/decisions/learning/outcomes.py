"""What a basket earns under each action, by its covariates: the outcome model of doubly robust estimators.

One model has the action among its columns, so that rare actions borrow what is common to all. It is cross-fitted by
unit: no row is predicted by a model that learned from its own unit.
"""

from collections.abc import Mapping

import numpy as np

from data.arrays import Floats
from training.decisions.learning.exposures import NOTHING, Exposures
from training.decisions.learning.forest import CrossFitted, Sample, cross_fit
from training.decisions.learning.params import LearningParams


def predict_outcomes(exposures: Exposures, params: LearningParams) -> Mapping[str, Floats]:
    """Predict the profit of each row under `NOTHING` and each action, whatever was done; shape (n,) each."""
    x, fold = covariates_of(exposures), exposures.folds(params.folds, params.seed)
    marks = {name: np.full(len(x), name, dtype=object) for name in (NOTHING, *exposures.actions)}
    done = Sample(_with_action(x, exposures.action, exposures.actions), exposures.profit, fold)
    model = cross_fit(done, params.folds, params.trees, params.seed)
    return {name: _under(model, x, mark, exposures.actions, done) for name, mark in marks.items()}


def covariates_of(exposures: Exposures) -> Floats:
    """The covariates as an array (n, k), NaN where unknown."""
    return exposures.covariates.to_numpy(np.float64)


def _under(model: CrossFitted, x: Floats, mark: np.ndarray, actions: tuple[str, ...], done: Sample) -> Floats:
    return model.predict(_with_action(x, mark, actions), done.fold)


def _with_action(x: Floats, action: np.ndarray, actions: tuple[str, ...]) -> Floats:
    return np.column_stack([x, *((action == name).astype(np.float64) for name in actions)])
