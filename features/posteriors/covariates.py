"""The covariates of the posteriors: some features, standardised by what was known when the day of the line began."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import logit

from data.arrays import Floats, Ints

SHARE = "share"
"""The unit, in the catalog, of features that enter as their log-odds; others enter as signed logarithms."""
NAMES = (
    *("price_minor", "quantity", "voucher_used", "discount_share", "size_value", "product_age_days"),
    *("basket_lines", "basket_value_minor", "basket_value_share", "basket_mean_price_ratio"),
    *("basket_product_lines", "basket_product_other_sizes", "basket_product_other_colors"),
    *("basket_category_lines", "basket_brand_lines"),
    *("customer_tenure_days", "customer_orders", "customer_settled_lines", "customer_price_ratio"),
    *("customer_days_since_order", "customer_days_since_return"),
    *("customer_return_rate", "customer_return_rate_180d"),
    *("customer_category_return_rate", "customer_size_system_return_rate"),
    *("customer_product_returned", "customer_product_kept", "customer_size_system_kept_size_offset"),
    *("product_lines", "product_price_ratio", "product_price_to_highest", "product_size_bias"),
    *("product_return_rate", "product_return_rate_30d", "product_size_return_rate", "product_color_return_rate"),
    *("product_size_too_small_share", "product_size_too_large_share"),
    "shop_return_rate",
)
"""The features that are covariates, where the source has them."""
FEWEST = 500
"""A covariate counts from the day on that so many lines before it have it: until then its scale is not known."""
FARTHEST = 4.0
"""Standard deviations from the mean beyond which a value counts as one at this distance."""
ENDS = 1e-4
"""Shares are taken to be at least so far from 0 and 1."""


def covariates_of(frame: pd.DataFrame, day: Ints, lines: int, units: Mapping[str, str]) -> Floats:
    """Compute the covariates of each row, the constant one first; shape (n, 1 + features), 0 where missing.

    Parameters
    ----------
    frame
        The features of n rows; the first ``lines`` rows are whole lines, the others are lines without some fields.
    day
        The day of each row's order, from 0; shape (n,). Mean and scale are those of whole lines of earlier days.
    units
        The unit of each feature, by its name, as in the catalog.
    """
    found = [np.ones(len(frame))]
    for name in frame.columns:
        values = _transformed(frame[name].to_numpy(dtype=np.float64), units[name])
        mean, scale = _moments(values[:lines], day[:lines], int(day.max(initial=0)) + 1)
        z = np.clip((values - mean[day]) / scale[day], -FARTHEST, FARTHEST)
        found.append(np.nan_to_num(z, copy=False, nan=0.0))
    return np.column_stack(found)


def names_in(names: Sequence[str]) -> list[str]:
    """Those of `NAMES` among the ``names`` of the source's features."""
    return [name for name in NAMES if name in names]


def _transformed(values: Floats, unit: str) -> Floats:
    if unit == SHARE:
        return np.asarray(logit(np.clip(values, ENDS, 1 - ENDS)), dtype=np.float64)
    return np.asarray(np.copysign(np.log1p(np.abs(values)), values), dtype=np.float64)


def _moments(values: Floats, day: Ints, days: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what was known before each day, shape (days,); NaN where that is too little."""
    known = ~np.isnan(values)
    count, total, squares = (
        np.concatenate([[0.0], np.bincount(day[known], weights, minlength=days).cumsum()[: days - 1]])
        for weights in (np.ones(int(known.sum())), values[known], values[known] ** 2)
    )
    enough = count >= FEWEST
    mean, scale = np.full(days, np.nan), np.full(days, np.nan)
    mean[enough] = total[enough] / count[enough]
    spread = np.sqrt(np.maximum(squares[enough] / count[enough] - mean[enough] ** 2, 0.0))
    # A constant says nothing: rounding leaves it a little spread.
    scale[enough] = np.where(spread > 1e-6 * (1 + np.abs(mean[enough])), spread, np.nan)
    return mean, scale
