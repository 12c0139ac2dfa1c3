"""Gathers the signs for a retraining: from what the quality watch found, the prediction log, and the last training."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from data import tables
from data.errors import UserError
from data.logged.predictions import PREDICTIONS
from data.logs import log
from data.schema import ORDER_LINES
from data.times import to_us, utc_now
from serving.model.folder import Pointer
from serving.quality.found import ALL, Quality
from serving.retrain.record import Outcome, last
from serving.settings import Settings
from training.monitoring.retraining import Excess, RetrainingParams, Signs

SECONDS_A_DAY: Final = 86_400.0


def gather(settings: Settings, chosen: RetrainingParams, validated: Path = tables.VALIDATED) -> Signs:
    """Gather what can be seen now; what can't is logged and left out."""
    quality = _quality(settings)
    scored, new = _products(settings, chosen, validated)
    return Signs(
        days=_days(settings),
        excess=None if quality is None else _excess(quality),
        alarms=() if quality is None else tuple(each.text for each in quality.open_alarms if each.kind != ALL),
        scored_lines=scored,
        new_lines=new,
    )


def _quality(settings: Settings) -> Quality | None:
    try:
        found = Quality.read(settings.quality)
    except UserError as error:
        log.warning("what the quality watch found can't be read: %s", error.found)
        return None
    if found is None:
        log.info("the quality of the scores was never looked at: make quality, or let the service run")
    return found


def _excess(quality: Quality) -> Excess | None:
    whole = quality.whole
    if whole is None:
        return None
    return Excess(whole.lines, whole.log_loss.low, whole.expected_log_loss, whole.level, whole.rate.value)


def _days(settings: Settings) -> float | None:
    """Days since the last training here that came to its end; else since the served version was taken."""
    known = last()
    since: datetime | None = None if known is None or known.outcome is not Outcome.DONE else known.ended_at
    if since is None:
        pointer = Pointer.read(settings.model_dir)
        since = None if pointer is None else pointer.since
    return None if since is None else (utc_now() - since).total_seconds() / SECONDS_A_DAY


def _products(settings: Settings, chosen: RetrainingParams, validated: Path) -> tuple[int | None, int | None]:
    """Count the lines that were scored lately, and those of them whose product the last training did not know."""
    lines = tables.path(ORDER_LINES, validated)
    if not lines.exists() or not PREDICTIONS.files(settings.prediction_log):
        return None, None
    known = set(pq.read_table(lines, columns=["product_id"])["product_id"].unique().to_pylist())
    since = to_us(utc_now() - timedelta(days=chosen.recent_days))
    scored = new = 0
    for each in PREDICTIONS.read(settings.prediction_log):
        if each["scored_at"] >= since:
            scored += 1
            new += each["product_id"] not in known
    return scored, new
