"""Fits the linear part of the score."""

from typing import Annotated

import numpy as np
from pydantic import Field
from sklearn.linear_model import LogisticRegression

from data.arrays import Bools
from data.params import Section
from features.catalog import CatalogEntry
from training.model.linear.model import Linear, standardised, transformed
from training.model.matrix import Rows, latest
from training.model.standardising import moments

SHARE = "share"
"""The unit, in the catalog, of features that enter as their log-odds."""
SELDOM = 1e-3
"""A feature that is missing in fewer rows than this share, or present in fewer, gets no weight for being missing."""


class LinearParams(Section):
    """The section ``linear`` of params.yaml."""

    share: Annotated[float, Field(ge=0, lt=1)]
    lines: Annotated[int, Field(ge=100, le=5_000_000)]
    weight_variance: Annotated[float, Field(gt=0, le=100)]
    posterior_share: Annotated[float, Field(ge=0, lt=1)]


def shares_of(entries: list[CatalogEntry]) -> Bools:
    """Mark the features of the score that are shares; shape (features of the score,)."""
    return np.array([entry.unit == SHARE for entry in entries if not entry.only_reasons], dtype=bool)


def fit_linear(rows: Rows, shares: Bools, params: LinearParams) -> Linear:
    """Fit on the latest ``params.lines`` rows and their copies; later rows change the weights little.

    Each weight has a normal prior around 0 with the variance ``params.weight_variance``, in squared log-odds for each
    standard deviation of the feature.
    """
    learned = latest(rows, params.lines)
    x, weights = np.vstack(learned.blocks), learned.weights
    values = transformed(x, shares)
    mean, scale = moments(values)
    absent = np.isnan(x)
    seldom = absent.mean(axis=0)
    told = np.flatnonzero((seldom > SELDOM) & (seldom < 1 - SELDOM))
    z = np.column_stack([standardised(values, mean, scale), absent[:, told]])
    np.nan_to_num(z, copy=False, nan=0.0)
    # Newton's steps on the normal equations suit few features and many rows.
    model = LogisticRegression(C=params.weight_variance, solver="newton-cholesky", max_iter=50)
    model.fit(z, learned.labels, sample_weight=weights)
    coefficients, count = model.coef_[0], x.shape[1]
    weight, missing = coefficients[:count], np.zeros(count)
    missing[told] = coefficients[count:]
    parts = coefficients * np.average(z, axis=0, weights=weights)
    usual = parts[:count]
    usual[told] += parts[count:]
    return Linear(params.share, float(model.intercept_[0]), shares, mean, scale, weight, missing, usual)
