"""Ablation: what the log-loss rises by when the model has to learn without a factor or a column."""

from collections.abc import Callable, Sequence

import pandas as pd

from data.arrays import Ints
from data.logs import log
from features.catalog import CatalogEntry
from training.evaluation.intervals import Draw
from training.understanding.retraining.left_out import LeftOut
from training.understanding.retraining.retrain import Retrained, difference

SEED = "another seed"

Run = Callable[[Sequence[CatalogEntry], int], Retrained]
"""Trains on some features with the model's seed plus a number."""


def ablation(
    entries: Sequence[CatalogEntry], every: Sequence[LeftOut], seeds: int, run: Run, clusters: Ints, draw: Draw
) -> pd.DataFrame:
    """Train without each of ``every`` in turn, and ``seeds`` times with all features and another seed.

    Returns
    -------
    pandas.DataFrame
        A row a training, in the order given: ``kind``, ``name``, ``features`` (how many go), ``log_loss``, ``roc_auc``,
        and ``difference`` (its log-loss minus that with all features), with ``low`` and ``high``, its 95% interval over
        customers. The rows of another seed come first. They show how far a difference is the training's own chance,
        which the interval does not hold.
    """
    whole = run(entries, 0)
    trainings = [(LeftOut("seed", f"{SEED} ({number})", ()), number) for number in range(1, seeds + 1)]
    trainings += [(one, 0) for one in every]
    return pd.DataFrame([_row(one, run(_left(entries, one), seed), whole, clusters, draw) for one, seed in trainings])


def _left(entries: Sequence[CatalogEntry], one: LeftOut) -> list[CatalogEntry]:
    gone = set(one.features)
    return [entry for entry in entries if entry.name not in gone]


def _row(one: LeftOut, model: Retrained, whole: Retrained, clusters: Ints, draw: Draw) -> dict[str, object]:
    rise, interval = difference(model, whole, clusters, draw)
    log.info("without %s %s: log-loss %+.4f", one.kind, one.name, rise)
    return {
        "kind": one.kind,
        "name": one.name,
        "features": len(one.features),
        "log_loss": model.log_loss,
        "roc_auc": model.roc_auc,
        "difference": rise,
        "low": interval.low,
        "high": interval.high,
    }
