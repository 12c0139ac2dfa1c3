"""Fits the linear part of the score."""

from dataclasses import replace
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field
from sklearn.linear_model import LogisticRegression

from data.arrays import Bools, Floats
from data.params import Section
from features.catalog import CatalogEntry
from training.model.linear.model import Linear, standardised, transformed
from training.model.matrix import Rows

SHARE = "share"
"""The unit, in the catalog, of features that enter as their log-odds."""
SELDOM = 1e-3
"""A feature that is missing in fewer rows than this share, or present in fewer, gets no weight for being missing."""
CONSTANT = 1e-9
"""A standard deviation below this counts as 0: rounding of the mean leaves a little for equal numbers."""


class LinearParams(Section):
    """The section ``linear`` of params.yaml."""

    share: Annotated[float, Field(ge=0, lt=1)]
    lines: Annotated[int, Field(ge=100, le=5_000_000)]
    weight_variance: Annotated[float, Field(gt=0, le=100)]


def shares_of(entries: list[CatalogEntry]) -> Bools:
    """Mark the features of the score that are shares; shape (features of the score,)."""
    return np.array([entry.unit == SHARE for entry in entries if not entry.only_reasons], dtype=bool)


def fit_linear(rows: Rows, shares: Bools, params: LinearParams) -> Linear:
    """Fit on the latest ``params.lines`` rows and their copies; later rows change the weights little.

    Each weight has a normal prior around 0 with the variance ``params.weight_variance``, in squared log-odds for each
    standard deviation of the feature.
    """
    x, y, counted = _latest(rows, params.lines)
    mean, scale = _moments(x, shares)
    absent = np.isnan(x)
    seldom = absent.mean(axis=0)
    told = np.flatnonzero((seldom > SELDOM) & (seldom < 1 - SELDOM))
    z = np.column_stack([standardised(x, np.flatnonzero(shares), mean, scale), absent[:, told]])
    np.nan_to_num(z, copy=False, nan=0.0)
    # Newton's steps on the normal equations suit few features and many rows.
    model = LogisticRegression(C=params.weight_variance, solver="newton-cholesky", max_iter=50)
    model.fit(z, y, sample_weight=counted)
    count = x.shape[1]
    weight, missing = model.coef_[0][:count], np.zeros(count)
    missing[told] = model.coef_[0][count:]
    fitted = Linear(params.share, float(model.intercept_[0]), shares, mean, scale, weight, missing, np.zeros(count))
    usual = np.average(fitted.parts(x), axis=0, weights=counted)
    return replace(fitted, usual=usual)


def _latest(rows: Rows, most: int) -> tuple[Floats, npt.NDArray[np.int8], Floats]:
    """The latest lines and their copies: rows, outcomes, and what each row weighs."""
    first = max(0, len(rows.y) - most)
    weights = np.ones(len(rows.labels)) if rows.weights is None else rows.weights
    lines = np.arange(len(rows.labels)) >= first
    if rows.copies is not None:
        lines[len(rows.y) :] = rows.copies.places >= first
    blocks = [rows.x[first:]]
    if rows.copies is not None:
        blocks.append(rows.copies.x[rows.copies.places >= first])
    return np.vstack(blocks), rows.labels[lines], weights[lines]


def _moments(x: Floats, shares: Bools) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each transformed feature; 0 and 1 for one that is constant or always missing."""
    values = transformed(x, np.flatnonzero(shares))
    known = ~np.isnan(values).all(axis=0)
    mean, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
    mean[known], scale[known] = np.nanmean(values[:, known], axis=0), np.nanstd(values[:, known], axis=0)
    scale[scale < CONSTANT] = 1.0
    return mean, scale
