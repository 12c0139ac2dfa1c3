"""A shop whose chances and delays are known: lines of some months, most of which are settled when the months end."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from training.model.split import DAY
from training.monitoring.params import MonitoringParams

START = pd.Timestamp("2023-01-02")
DAYS = 200
NOW = START + DAYS * DAY
"""The last moment of the shop."""

CHOSEN = MonitoringParams(
    interval=0.9,
    recent_days=28,
    told_after_days=10,
    least_lines=100,
    most_labels=5,
    false_discovery_rate=0.1,
    tolerance=0.1,
    days_a_false_alarm=365,
)


def watched_shop(
    seed: int = 1, lines_a_day: int = 40, *, level: float = 0.0, slope: float = 1.0, brand: float = 0.0
) -> pd.DataFrame:
    """Lines with scores; what is wrong with these is planted.

    The true log-odds are ``level + slope * logit(p)``, and those of the brand Bolt ``brand`` above. A line comes back
    after 3 to 20 days, mostly within 12, and its window closes after 21 or 25. Two lines make an order.
    """
    rng = np.random.default_rng(seed)
    count = DAYS * lines_a_day
    ordered = START + pd.to_timedelta(np.sort(rng.integers(0, DAYS * 24 * 60, count // 2)).repeat(2), unit="min")
    p = rng.beta(2, 4, count).clip(0.02, 0.95)
    brands = rng.choice(["Acme", "Bolt", "Cord"], count)
    back = rng.random(count) < expit(level + slope * logit(p) + brand * (brands == "Bolt"))
    days = rng.gamma(6, 1.5, count).clip(3, 20)
    closes = ordered + pd.to_timedelta(rng.choice([21, 25], count), unit="D")
    settled = np.where(back, ordered + pd.to_timedelta(days * 24 * 60, unit="min"), closes)
    customer = rng.integers(0, count // 6, count // 2).repeat(2)
    return pd.DataFrame(
        {
            "line_id": [f"l{number:05d}" for number in range(count)],
            "order_id": [f"o{number // 2:05d}" for number in range(count)],
            "customer_id": pd.Series([f"c{number}" for number in customer], dtype="str").where(customer % 9 > 0),
            "product_id": [f"p{number % 70}" for number in range(count)],
            "ordered_at": ordered.astype("datetime64[us]"),
            "closes_at": closes.astype("datetime64[us]"),
            "settled_at": pd.Series(settled).astype("datetime64[us]"),
            "label": back.astype("float64"),
            "probability": p,
            "part": "since the test began",
            "customer_lines": rng.integers(0, 4, count).astype("float64"),
            "product_lines": rng.integers(0, 4, count),
            "basket_lines": 2,
            "price_minor": rng.integers(500, 10_000, count),
            "brand": pd.Series(brands, dtype="str"),
        }
    )


def as_of(shop: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """The same tables as they were at ``now``: without what came later."""
    then = shop[shop["ordered_at"] < now].copy()
    later = then["settled_at"] >= now
    then.loc[later, "settled_at"] = pd.NaT
    then.loc[later | (then["closes_at"] >= now), "label"] = np.nan
    return then


def changed(before: pd.DataFrame, after: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """A shop that is as ``before`` in orders before the ``day``, and as ``after`` from then on."""
    later = after[after["ordered_at"] >= day].copy()
    later["order_id"] = "later " + later["order_id"]
    return pd.concat([before[before["ordered_at"] < day], later], ignore_index=True)
