"""A small table of baskets to replay, of known customers and guests, with known outcomes."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from training.decisions.replay import columns
from training.decisions.replay.columns import REASONS, About

SINCE = pd.Timestamp("2024-05-01")
DAYS = 30
CATEGORIES = ("dresses", "shoes", "bags")


def about(**changes: Any) -> About:
    content: dict[str, Any] = {
        "since": SINCE.isoformat(),
        "until": (SINCE + pd.Timedelta(days=DAYS)).isoformat(),
        "days": float(DAYS),
        "baskets": 400,
        "units": 160,
        "kept_baskets": 200,
        "kept_units": 80,
        "level": 0.9,
        "learned_until": "2024-04-10T00:00:00",
        "reasons": True,
        "features": ("customer_lines", "discount_share"),
    }
    return About(**{**content, **changes})


def table(given: About | None = None, seed: int = 1) -> pa.Table:
    """Baskets of one or two lines, by 80 customers, of whom every fourth is a guest with a single basket."""
    given = about() if given is None else given
    rng = np.random.default_rng(seed)
    rows = [
        row for basket in range(given.kept_baskets) for row in _basket(rng, basket, basket % given.kept_units, given)
    ]
    return pa.Table.from_pylist(rows, columns.schema(given.features))


def write(folder: Path, given: About | None = None) -> Path:
    """The table in ``folder``."""
    given = about() if given is None else given
    columns.write(table(given), given, folder)
    return folder


def _basket(rng: np.random.Generator, basket: int, unit: int, given: About) -> list[dict[str, Any]]:
    guest = unit % 4 == 0 and basket < given.kept_units
    at = SINCE + pd.Timedelta(minutes=24 * 60 * DAYS * basket // given.kept_baskets)
    product = int(rng.integers(30))
    return [
        {
            "basket": basket,
            "unit": unit,
            "guest": guest,
            "at": at.to_pydatetime(),
            "segment": "guest" if guest else ("new", "occasional", "active")[unit % 3],
            "product_id": f"P-{product}",
            "category": CATEGORIES[product % 3],
            "department": "fashion",
            "size": size,
            "color": "red",
            "drivers": ["size"],
            **_score(rng),
            **{columns.FEATURE + name: float(rng.integers(5)) for name in given.features},
        }
        for size in ("m", "l")[: int(rng.integers(1, 3))]
    ]


def _score(rng: np.random.Generator) -> dict[str, Any]:
    probability = float(rng.uniform(0.1, 0.8))
    shares = dict.fromkeys(REASONS, 0.0) | {"SIZE_TOO_SMALL": 0.5, "STYLE": 0.5}
    returned = None if rng.random() < 0.05 else bool(rng.random() < probability)
    better = probability > 0.4
    return {
        "value_minor": float(rng.integers(2000, 12_000)),
        "probability": probability,
        "low": 0.8 * probability,
        "high": 0.8 * probability + 0.2,
        "basket_share": 0.3,
        "product_share": 0.2,
        "other_size": "xl" if better else None,
        "other_size_probability": probability - 0.1 if better else None,
        "returned": returned,
        "came_back_for": "STYLE" if returned else None,
        **{columns.REASON + name: share * probability for name, share in shares.items()},
    }
