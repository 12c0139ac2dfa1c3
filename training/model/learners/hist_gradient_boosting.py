"""The learner ``hist_gradient_boosting``: scikit-learn's histogram-based boosting, a challenger of LightGBM's.

Its trees are kept as text in LightGBM's format, not pickled: their log-odds are those of scikit-learn, their drivers
are exact, they score as fast as LightGBM's own, and no service needs the version of scikit-learn that fitted them.
"""

from collections.abc import Sequence
from typing import Any

import lightgbm as lgb
import numpy as np

from data.errors import UserError
from data.progress.steps import step
from training.model.booster import ModelParams
from training.model.learners.learner import MarginModel
from training.model.learners.lightgbm_trees import FILE
from training.model.learners.tree_text import Splits, tree_text
from training.model.learners.trees import Trees
from training.model.matrix import Rows
from training.model.unsettled import OpenLines

MOST_BINS = 255
"""scikit-learn keeps the bins of values in a byte, and one of these for missing values."""


class HistGradientBoosting:
    """A `training.model.learners.learner.Learner` of scikit-learn's boosted trees.

    It reads the parameters of LightGBM's, but for ``threads`` and ``bagging_fraction``, which have no counterpart, and
    draws ``feature_fraction`` for each split instead of each tree.
    """

    file: str = FILE
    packages: Sequence[str] = ("scikit-learn",)

    def fit(self, rows: Rows, stop: Rows, params: ModelParams) -> Trees:
        """Fit until later trees gain nothing on the lines of ``stop``, and keep the trees up to the best."""
        model = _estimator(params, params.max_rounds, early_stopping=True)
        x, y = _learned(rows)
        later = {"X_val": np.vstack(stop.blocks), "y_val": stop.labels, "sample_weight_val": stop.weights}
        with step("boosting", None, "rounds"):
            model.fit(x, y, sample_weight=rows.weights, **later)
        best = int(np.argmax(model.validation_score_))  # minus the log-loss after each tree; before them all at 0
        return _as_trees(model, max(best, 1), rows.features)

    def learns_open(self, first: MarginModel) -> bool:
        """No: scikit-learn takes no loss of ours."""
        return False

    def refit(self, rows: Rows, first: MarginModel, params: ModelParams, open_lines: OpenLines | None) -> Trees:
        """Fit as many trees as ``first`` has."""
        if open_lines is not None:
            raise NotImplementedError("open lines")
        model = _estimator(params, first.rounds, early_stopping=False)
        with step("boosting again on all lines", None, "rounds"):
            model.fit(*_learned(rows), sample_weight=rows.weights)
        return _as_trees(model, first.rounds, rows.features)

    def load(self, text: str) -> Trees:
        """Read the trees."""
        return Trees(lgb.Booster(model_str=text))


def _estimator(params: ModelParams, rounds: int, *, early_stopping: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - takes 8 MB, which scoring saves

    if params.max_bin > MOST_BINS:
        raise UserError(
            expected=f"model.max_bin of at most {MOST_BINS} for hist_gradient_boosting",
            found=str(params.max_bin),
            fix="lower model.max_bin in params.yaml",
        )
    return HistGradientBoostingClassifier(
        learning_rate=params.learning_rate,
        max_iter=rounds,
        max_leaf_nodes=params.num_leaves,
        min_samples_leaf=params.min_data_in_leaf,
        l2_regularization=params.lambda_l2,
        max_features=params.feature_fraction,
        max_bins=params.max_bin,
        categorical_features=None,
        early_stopping=early_stopping,
        n_iter_no_change=params.stopping_rounds,
        random_state=params.seed,
    )


def _learned(rows: Rows) -> tuple[Any, Any]:
    if len(np.unique(rows.y)) < 2:
        raise UserError(
            expected="returned and kept lines to learn from",
            found=f"{len(rows.y)} lines with the same outcome",
            fix="give more orders, or take the learner lightgbm: model.learner in params.yaml",
        )
    return np.vstack(rows.blocks), rows.labels


def _as_trees(model: Any, rounds: int, features: Sequence[str]) -> Trees:
    """The first ``rounds`` trees; the first takes the log-odds that the boosting starts from."""
    start = float(model._baseline_prediction.item())  # noqa: SLF001 - scikit-learn has no public way to its trees
    trees = [_splits(each.nodes) for (each,) in model._predictors[:rounds]]  # noqa: SLF001 - see above
    trees[0].leaf_value[:] += start
    return Trees(lgb.Booster(model_str=tree_text(trees, features)))


def _splits(nodes: Any) -> Splits:
    """Number the splits and the leaves of ``nodes`` apart, in the order of the nodes; the root is the first one."""
    leaf = nodes["is_leaf"].astype(bool)
    places = np.where(leaf, -np.cumsum(leaf), np.cumsum(~leaf) - 1)
    inner = nodes[~leaf]
    return Splits(
        feature=inner["feature_idx"].astype(np.int64),
        threshold=inner["num_threshold"],
        missing_left=inner["missing_go_to_left"].astype(bool),
        gain=inner["gain"],
        count=inner["count"].astype(np.int64),
        left=places[inner["left"].astype(np.int64)],
        right=places[inner["right"].astype(np.int64)],
        leaf_value=nodes["value"][leaf].copy(),
        leaf_count=nodes["count"][leaf].astype(np.int64),
    )
