"""Where models are trained again and tested: on the last fold of the backtest, so that the test lines steer nothing."""

import numpy as np
import pandas as pd

from data.arrays import Bools
from data.errors import UserError
from training.evaluation.backtest import BacktestParams
from training.model.split import DAY, Split, SplitParams, cut, final_split, refuse_empty

LEAST_LINES = 50
"""Lines that each part of a training needs: with fewer, early stopping and calibration are chance alone."""


def retraining_split(times: pd.DataFrame, days: SplitParams, backtest: BacktestParams) -> Split:
    """The span of ``backtest.fold_days`` that ends where the final test begins, cut as the final test is.

    Raises
    ------
    UserError
        The orders do not reach back far enough.
    """
    final = final_split(times, days)
    found = cut(final.train.since, final.test_from - backtest.fold_days * DAY, final.test_from, days)
    refuse_empty(found, times, lambda: "shorten backtest.fold_days or the spans of split in params.yaml")
    return found


def learnable(times: pd.DataFrame, split: Split) -> Bools:
    """Mark the lines with an outcome that the training of ``split`` may read; shape (lines of the matrix,)."""
    early = times["ordered_at"] < split.train.until
    known = times["closes_at"] <= split.train.closed_by
    return np.asarray((early & known & times["label"].notna()).to_numpy(dtype=bool))


def scarce_part(times: pd.DataFrame, split: Split, left_out: Bools) -> str | None:
    """Name a part of the training that has fewer than `LEAST_LINES` lines without those ``left_out``; None: no part."""
    counts = {name: (getattr(split, name).holds(times) & ~left_out).sum() for name in ("fit", "stop", "calibration")}
    return next((f"{count} {name} lines" for name, count in counts.items() if count < LEAST_LINES), None)


def too_few_lines(found: str, parameter: str) -> UserError:
    """The message where a part of the training is scarce."""
    return UserError(
        expected=f"at least {LEAST_LINES} fit, stop and calibration lines for each model",
        found=found,
        fix=f"raise {parameter} in params.yaml, or lengthen split.stop_days and split.calibration_days",
    )


def draw_orders(orders: pd.Series, lines: Bools, most: int, seed: int) -> Bools:
    """Draw whole orders at random until they have about ``most`` of ``lines``; all of them where there are no more.

    Whole orders, because the lines of one basket hang together. The same seed draws the same orders first, so a larger
    draw holds a smaller one.

    Parameters
    ----------
    orders
        The order of each line of the matrix, shape (lines of the matrix,).
    """
    if lines.sum() <= most:
        return lines
    codes, names = pd.factorize(orders[lines], sort=True)
    place = np.random.default_rng(seed).permutation(len(names))  # of each order in the draw
    counts = np.empty(len(names), dtype=np.int64)
    counts[place] = np.bincount(codes)
    taken = np.cumsum(counts) <= most
    chosen = lines.copy()
    chosen[lines] = taken[place[codes]]
    return chosen


def without(times: pd.DataFrame, left_out: Bools) -> pd.DataFrame:
    """The times as if the outcome of the lines ``left_out`` were not known: no training reads such lines."""
    label = times["label"].mask(pd.Series(left_out, index=times.index))
    return times.assign(label=label)
