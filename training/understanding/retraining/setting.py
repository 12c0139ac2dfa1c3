"""What every model is trained with: the lines, the split, and the training as params.yaml sets it, without reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow.parquet as pq

from data import params
from features import catalog, recipe
from features.catalog import CATALOG_FILE, LINES_FILE, CatalogEntry, is_posterior
from training.evaluation.backtest import BacktestParams
from training.model import fit
from training.model.booster import ModelParams
from training.model.calibrate import CalibrationParams
from training.model.linear.fit import LinearParams
from training.model.split import SplitParams, read_times
from training.understanding.retraining.curve import Shop
from training.understanding.retraining.retrain import Retrained, customers, retrain
from training.understanding.retraining.span import retraining_split


@dataclass(frozen=True)
class Setting:
    """The shop's lines, and how a model is trained; ``entries`` are the features of the score."""

    shop: Shop
    entries: tuple[CatalogEntry, ...]
    training: fit.Training

    def run(self, times: pd.DataFrame, entries: Sequence[CatalogEntry] | None = None, more_seed: int = 0) -> Retrained:
        """Train on ``times`` with ``entries`` (all by default) and the model's seed plus ``more_seed``."""
        model = self.training.model
        training = replace(self.training, model=model.model_copy(update={"seed": model.seed + more_seed}))
        return retrain(times, self.shop.split, self.entries if entries is None else entries, training)


def read_setting() -> Setting:
    """Read the project's matrix and parameters.

    No model is fitted a second time on stop and calibration lines: comparisons of equals need no refit, and it takes
    more than half of the time. And none has posteriors: these were learned with all columns and factors.

    Raises
    ------
    UserError
        A stage before has not run, or the orders do not reach back far enough.
    """
    training = fit.Training(
        model=params.load("model", ModelParams).model_copy(update={"refit_below_lines": 0}),
        calibration=params.load("calibration", CalibrationParams),
        reasons=None,
        recipe=recipe.read(),
        linear=params.load("linear", LinearParams),
    )
    times = read_times()
    split = retraining_split(times, params.load("split", SplitParams), params.load("backtest", BacktestParams))
    orders = pq.read_table(LINES_FILE, columns=["order_id"]).column(0).to_pandas()
    of_score = [entry for entry in catalog.read(CATALOG_FILE) if not entry.only_reasons]
    entries = tuple(entry for entry in of_score if not is_posterior(entry.name))
    return Setting(Shop(times, orders, split, customers(times, split)), entries, training)
