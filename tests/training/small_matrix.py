"""A matrix of two hundred days of orders, small and quick to train on, as the features stage leaves one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.outcome import OutcomeParams
from features.catalog import CatalogEntry
from features.params import DefinitionParams, HalfLives, PriorLines, PriorReturns
from features.recipe import Recipe
from training.model.booster import ModelParams
from training.model.calibrate import CalibrationParams
from training.model.fit import Training
from training.model.level.level import LevelParams
from training.model.linear.fit import LinearParams
from training.model.split import SplitParams
from training.model.spread import IntervalParams

DAYS, LINES_A_DAY = 200, 20
START = pd.Timestamp("2024-01-01")
SPLIT = SplitParams(test_days=20, gap_days=15, calibration_days=20, stop_days=20)
MODEL = ModelParams(
    learner="lightgbm",
    seed=1,
    threads=1,
    learning_rate=0.2,
    num_leaves=4,
    min_data_in_leaf=20,
    feature_fraction=0.9,
    bagging_fraction=0.8,
    lambda_l2=1.0,
    max_bin=31,
    max_rounds=60,
    stopping_rounds=5,
    refit_below_lines=0,
    unsent_lines=0,
    learn_unsettled=False,
)
RECIPE = Recipe(
    DefinitionParams(
        start_rate=0.3,
        prior_lines=PriorLines(shop=10, customer=5, customer_product=2.5, product=15, variant=15, kind=50),
        prior_returns=PriorReturns(shop=10, kind=10, product=25, variant=100),
        half_life=HalfLives(short_days=30, long_days=180),
        demographics=False,
    ),
    OutcomeParams(return_window_days=14, delivery_allowance_days=7, returned_from_share=0),
    frozenset({"price_minor", "ordered_at"}),
)
INTERVAL = IntervalParams(
    level=0.9,
    line_variance=0.24,
    order_variance=0.1,
    customer_variance=0.29,
    customer_lines=12,
    product_variance=0.3,
    product_lines=40,
    exponent=1.24,
    prior_scale=0.5,
)
LEVEL = LevelParams(deviation=0.04, days=30, most_a_month=0.2, max_age_days=3)
LINEAR = LinearParams(share=0.4, lines=100_000, weight_variance=0.1, posterior_share=0.3)
TRAINING = Training(
    MODEL,
    CalibrationParams(prior_lines=100, level_carried=0.5, interval_digits=3),
    reasons=None,
    recipe=RECIPE,
    linear=LINEAR,
)
CATALOG = [
    CatalogEntry(
        "product_return_rate", "double", "share", "product", "rate of the product", "never", ("a",), only_reasons=False
    ),
    CatalogEntry(
        "customer_return_rate",
        "double",
        "share",
        "customer",
        "rate of the customer",
        "guest",
        ("b",),
        only_reasons=False,
    ),
    CatalogEntry("basket_lines", "int64", "lines", "basket", "lines of the order", "never", (), only_reasons=False),
]


def matrix_frame(seed: int = 3) -> pd.DataFrame:
    """Lines whose windows close 12 to 25 days after the order, and most of whose returns are known before.

    Those of the last days are still open.
    """
    rng = np.random.default_rng(seed)
    count = DAYS * LINES_A_DAY
    ordered = START + pd.to_timedelta(np.arange(count) * 24 * 60 // LINES_A_DAY, unit="min")
    closes = ordered + pd.to_timedelta(rng.integers(12, 26, count), unit="D")
    rate, customer = rng.beta(2, 4, count), rng.beta(2, 4, count)
    logit = 3 * (rate - 0.33) + 3 * (customer - 0.33) - 0.6
    label = (rng.random(count) < 1 / (1 + np.exp(-logit))).astype(float)
    label[(closes > ordered[-1]) | (rng.random(count) < 0.05)] = np.nan  # open, or never recorded
    guest = rng.random(count) < 0.1
    basket_lines = rng.integers(1, 6, count)
    window = (closes - ordered) / pd.Timedelta(minutes=1)
    settled = np.where(
        label == 1, ordered + pd.to_timedelta((window * rng.random(count)).astype(int), unit="min"), closes
    )
    return pd.DataFrame(
        {
            "line_id": [f"l{number:05d}" for number in range(count)],
            "order_id": [f"o{number // 2:05d}" for number in range(count)],
            "customer_id": [f"c{number // 2 % 500:03d}" for number in range(count)],
            "product_id": [f"p{number * 7 % 100:02d}" for number in range(count)],
            "ordered_at": ordered.astype("datetime64[us]"),
            "closes_at": closes.astype("datetime64[us]"),
            "settled_at": pd.Series(settled).where(~np.isnan(label)).astype("datetime64[us]"),
            "label": pd.array(label, dtype="Int8"),
            "product_return_rate": rate,
            "customer_return_rate": np.where(guest, np.nan, customer),
            "basket_lines": basket_lines,
        }
    )


def write_matrix(frame: pd.DataFrame, file: Path) -> Path:
    """Write the lines in several row groups, missing values as nulls."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file, row_group_size=700)
    return file
