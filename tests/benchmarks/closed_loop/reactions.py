"""How likely a customer is to dismiss what is shown, learned from those who were shown something.

Returns tell little of one customer's response: most lines would have come back, or not, whatever was shown. Whether the
customer closes what is shown is known for each exposure, at once, and has to do with the same response. So the odds
of a dismissal, learned from all covariates, sum them up in one number, and the effect on profit is learned from that:
a surrogate index (Athey, Chetty, Imbens and Kang, 2019, "The Surrogate Index", NBER 26463). Whether and how the number
goes with the profit is left to the randomised comparison. Where it does not, nothing is learned, and nothing is done.
"""

from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from data.arrays import Bools, Floats, Ints

FOLDS: Final = 4
_TREES: Final = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 100, "lambda_l2": 10.0,
    "feature_fraction": 0.6, "seed": 0, "num_threads": 1, "deterministic": True, "force_row_wise": True,
    "verbosity": -1,
}  # fmt: skip
_ROUNDS: Final = 200


@dataclass(frozen=True)
class DismissalOdds:
    """``models``: each learned without one of the folds into which customers are dealt."""

    models: tuple[lgb.Booster, ...]

    def of_new(self, x: Floats) -> Floats:
        """Give the log-odds of visits that are not in the log; ``x``: covariates of shape (visits, k)."""
        return np.asarray(np.mean([_log_odds(model, x) for model in self.models], axis=0), dtype=np.float64)

    def of_logged(self, x: Floats, customer: Ints) -> Floats:
        """Give the log-odds of visits in the log, by the model that has not learned from the customer."""
        found, fold = np.zeros(len(x)), customer % FOLDS
        for place, model in enumerate(self.models):
            found[fold == place] = _log_odds(model, x[fold == place])
        return found


def learn_odds(x: Floats, customer: Ints, dismissed: Bools) -> DismissalOdds:
    """Learn from visits at which something was shown; ``x``: covariates of shape (visits, k)."""
    fold = customer % FOLDS
    return DismissalOdds(tuple(_fit(x[fold != place], dismissed[fold != place]) for place in range(FOLDS)))


def _fit(x: Floats, dismissed: Bools) -> lgb.Booster:
    return lgb.train(dict(_TREES), lgb.Dataset(x, dismissed.astype(np.float64), params=dict(_TREES)), _ROUNDS)


def _log_odds(model: lgb.Booster, x: Floats) -> Floats:
    return np.asarray(model.predict(x, raw_score=True, num_threads=1), dtype=np.float64) if len(x) else np.zeros(0)
