"""Calibration over time and by slice: where returns expected and returns observed part."""

import numpy as np
import pandas as pd

from training.evaluation.slices import PriceBands
from training.held_out.clusters import codes_of
from training.held_out.gaps import beyond_all, mean, q_values
from training.held_out.lines import losses
from training.held_out.pieces import TIMES, pieces
from training.understanding.params import SliceParams


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
    for piece in pieces(lines, chosen.most_labels, bands):
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
