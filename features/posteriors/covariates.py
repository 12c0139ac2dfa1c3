"""The covariates of the posteriors: some features, standardised by what was known when the day of the line began."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from features.compiled import compiled

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


@dataclass(frozen=True)
class Scales:
    """The ``mean`` and the ``deviation`` of each transformed feature as a day begins; shape (features,).

    Both are NaN where too little is known, or where the feature is constant.
    """

    mean: Floats
    deviation: Floats


def rows_for(count: int, features: int) -> Floats:
    """Make room for the features of ``count`` rows, behind the constant covariate; shape (count, 1 + features)."""
    found = np.empty((count, 1 + features))
    found[:, 0] = 1.0
    return found


def covariates_of(rows: Floats, day: Ints, lines: int, shares: Sequence[bool]) -> Scales:
    """Turn the features of each row into covariates, in place: both at once would be the most that the stage holds.

    Parameters
    ----------
    rows
        `rows_for` n rows, filled with their features, NaN where missing; a missing covariate is 0. The first ``lines``
        rows are whole lines, the others are lines without some fields.
    day
        The day of each row's order, from 0; shape (n,). Mean and scale are those of whole lines of earlier days.
    shares
        Whether each feature is a share.

    Returns
    -------
    Scales
        Those of the day after the last one.
    """
    days = int(day.max(initial=0)) + 2

    def of(place: int) -> tuple[float, float]:
        values = transformed(np.ascontiguousarray(rows[:, 1 + place]), bool(shares[place]))
        mean, deviation = _moments(values[:lines], day[:lines], days)
        rows[:, 1 + place] = standardised(values, day, mean, deviation)
        return float(mean[-1]), float(deviation[-1])

    with ThreadPoolExecutor() as pool:  # each feature by itself, on all cores
        last = np.array(list(pool.map(of, range(rows.shape[1] - 1)))).reshape(-1, 2)
    return Scales(last[:, 0], last[:, 1])


def covariates_at(values: Floats, shares: Bools, scales: Scales) -> Floats:
    """Compute the covariates of rows of one day, as `covariates_of` does.

    Parameters
    ----------
    values
        The features, shape (n, features), NaN where missing.
    shares
        Whether each feature is a share, shape (features,).
    """
    return standardised_rows(np.ascontiguousarray(values), shares, scales.mean, scales.deviation)


def names_in(names: Sequence[str]) -> list[str]:
    """Those of `NAMES` among the ``names`` of the source's features."""
    return [name for name in NAMES if name in names]


@compiled
def _transformed(value: float, share: bool) -> float:  # noqa: FBT001 - compiled code takes arguments by place
    """The log-odds of a share, and the signed logarithm of another value."""
    if not share:
        return float(np.copysign(np.log1p(abs(value)), value))
    inside = min(max(value, ENDS), 1 - ENDS)
    return float(np.log(inside / (1 - inside))) if value == value else np.nan  # noqa: PLR0124 - NaN is missing


@compiled
def _standardised(value: float, mean: float, deviation: float) -> float:
    """Standard deviations from the mean, at most `FARTHEST`; 0 for a missing value, and where there is no scale."""
    z = (value - mean) / deviation
    return 0.0 if np.isnan(z) else min(max(z, -FARTHEST), FARTHEST)


@compiled
def transformed(values: Floats, share: bool) -> Floats:  # noqa: FBT001 - as above
    """The log-odds of ``values`` that are shares, and the signed logarithms of others; shape (n,)."""
    found = np.empty(len(values))
    for place in range(len(values)):
        found[place] = _transformed(values[place], share)
    return found


@compiled
def standardised(values: Floats, day: Ints, mean: Floats, deviation: Floats) -> Floats:
    """The covariate of transformed ``values``, by the scale of each ``day``; shape (n,)."""
    found = np.empty(len(values))
    for place in range(len(values)):
        found[place] = _standardised(values[place], mean[day[place]], deviation[day[place]])
    return found


@compiled
def standardised_rows(values: Floats, shares: Bools, mean: Floats, deviation: Floats) -> Floats:
    """The covariates of rows of one day, as `covariates_at` gives them."""
    found = np.ones((values.shape[0], 1 + values.shape[1]))
    for line in range(values.shape[0]):
        for place in range(values.shape[1]):
            moved = _transformed(values[line, place], shares[place])
            found[line, 1 + place] = _standardised(moved, mean[place], deviation[place])
    return found


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
