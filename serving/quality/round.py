"""One round of the quality watch: joins the log with what is known by now, looks at it, and writes what it found."""

import hashlib
import math
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd

from data import params
from data.logged.predictions import PREDICTIONS
from data.times import utc_now
from serving.process.looks import noted
from serving.quality.found import FILE, Alarm, Expected, Part, Quality
from serving.quality.joined import require_scores, tables_of_now
from serving.quality.level import follow_level
from serving.quality.lines import known_until, logged_lines, shop_times
from serving.quality.moved import with_moved
from serving.settings import Settings
from training.monitoring.alarms import SAME_DAYS
from training.monitoring.look import Look, look
from training.monitoring.params import MonitoringParams
from training.products.params import ProductParams

DAY: Final = pd.Timedelta(days=1)


def look_once(settings: Settings) -> Quality:
    """Look once, and write what was found into the folder that the settings name.

    Where nothing can be told, the file keeps what was told before, and says why there is nothing newer.

    Raises
    ------
    OSError
        The file can't be written.
    """
    return noted(Quality, settings.quality, lambda: _look(settings))


def _look(settings: Settings) -> Quality:
    chosen = params.load("monitoring", MonitoringParams)
    require_scores(settings.prediction_log)
    scores = sum(1 for _ in PREDICTIONS.read(settings.prediction_log))
    with tables_of_now(settings, settings.quality / FILE) as tables:
        times = shop_times(tables)
        scored = logged_lines(tables, times, settings.prediction_log, settings.decision_log)
    now = known_until(times, settings.silence)
    follow_level(settings, scored, times, now)
    looked = look(scored, times, now, chosen, latest=True)
    currency = params.load("products", ProductParams).currency
    found = as_quality(looked, now, chosen.interval, currency, (scores, len(scored)))
    return with_moved(found, scored, settings)


def as_quality(looked: Look, now: pd.Timestamp, interval: float, currency: str, counts: tuple[int, int]) -> Quality:
    """What a look found, for the file.

    ``now``: what is known was known before it (UTC). ``interval``: the level of the intervals. ``currency``: an ISO
    code. ``counts``: of the scores in the log, and of those that were joined.
    """
    tried_at = utc_now()
    return Quality(
        tried_at=tried_at,
        told_at=tried_at,
        known_until=_utc(now),
        interval=interval,
        currency=currency,
        scores=counts[0],
        joined=counts[1],
        parts=tuple(_part(row) for row in looked.quality.to_dict("records")),
        alarms=tuple(_alarm(row, now) for row in looked.alarms.to_dict("records")),
    )


def _part(row: Mapping[Hashable, Any]) -> Part:
    return Part(
        kind=row["kind"],
        name=row["slice"],
        meaning=row["meaning"],
        lines=row["lines"],
        settled=row["settled"],
        known=row["known"],
        mean_probability=row["mean_probability"],
        rate=_expected(row, "rate"),
        log_loss=_expected(row, "log_loss"),
        expected_log_loss=row["expected_log_loss"],
        level=row["level"],
        slope=row["slope"],
        beyond=row["beyond"],
        found=None if math.isnan(row["q_value"]) else bool(row["found"]),
    )


def _alarm(row: Mapping[Hashable, Any], now: pd.Timestamp) -> Alarm:
    last = pd.Timestamp(row["last_told_at"])
    key = "\n".join(str(row[name]) for name in ("kind", "slice", "direction", "told_at"))
    return Alarm(
        id=hashlib.sha256(key.encode()).hexdigest()[:16],
        told_at=_utc(pd.Timestamp(row["told_at"])),
        last_told_at=_utc(last),
        open=now - last <= SAME_DAYS * DAY,
        kind=row["kind"],
        slice=row["slice"],
        since=_utc(pd.Timestamp(row["since"])),
        direction=row["direction"],
        lines=row["lines"],
        mean_probability=row["mean_probability"],
        rate=_expected(row, "rate"),
        cost_minor_a_month=row["cost_minor_a_month"],
        text=row["text"],
    )


def _expected(row: Mapping[Hashable, Any], name: str) -> Expected:
    return Expected(value=row[name], low=row[f"{name}_low"], high=row[f"{name}_high"])


def _utc(time: pd.Timestamp) -> datetime:
    return time.to_pydatetime().replace(tzinfo=UTC)
