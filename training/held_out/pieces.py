"""The slices of scored lines that calibration over time, moves between runs and the nowcast look at."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from training.evaluation.slices import PriceBands, Slice, labels, slices

FEATURES = ("customer_lines", "product_lines", "basket_lines", "price_minor")
"""Features of the matrix that slices are made of."""
BY_LABEL = {
    "department": "department",
    "category": "category",
    "brand": "brand",
    "supplier": "supplier",
    "payment_method": "payment method",
    "channel": "channel",
    "region": "region",
    "arm": "arm",
}
WEEK = "week"
TIMES = ("part", WEEK, "month")
"""Kinds of slices that follow each other in time. They show drift, and are no finds among many."""


def pieces(lines: pd.DataFrame, most_labels: int, bands: PriceBands) -> Iterator[Slice]:
    """Yield every slice that is looked at, kind by kind, those in time first."""
    for part in sorted(lines["part"].unique()):
        yield Slice("part", str(part), "", (lines["part"] == part).to_numpy())
    yield from weeks(lines)
    yield from slices(lines.drop(columns="category", errors="ignore"), prices=bands, max_categories=most_labels)
    for column, word in BY_LABEL.items():
        if column in lines:
            yield from labels(lines[column], column, word, most_labels)


def weeks(lines: pd.DataFrame) -> Iterator[Slice]:
    """Yield the weeks of the orders, each named by its Monday."""
    week = lines["ordered_at"].dt.to_period("W-SUN").dt.start_time.dt.strftime("%Y-%m-%d").to_numpy()
    for name in np.unique(week):
        yield Slice(WEEK, str(name), "the week from this Monday on", week == name)
