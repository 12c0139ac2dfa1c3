"""Regression trees that are grown, cross-fitted and read together.

Trees of many models lie in one LightGBM text, group by group, and one call finds the leaves of a row in all of them:
an answer for one basket would else wait for a call a model.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np

from data.arrays import Bools, Floats, Ints
from training.decisions.learning import stored_parts
from training.decisions.learning.params import EffectTrees, Trees

LEAVES_AT_ONCE: Final = 20_000_000
"""Places of leaves that are held in memory at once."""


@dataclass(frozen=True)
class Sample:
    """Rows to learn from: ``x`` (n, k), NaN where unknown; ``y`` (n,); ``fold`` (n,), the same for rows of a unit."""

    x: Floats
    y: Floats
    fold: Ints

    def take(self, chosen: Bools) -> "Sample":
        """Keep the rows ``chosen``."""
        return Sample(self.x[chosen], self.y[chosen], self.fold[chosen])


@dataclass(frozen=True)
class CrossFitted:
    """Models that each leave a fold out: ``models[f]`` learned from all rows outside of fold f, ``rounds`` trees.

    ``rounds`` is the number at which the squared error of the left out rows, over all folds, is least.
    """

    models: tuple[lgb.Booster, ...]
    rounds: int

    def predict(self, x: Floats, fold: Ints) -> Floats:
        """Predict each row by the model that left its fold out; shape (n,)."""
        found = np.empty(len(x))
        for place, model in enumerate(self.models):
            own = fold == place
            if own.any():
                found[own] = _predicted(model, x[own], self.rounds)
        return found


def settings(trees: Trees, seed: int) -> dict[str, Any]:
    """All parameters as LightGBM takes them; one thread, so that equal input gives equal bytes."""
    return {
        "objective": "regression",
        "metric": "l2",
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "learning_rate": trees.learning_rate,
        "num_leaves": trees.num_leaves,
        "min_data_in_leaf": trees.min_data_in_leaf,
        "feature_fraction": trees.feature_fraction,
        "lambda_l2": trees.lambda_l2,
    }


def cross_fit(sample: Sample, folds: int, trees: EffectTrees, seed: int) -> CrossFitted:
    """Fit a model without each fold; a fold may have no rows, and all rows must not lie in one."""
    chosen, models, errors, rows = settings(trees, seed), [], np.zeros(trees.max_rounds), 0
    for fold in range(folds):
        out = sample.fold == fold
        data = _dataset(sample.x[~out], sample.y[~out], chosen)
        curve: dict[str, Any] = {}
        left_out = [_dataset(sample.x[out], sample.y[out], chosen, reference=data)] if out.any() else []
        models.append(
            lgb.train(chosen, data, trees.max_rounds, valid_sets=left_out, callbacks=[lgb.record_evaluation(curve)])
        )
        if out.any():
            found = np.asarray(curve["valid_0"]["l2"])
            errors[: len(found)] += out.sum() * found
            errors[len(found) :] += out.sum() * found[-1]  # training ended early: no split was left
            rows += int(out.sum())
    return CrossFitted(tuple(models), int(np.argmin(errors)) + 1)


def fit(x: Floats, y: Floats, weight: Floats, rounds: int, trees: Trees, seed: int) -> lgb.Booster:
    """Fit ``rounds`` trees to rows with weights, shape (n,)."""
    chosen = settings(trees, seed)
    return lgb.train(chosen, _dataset(x, y, chosen, weight=weight), rounds)


def fit_odds(x: Floats, happened: Floats, trees: Trees, seed: int) -> lgb.Booster:
    """Fit the log-odds of what ``happened`` (n,), 1 or 0, by rows ``x`` (n, k), NaN where unknown."""
    chosen = {**settings(trees, seed), "objective": "binary", "metric": "binary_logloss"}
    return lgb.train(chosen, _dataset(x, happened, chosen), trees.rounds)


def log_odds(model: lgb.Booster, x: Floats) -> Floats:
    """The log-odds that `fit_odds` has learned; shape (n,)."""
    return np.asarray(model.predict(x, raw_score=True, num_threads=1), dtype=np.float64) if len(x) else np.zeros(0)


class Forest:
    """Groups of trees in one text, in LightGBM's own format. ``sizes``: the trees of each group, shape (groups,)."""

    def __init__(self, text: str, sizes: Sequence[int]) -> None:
        self.text, self.sizes = text, tuple(sizes)
        self._booster = lgb.Booster(model_str=text)
        self._trees = self._booster.num_trees()
        self._begins = np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)
        self._values, self._first = _leaf_values(self._booster)

    @classmethod
    def stored(cls, text: str, sizes: Any, covariates: int) -> "Forest":
        """Make it of what was stored; `UnfitError` where text, sizes and the number of covariates do not fit."""
        try:
            booster = lgb.Booster(model_str=text)
        except lgb.basic.LightGBMError as error:
            raise stored_parts.UnfitError("trees as LightGBM writes them", str(error)) from None
        if booster.num_feature() != covariates:
            raise stored_parts.UnfitError(f"trees by {covariates} covariates", f"by {booster.num_feature()}")
        return cls(text, stored_parts.sizes(sizes, booster.num_trees()))

    @classmethod
    def of(cls, models: Sequence[lgb.Booster]) -> "Forest":
        """Put the trees of ``models`` together, a group a model."""
        return cls(_merged(models), [model.num_trees() for model in models])

    def sums(self, x: Floats) -> Floats:
        """What each group predicts for each row of ``x`` (n, k), NaN where unknown; shape (n, groups)."""
        step = max(1, LEAVES_AT_ONCE // max(self._trees, 1))
        parts = [self._sums(x[start : start + step]) for start in range(0, len(x), step)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.sizes)))

    def _sums(self, x: Floats) -> Floats:
        leaves = np.asarray(self._booster.predict(x, pred_leaf=True, num_threads=1), dtype=np.int64)
        values = self._values[leaves.reshape(len(x), self._trees) + self._first]
        return np.add.reduceat(values, self._begins, axis=1)


def _predicted(model: lgb.Booster, x: Floats, rounds: int) -> Floats:
    return np.asarray(model.predict(x, num_iteration=rounds, num_threads=1), dtype=np.float64)


def _dataset(
    x: Floats, y: Floats, chosen: dict[str, Any], weight: Floats | None = None, reference: lgb.Dataset | None = None
) -> lgb.Dataset:
    return lgb.Dataset(x, y, weight=weight, params=chosen, reference=reference)


def _leaf_values(booster: lgb.Booster) -> tuple[Floats, Ints]:
    """The values of all leaves, tree by tree, and where each tree's begin."""
    values = [_values_of(tree) for tree in _trees(booster.model_to_string())]
    first = np.concatenate([[0], np.cumsum([len(each) for each in values])[:-1]]).astype(np.int64)
    return np.concatenate(values), first


def _values_of(tree: str) -> Floats:
    found = re.search(r"^leaf_value=(.*)$", tree, re.MULTILINE)
    return np.array(found.group(1).split() if found else [], dtype=np.float64)


def _trees(text: str) -> Iterator[str]:
    """Give the texts of the trees: what follows ``Tree=…`` up to the next."""
    body = text[: text.index("end of trees")]
    yield from re.split(r"^Tree=\d+\n", body, flags=re.MULTILINE)[1:]


def _merged(models: Sequence[lgb.Booster]) -> str:
    """One text with the trees of all models. Without ``tree_sizes``, LightGBM reads the trees one after the other."""
    texts = [model.model_to_string() for model in models]
    head = texts[0][: texts[0].index("\nTree=")]
    kept = [line for line in head.splitlines() if not line.startswith("tree_sizes=")]
    trees = [tree for text in texts for tree in _trees(text)]
    body = "".join(f"Tree={place}\n{tree}" for place, tree in enumerate(trees))
    return "\n".join(kept) + "\n\n" + body + "end of trees\n\n"
