"""Calibration over time and by slice: where returns expected and returns observed part."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from training.evaluation.slices import PriceBands, Slice, labels, slices
from training.understanding.clusters import codes_of
from training.understanding.measures.gaps import beyond_all, mean, q_values
from training.understanding.measures.lines import losses
from training.understanding.params import SliceParams

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
}
TIMES = ("part", "week", "month")
"""Kinds of slices that follow each other in time. They show drift, and are no finds among many."""


def pieces(lines: pd.DataFrame, chosen: SliceParams, bands: PriceBands) -> Iterator[Slice]:
    """Yield every slice that is looked at, kind by kind, those in time first."""
    for part in sorted(lines["part"].unique()):
        yield Slice("part", str(part), "", (lines["part"] == part).to_numpy())
    week = lines["ordered_at"].dt.to_period("W-SUN").dt.start_time.dt.strftime("%Y-%m-%d").to_numpy()
    for name in np.unique(week):
        yield Slice("week", str(name), "the week from this Monday on", week == name)
    yield from slices(lines.drop(columns="category", errors="ignore"), prices=bands, max_categories=chosen.most_labels)
    for column, word in BY_LABEL.items():
        if column in lines:
            yield from labels(lines[column], column, word, chosen.most_labels)


def calibration(lines: pd.DataFrame, chosen: SliceParams, bands: PriceBands) -> pd.DataFrame:
    """Measure each slice of at least ``chosen.least_lines`` lines.

    Returns
    -------
    pandas.DataFrame
        A row a slice: ``kind``, ``slice``, ``meaning``, ``lines``, ``expected`` (mean probability), ``observed`` (share
        returned), ``gap`` (observed minus expected) with ``gap_low`` and ``gap_high``, ``beyond`` (the gap minus that
        of all lines, so that a drift of the whole shop is not found in each of its slices), ``q_value`` of no gap
        beyond, ``found`` (whether it is at most the rate of false discoveries), ``loss`` and ``expected_loss``. Slices
        in time have no q-value: empty.
    """
    each, clusters = losses(lines), codes_of(lines)
    gap = each["gap"].to_numpy()
    rows, p_values = [], []
    for piece in pieces(lines, chosen, bands):
        inside = piece.mask
        if inside.sum() < chosen.least_lines:
            continue
        own, beyond = mean(gap, inside, clusters), beyond_all(gap, inside, clusters)
        p_values.append(np.nan if piece.kind in TIMES else beyond.two_sided)
        rows.append(
            {
                "kind": piece.kind,
                "slice": piece.name,
                "meaning": piece.meaning,
                "lines": int(inside.sum()),
                "expected": float(lines["probability"].to_numpy()[inside].mean()),
                "observed": float(lines["label"].to_numpy()[inside].mean()),
                "gap": own.value,
                "gap_low": own.low,
                "gap_high": own.high,
                "beyond": beyond.value,
                "loss": float(each["loss"].to_numpy()[inside].mean()),
                "expected_loss": float(each["expected_loss"].to_numpy()[inside].mean()),
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS[:-2])
    found = np.array(p_values, dtype=np.float64)
    tested = ~np.isnan(found)
    found[tested] = q_values(found[tested])
    return table.assign(q_value=found, found=found <= chosen.false_discovery_rate)


COLUMNS = (
    "kind",
    "slice",
    "meaning",
    "lines",
    "expected",
    "observed",
    "gap",
    "gap_low",
    "gap_high",
    "beyond",
    "loss",
    "expected_loss",
    "q_value",
    "found",
)
