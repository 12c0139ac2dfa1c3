"""Scored lines with keys, features and labels, as the stage calibration leaves them; what is wrong is planted."""

import numpy as np
import pandas as pd


def scored_frame(count: int = 6000, seed: int = 2, *, brand_gap: float = 0.0, corner_gap: float = 0.0) -> pd.DataFrame:
    """Lines whose probabilities are true, but for ``brand_gap`` in one brand and ``corner_gap`` in one corner.

    The corner: ``price_minor`` above 5000 where ``product_age_days`` is missing.
    """
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 4, count).clip(0.02, 0.9)
    brand = rng.choice(["Acme", "Bolt", "Cord"], count, p=[0.5, 0.3, 0.2])
    price = rng.integers(500, 10_000, count)
    age = np.where(rng.random(count) < 0.3, np.nan, rng.uniform(0, 400, count))
    corner = (price > 5000) & np.isnan(age)
    truth = (p + brand_gap * (brand == "Bolt") + corner_gap * corner).clip(0.01, 0.99)
    customer = rng.integers(0, count // 3, count)
    ordered = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count) * 90 * 24 // count, unit="h")
    return pd.DataFrame(
        {
            "line_id": [f"l{number:05d}" for number in range(count)],
            "ordered_at": ordered.astype("datetime64[us]"),
            "label": (rng.random(count) < truth).astype("int8"),
            "probability": p,
            "part": np.where(np.arange(count) < count // 2, "fold 1", "test"),
            "order_id": [f"o{number}" for number in range(count)],
            "customer_id": pd.Series([f"c{number}" for number in customer], dtype="str").where(customer % 7 > 0),
            "product_id": [f"p{number % 50}" for number in range(count)],
            "customer_lines": rng.integers(0, 5, count).astype("float64"),
            "product_lines": rng.integers(0, 5, count),
            "basket_lines": rng.integers(1, 6, count),
            "price_minor": price,
            "product_age_days": age,
            "brand": pd.Series(brand, dtype="str"),
            "channel": pd.Series(rng.choice(["web", "app"], count), dtype="str").where(rng.random(count) < 0.9),
        }
    )
