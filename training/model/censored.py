"""Fits the booster where the outcomes of some lines are open: the same trees with the likelihood of censored lines."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
from scipy.special import expit, logit

from data.arrays import Bools, Floats
from data.progress.steps import boosting
from training.model.booster import ModelParams, tree_settings
from training.model.matrix import Rows
from training.model.unsettled import OpenLines

LEAST_CURVATURE = 0.05
"""An open line counts in the denominator of a leaf at least this share of a line whose outcome is known. The loss of an
open line is not convex: without a bound, lines that say little could make large steps."""
OBJECTIVE = "objective=binary sigmoid:1"
"""How LightGBM's text names the objective whose raw score is a log-odds."""


@dataclass(frozen=True)
class CensoredLoss:
    """The loss -log(likelihood) of each row in the margin m, for ``lines`` of which some are open.

    ``y``, ``weights`` and ``places`` have one entry a row, copies included, shape (n,); ``open`` names rows.
    """

    y: Floats
    weights: Floats
    open: OpenLines

    @classmethod
    def of(cls, rows: Rows, open_lines: OpenLines) -> "CensoredLoss":
        """The loss of lines and their copies; a copy is open where its line is."""
        y = rows.labels.astype(np.float64)
        weights = np.ones(len(y)) if rows.weights is None else rows.weights
        return cls(y, weights, _with_copies(rows, open_lines))

    def derivatives(self, margin: Floats) -> tuple[Floats, Floats]:
        """The first and second derivative of each row's loss, shape (n,) each.

        With the chance w of an open line (`OpenLines.chance`) they are p - w and p(1 - p) - w(1 - w), the second
        bounded from below by `LEAST_CURVATURE` (Louis, 1982, for its form).
        """
        p = expit(margin)
        target, curvature = self.y.copy(), p * (1 - p)
        places = self.open.places
        chance = self.open.chance(p[places])
        target[places] = chance
        known = curvature[places]
        curvature[places] = np.maximum(known - chance * (1 - chance), LEAST_CURVATURE * known)
        return (p - target) * self.weights, curvature * self.weights


def fit_censored(rows: Rows, open_lines: OpenLines, params: ModelParams, rounds: int) -> lgb.Booster:
    """Fit ``rounds`` trees on ``rows``, whose outcomes count as known but for ``open_lines``.

    The booster is as one of `training.model.booster.fit`: its trees add up to the margin, and it says so.
    """
    loss = CensoredLoss.of(rows, open_lines)
    settings = tree_settings(params, params)
    start = _start(rows, open_lines)
    data = lgb.Dataset(
        rows.blocks,
        rows.labels,
        init_score=np.full(len(loss.y), start),
        feature_name=list(rows.features),
        params=settings,
    )
    objective = {"objective": lambda margin, _: loss.derivatives(margin), "metric": "None"}
    with boosting("boosting again on all lines", rounds) as after_round:
        booster = lgb.train(settings | objective, data, rounds, callbacks=[after_round])
    return _as_fitted_by_lightgbm(booster, start)


def _start(rows: Rows, open_lines: OpenLines) -> float:
    """The log-odds of the share of returned lines among those whose outcome is known."""
    return float(logit(np.delete(rows.y, open_lines.places).mean()))


def _with_copies(rows: Rows, open_lines: OpenLines) -> OpenLines:
    """The open ones among the rows of ``rows``: lines, and after them their copies."""
    if rows.copies is None:
        return open_lines
    position = np.full(len(rows.y), -1, dtype=np.int64)
    position[open_lines.places] = np.arange(len(open_lines.places))
    of_copies = position[rows.copies.places]
    copied: Bools = of_copies >= 0
    line = np.concatenate([np.arange(len(open_lines.places)), of_copies[copied]])
    places = np.concatenate([open_lines.places, len(rows.y) + np.flatnonzero(copied)])
    return OpenLines(places, open_lines.returned[line], open_lines.kept[line])


def _as_fitted_by_lightgbm(booster: lgb.Booster, start: float) -> lgb.Booster:
    """The booster with ``start`` added to its first tree and its objective named, as LightGBM does with its own."""
    for leaf in range(booster.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]):
        booster.set_leaf_output(0, leaf, booster.get_leaf_output(0, leaf) + start)
    text = booster.model_to_string().replace("\nfeature_names=", f"\n{OBJECTIVE}\nfeature_names=", 1)
    return lgb.Booster(model_str=text)
