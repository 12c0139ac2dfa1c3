"""Fit the reason model on returned lines with a recorded reason, with the same split as the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from data.arrays import Bools, Floats
from data.logs import log
from data.progress.steps import boosting
from training.model.booster import ModelParams, tree_settings
from training.model.learners.flattening import flattened
from training.model.reasons.model import ReasonModel, margins
from training.model.reasons.params import ReasonParams
from training.model.reasons.rows import ReasonRows, read_mixed, read_reasons, read_returned


@dataclass(frozen=True)
class ReasonTraining:
    """The parameters of the training of one reason model."""

    reasons: ReasonParams
    model: ModelParams


def fit_reasons(
    matrix: Path, names: Sequence[str], parts: Mapping[str, Bools], params: ReasonTraining
) -> ReasonModel | None:
    """Fit on the returned lines of the parts ``fit``, ``stop``, ``calibration`` and ``train`` of the matrix.

    Parameters
    ----------
    names
        All features of the catalog, in the catalog's order.
    parts
        The lines of each part, shape (lines,), bool, as for the score (`training.model.fit`).

    Returns
    -------
    ReasonModel or None
        None for a source that records no reasons. The model answers the shares alone where the part ``fit`` has fewer
        than ``reasons.min_returns`` returns with a reason, or where ``fit``, ``stop`` or ``calibration`` has fewer
        than two of the reasons to be learned.
    """
    reasons = read_reasons(matrix)
    if reasons is None:
        return None
    unsent = params.reasons.unsent_share
    early, stop = (read_mixed(matrix, names, reasons, parts[part], unsent) for part in ("fit", "stop"))
    later = read_returned(matrix, names, reasons, parts["calibration"])
    learned = _learned(early, params.reasons)
    if not learned or not all(len(np.unique(part.only(learned).reason)) > 1 for part in (stop, later)):
        counts = (len(early.reason), len(stop.reason), len(later.reason))
        log.info("reasons: shares alone, because too few returns have a reason (fit, stop, calibration): %s", counts)
        return ReasonModel((), None, 1.0, np.zeros(0))
    first = _fit(early.only(learned), params, names, params.reasons.max_rounds, stop.only(learned))
    rounds = first.best_iteration
    first = lgb.Booster(model_str=first.model_to_string(num_iteration=rounds))  # without the trees past the best
    slope, offsets = _calibrate(first, later.only(learned), params.reasons.prior_returns)
    log.info("reasons: %d rounds on %d returns; calibrated on %d", rounds, len(early.reason), len(later.reason))
    if parts["train"].sum() >= params.model.refit_below_lines:
        return ReasonModel(learned, first, slope, offsets)
    del early, stop, later
    every = read_mixed(matrix, names, reasons, parts["train"], unsent).only(learned)
    # The second booster has learned the level of the slice itself: with the offsets too it predicted reasons worse.
    return ReasonModel(learned, _fit(every, params, names, rounds), slope, np.zeros(len(learned)))


def _learned(rows: ReasonRows, params: ReasonParams) -> tuple[int, ...]:
    """The reasons with enough records for a class of their own; none where there are too few records in all."""
    if len(rows.reason) < params.min_returns:
        return ()
    found = np.flatnonzero(np.bincount(rows.reason) >= params.min_returns_of_reason)
    return tuple(found.tolist()) if len(found) > 1 else ()


def _fit(
    rows: ReasonRows, params: ReasonTraining, names: Sequence[str], rounds: int, stop: ReasonRows | None = None
) -> lgb.Booster:
    settings = _lightgbm_params(params, rows.shares.shape[1])
    data = _dataset(rows, names, settings)
    if stop is None:
        with boosting("boosting reasons again on all returns", rounds) as after_round:
            return lgb.train(settings, data, rounds, callbacks=[after_round])
    patience = lgb.early_stopping(params.reasons.stopping_rounds, verbose=False)
    later = _dataset(stop, names, settings, reference=data)
    with boosting("boosting reasons", rounds, "log_loss") as after_round:
        return lgb.train(settings, data, rounds, valid_sets=[later], callbacks=[after_round, patience])


def _dataset(
    rows: ReasonRows, names: Sequence[str], settings: dict[str, Any], reference: lgb.Dataset | None = None
) -> lgb.Dataset:
    begin = np.log(rows.shares)
    return lgb.Dataset(
        rows.x, rows.reason, feature_name=list(names), init_score=begin, params=settings, reference=reference
    )


def _lightgbm_params(params: ReasonTraining, reasons: int) -> dict[str, Any]:
    objective = {"objective": "multiclass", "num_class": reasons, "metric": "multi_logloss"}
    return {**objective, **tree_settings(params.reasons, params.model)}


def _calibrate(booster: lgb.Booster, rows: ReasonRows, prior_returns: float) -> tuple[float, Floats]:
    """Find slope and offsets of least log-loss, with a prior around slope 1 and offsets 0.

    This is vector scaling (Guo et al., 2017, "On calibration of modern neural networks") with one slope for all
    reasons. The prior is normal and weighs as ``prior_returns`` returns.
    """
    margin = margins(flattened(booster), rows.x, rows.shares)
    recorded = np.eye(margin.shape[1])[rows.reason]

    def loss(line: Floats) -> tuple[float, Floats]:
        score = line[0] * margin + line[1:]
        gap = softmax(score, axis=1) - recorded
        pull = line - start
        value = -log_softmax(score, axis=1)[recorded > 0].sum() + prior_returns / 8 * pull @ pull
        return float(value), np.concatenate([[np.sum(gap * margin)], gap.sum(axis=0)]) + prior_returns / 4 * pull

    start = np.concatenate([[1.0], np.zeros(margin.shape[1])])
    found = minimize(loss, start, jac=True, method="BFGS").x
    return float(found[0]), np.asarray(found[1:], dtype=np.float64)
