"""A shop whose labels are written in many ways."""

import numpy as np
import pandas as pd

from data.schema import LABELS
from tests.features.crowded_shop import Shop

WRITTEN = (
    lambda label: label,
    lambda label: f" {label}\u00a0",
    lambda label: f"\u200b{label}\ufeff",
    lambda label: label.upper(),
    lambda label: "".join(chr(ord(sign) + 0xFEE0) for sign in label),  # full width
)
"""Ways to write one label."""
LOWER = ("size", "color")
"""Columns that the tables have in lower case."""


def in_many_spellings(shop: Shop) -> Shop:
    """The shop with each label written in one of `WRITTEN`, row by row."""
    rng = np.random.default_rng(3)

    def written(frame: pd.DataFrame) -> pd.DataFrame:
        changed = {
            name: pd.Series([_spelled(label, name, int(rng.integers(len(WRITTEN)))) for label in frame[name]])
            for name in LABELS
            if name in frame
        }
        return frame.assign(**changed)

    return shop.with_(lines=written(shop.lines), products=written(shop.products))


def _spelled(label: str | None, column: str, how: int) -> str | None:
    if not isinstance(label, str):
        return None
    spelled = WRITTEN[how](label)
    return spelled.lower() if column in LOWER else spelled
