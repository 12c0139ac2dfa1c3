"""The learner ``lightgbm``: the first one, and the only one that learns from open lines."""

from collections.abc import Sequence
from typing import Final

import lightgbm as lgb

from training.model.booster import ModelParams, fit
from training.model.censored import fit_censored
from training.model.learners.learner import MarginModel
from training.model.learners.trees import Trees
from training.model.matrix import Rows
from training.model.unsettled import OpenLines

FILE: Final = "booster.txt"


class LightGBM:
    """A `training.model.learners.learner.Learner` of LightGBM's boosted trees."""

    file: str = FILE
    packages: Sequence[str] = ()

    def fit(self, rows: Rows, stop: Rows, params: ModelParams) -> Trees:
        """Fit until later trees gain nothing on the lines of ``stop``, and keep the trees up to the best."""
        first = fit(rows, params, params.max_rounds, stop=stop)
        rounds = first.best_iteration or first.num_trees()
        return self.load(first.model_to_string(num_iteration=rounds))

    def learns_open(self, first: MarginModel) -> bool:
        """Whether ``first`` has a split: LightGBM takes no loss of ours where the lines are too few for one."""
        return bool(first.importance().any())

    def refit(self, rows: Rows, first: MarginModel, params: ModelParams, open_lines: OpenLines | None) -> Trees:
        """Fit as many trees as ``first`` has; ``open_lines`` have the likelihood of censored lines."""
        if open_lines is None:
            return Trees(fit(rows, params, first.rounds))
        return Trees(fit_censored(rows, open_lines, params, first.rounds))

    def load(self, text: str) -> Trees:
        """Read the trees."""
        return Trees(lgb.Booster(model_str=text))
