"""From rows of the matrix to a bundle: fit with early stopping, calibrate on own lines, refit where lines are few.

The refit also learns from recent lines, most of which are still open (`training.model.unsettled`).
"""

import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Bools, Floats
from data.logs import log
from features.catalog import CatalogEntry, is_posterior
from features.recipe import Recipe
from training.model.blend import PosteriorPart, blended
from training.model.booster import ModelParams
from training.model.bundle import Bundle
from training.model.calibrate import CalibrationParams, Calibrator, carry_over, fit_calibrator
from training.model.joint.fit import JointParams, fit_joint
from training.model.joint.lines import Lines, sizes_of
from training.model.joint.model import Joint
from training.model.learners.known import learner_of
from training.model.learners.learner import MarginModel
from training.model.linear.fit import LinearParams, fit_linear, shares_of
from training.model.linear.model import Linear
from training.model.matrix import Rows, earliest, read_rows, read_with_copies
from training.model.reasons.fit import ReasonTraining, fit_reasons
from training.model.reasons.params import ReasonParams
from training.model.split import Span, Split
from training.model.spread import IntervalParams, Spread, fit_spread, known_of
from training.model.unsettled import NO_LINES, RecentLines, recent_lines


@dataclass(frozen=True)
class Training:
    """All that the training of one model reads besides lines: parameters, and the recipe of the features.

    ``reasons`` is None where no reason model is to be trained, ``interval`` where no intervals are wanted, ``joint``
    where baskets are not to be taken as a whole (which needs the intervals), and ``linear`` where the learner's model
    alone is to score.
    """

    model: ModelParams
    calibration: CalibrationParams
    reasons: ReasonParams | None
    recipe: Recipe
    interval: IntervalParams | None = None
    linear: LinearParams | None = None
    joint: JointParams | None = None


@dataclass(frozen=True)
class Fitted:
    """A fitted model before it is bundled, and the training lines and the number of recent lines it learned from."""

    model: MarginModel
    linear: Linear | None
    calibrator: Calibrator
    rows: Rows
    refitted: bool
    spread: Spread | None
    joint: Joint | None
    recent_lines: int = 0
    posterior: PosteriorPart | None = None


def train(
    matrix: Path, times: pd.DataFrame, split: Split, catalog: list[CatalogEntry], params: Training
) -> tuple[Bundle, Rows]:
    """Train score and reasons on the lines that were settled before the test of ``split``.

    Parameters
    ----------
    times
        ``ordered_at``, ``closes_at``, ``settled_at`` and ``label`` of every line of the matrix, in its order.

    Returns
    -------
    tuple
        The bundle, and the training lines that it learned from; the recent lines are not among them.
    """
    learner = learner_of(params.model.learner)
    entries = [entry for entry in catalog if not entry.only_reasons]
    parts = {name: getattr(split, name).holds(times) for name in ("fit", "stop", "calibration", "train")}
    late = Span(split.stop.since, split.calibration.until, closed_by=split.calibration.closed_by).holds(times)
    recent = recent_lines(times, split) if params.model.learn_unsettled else NO_LINES
    fitted = _fit(matrix, entries, parts | {"late": late}, recent, params)
    rows = fitted.rows
    reasons = None
    if params.reasons is not None:
        every = [entry.name for entry in catalog if not is_posterior(entry.name)]
        reasons = fit_reasons(matrix, every, parts, ReasonTraining(params.reasons, params.model))
    built = {
        "lines": len(rows.y),
        "recent_lines": fitted.recent_lines,
        "train_from": split.train.since.isoformat(),
        "learned_until": split.train.until.isoformat(),
        "train_until": (split.train if fitted.refitted else split.fit).until.isoformat(),
        "calibration_lines": int(parts["calibration"].sum()),
        "rounds": fitted.model.rounds,
        "refitted": fitted.refitted,
        "versions": versions(learner.packages),
    }
    priors, recipe = {"shop": float(rows.y.mean())}, params.recipe.as_json()
    bundle = Bundle(tuple(catalog), fitted.model, fitted.calibrator, reasons, recipe, priors, built)
    bundle = replace(bundle, linear=fitted.linear, posterior=fitted.posterior, learner=params.model.learner)
    return replace(bundle, spread=fitted.spread, joint=fitted.joint), rows


def _fit(
    matrix: Path, entries: list[CatalogEntry], parts: dict[str, Bools], recent: RecentLines, params: Training
) -> Fitted:
    """Fit, calibrate, and refit where lines are few. Each part is read when it is needed, which saves memory."""
    names = [entry.name for entry in entries]
    entries = [entry for entry in entries if not is_posterior(entry.name)]
    own, copies = [entry.name for entry in entries], params.model.unsent_lines
    early, stop = (read_with_copies(matrix, own, parts[name], copies) for name in ("fit", "stop"))
    learner = learner_of(params.model.learner)
    first = learner.fit(early, stop, params.model)
    linear = _linear(early, entries, params.linear)
    posterior = _posterior(matrix, names, parts["train"], params.linear)
    later = read_rows(matrix, names, parts["calibration"])
    margin = blended(first, linear, later.x, posterior=posterior)
    calibrator = fit_calibrator(margin, later.y, params.calibration)
    log.info("%d rounds on %d lines; calibrated on %d", first.rounds, len(early.y), len(later.y))

    def probability(x: Floats) -> Floats:
        return calibrator.probability(blended(first, linear, x, posterior=posterior))

    spread, joint = _around(matrix, names, parts["late"], probability, params)
    if parts["train"].sum() >= params.model.refit_below_lines:
        return Fitted(first, linear, calibrator, early, False, spread, joint, posterior=posterior)
    del early, stop, later
    recent = recent if learner.learns_open(first) else NO_LINES
    second, train_rows = _refit(matrix, own, parts["train"], recent, params.model, first)
    linear = _linear(train_rows, entries, params.linear)
    calibrator = carry_over(calibrator, params.calibration)
    return Fitted(second, linear, calibrator, train_rows, True, spread, joint, len(recent), posterior)


def _refit(
    matrix: Path, names: Sequence[str], train: Bools, recent: RecentLines, params: ModelParams, first: MarginModel
) -> tuple[MarginModel, Rows]:
    """Fit on all training lines and on what is known of ``recent`` ones, as large as ``first``; give the former."""
    learner = learner_of(params.learner)
    settled, known = int(train.sum()), len(recent) - len(recent.open.places)
    log.info("refit on %d lines, and on %d recent ones, of which %d are settled", settled, len(recent), known)
    if not len(recent):
        rows = read_with_copies(matrix, names, train, params.unsent_lines)
        return learner.refit(rows, first, params, None), rows
    rows = read_with_copies(matrix, names, train | recent.chosen, params.unsent_lines)
    rows = replace(rows, y=np.concatenate([rows.y[:settled], recent.y]))  # the recent lines are the latest
    later = replace(recent.open, places=recent.open.places + settled)
    return learner.refit(rows, first, params, later), earliest(rows, settled)


def _linear(rows: Rows, entries: list[CatalogEntry], params: LinearParams | None) -> Linear | None:
    return fit_linear(rows, shares_of(entries), params) if params is not None and params.share else None


def _posterior(matrix: Path, names: Sequence[str], train: Bools, params: LinearParams | None) -> PosteriorPart | None:
    """The part of the posteriors, where the matrix has them (they come last) and the parameters give them a weight."""
    own = [name for name in names if is_posterior(name)]
    if not own or params is None or not params.posterior_share:
        return None
    x = read_rows(matrix, own, train).x
    known = ~np.isnan(x).any(axis=1)
    return PosteriorPart(params.posterior_share, x[known].mean(axis=0)) if known.any() else None


def _around(
    matrix: Path, names: Sequence[str], late: Bools, probability: Callable[[Floats], Floats], params: Training
) -> tuple[Spread | None, Joint | None]:
    """Learn what surrounds the score from lines that it has not learned from: all from its stop lines on."""
    if params.interval is None:
        return None, None
    rows = read_rows(matrix, names, late)
    keys = pq.read_table(matrix, columns=["customer_id", "order_id", "product_id"]).filter(pa.array(late)).to_pandas()
    p, known = probability(rows.x), known_of(rows.x, names)
    lines = keys.assign(probability=p, label=rows.y)
    spread = fit_spread(lines, known, params.interval)
    if params.joint is None:
        return spread, None
    bounds = spread.bounds(p, known)
    shared = bounds.order_share + bounds.customer_share
    return spread, fit_joint(Lines.of(p, bounds.deviation, shared, sizes_of(rows.x, names)), lines, params.joint)


def versions(packages: Sequence[str] = ()) -> dict[str, str]:
    """The versions that the model was built with, those of ``packages`` of its learner among them."""
    found = {"python": platform.python_version(), "lightgbm": lgb.__version__, "numpy": np.__version__}
    return found | {name: importlib.metadata.version(name) for name in packages}
