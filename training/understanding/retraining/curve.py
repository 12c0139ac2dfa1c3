"""The learning curve: what a model loses that learns from fewer lines, or from a shorter past."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from data.arrays import Bools, Ints
from data.logs import log
from training.evaluation.intervals import Draw
from training.model.split import Split
from training.understanding.params import CurveParams
from training.understanding.retraining.retrain import Retrained, difference
from training.understanding.retraining.span import draw_orders, learnable, scarce_part, too_few_lines, without

LINES, MONTHS = "lines", "months"


@dataclass(frozen=True)
class Shop:
    """The lines to train on again: their times and orders, the split, and the customers of the tested lines."""

    times: pd.DataFrame
    orders: pd.Series
    split: Split
    clusters: Ints


@dataclass(frozen=True)
class Point:
    """One training of the curve: ``size`` in lines or months, as ``kind`` says; ``left_out`` marks the other lines."""

    kind: str
    size: int
    draw: int
    left_out: Bools


def points(shop: Shop, chosen: CurveParams, seed: int) -> list[Point]:
    """The trainings of the curve, the largest of each kind last.

    Sizes in lines double up to ``chosen.lines``; stop and calibration lines are among them. Months are counted back
    from the stop lines: those lines and the calibration lines stay in, since every model stops and is calibrated on
    lines of its own. A number of months that holds no more lines than a smaller one is left out, and so is a size of
    which a part of the training would have too few lines.

    Raises
    ------
    UserError
        Even the largest size has too few.
    """
    inside = learnable(shop.times, shop.split)
    every = min(chosen.lines, int(inside.sum()))
    sizes = [every >> back for back in range(chosen.points - 1, -1, -1)]
    found = [
        Point(LINES, size, draw, inside & ~draw_orders(shop.orders, inside, size, seed + draw))
        for size in sizes
        for draw in range(chosen.draws)
    ]
    found += _months(shop, chosen.months, inside, chosen.lines, seed)
    enough = [point for point in found if scarce_part(shop.times, shop.split, point.left_out) is None]
    if not any(point.kind == LINES for point in enough):
        largest = next(point for point in reversed(found) if point.kind == LINES)
        scarce = scarce_part(shop.times, shop.split, largest.left_out)
        raise too_few_lines(scarce or "fewer", "understanding.curve.lines")
    return enough


def _months(shop: Shop, months: Sequence[int], inside: Bools, most: int, seed: int) -> Iterator[Point]:
    before = 0
    capped = draw_orders(shop.orders, inside, most, seed)
    for number in sorted(set(months)):
        since = shop.split.fit.until - pd.DateOffset(months=number)
        kept = capped & (shop.times["ordered_at"] >= since).to_numpy()
        if kept.sum() > before:
            before = int(kept.sum())
            yield Point(MONTHS, number, 0, inside & ~kept)


def learning_curve(
    shop: Shop, found: Sequence[Point], run: Callable[[pd.DataFrame], Retrained], draw: Draw
) -> pd.DataFrame:
    """Train the models, and hold each against the first draw of the most lines.

    Returns
    -------
    pandas.DataFrame
        A row a training: ``kind``, ``size``, ``draw``, ``train_lines``, ``log_loss``, ``roc_auc``, and ``difference``
        (its log-loss minus that of the largest), with ``low`` and ``high``, its 95% interval over customers.
    """
    models = []
    for point in found:
        model = run(without(shop.times, point.left_out))
        log.info("%s %s, draw %d: log-loss %.4f", f"{point.size:,}", point.kind, point.draw + 1, model.log_loss)
        models.append(model)
    largest = max(point.size for point in found if point.kind == LINES)
    whole = next(
        model for point, model in zip(found, models, strict=True) if (point.kind, point.size) == (LINES, largest)
    )
    rows = []
    for point, model in zip(found, models, strict=True):
        gain, interval = difference(model, whole, shop.clusters, draw)
        rows.append(
            {
                "kind": point.kind,
                "size": point.size,
                "draw": point.draw + 1,
                "train_lines": model.train_lines,
                "log_loss": model.log_loss,
                "roc_auc": model.roc_auc,
                "difference": gain,
                "low": interval.low,
                "high": interval.high,
            }
        )
    return pd.DataFrame(rows)
