"""The levels of a bundle by days, from the matrix: each day has the level of its first moment.

Backtest and evaluation score a line with the level of its day. The service has the level of the last export of tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data.arrays import Floats
from data.schema import TIME
from training.model.bundle import Bundle
from training.model.level.known import MICROSECOND, LinesSince
from training.model.level.level import Level, LevelParams, find_level, since

BATCH_LINES = 100_000
"""Lines scored at once: it bounds the memory."""


@dataclass(frozen=True)
class DailyLevels:
    """The level of each day, by its first moment; empty for a bundle or parameters without a level."""

    by_day: dict[pd.Timestamp, Level]

    def shifts(self, ordered_at: pd.Series) -> Floats:
        """The shift of the day of each line, shape (n,); 0 where there is none."""
        if not self.by_day:
            return np.zeros(len(ordered_at))
        found = ordered_at.dt.normalize().map({day: level.shift for day, level in self.by_day.items()})
        return np.asarray(found, dtype=np.float64)


NO_LEVELS = DailyLevels({})


def daily_levels(
    bundle: Bundle, matrix: Path, times: pd.DataFrame, days: pd.Series, params: LevelParams
) -> DailyLevels:
    """Find the level of each of the ``days`` (times in them), as it was known when the day began.

    Parameters
    ----------
    times
        As `training.model.split.read_times` gives them, of the same ``matrix``.
    """
    learned_until = bundle.learned_until
    if learned_until is None or not params.deviation:
        return NO_LEVELS
    firsts = sorted(days.dt.normalize().unique())
    if not firsts:
        return NO_LEVELS
    lines = _lines(bundle, matrix, times, (since(learned_until, firsts[0], params), firsts[-1]))
    return DailyLevels({day: find_level(lines, learned_until, day, params) for day in firsts})


def latest_level(bundle: Bundle, matrix: Path, times: pd.DataFrame, params: LevelParams) -> Level:
    """Find the level as of the latest fact in the matrix, of a bundle that knows what it learned from."""
    learned_until = _known(bundle)
    as_of = times[["ordered_at", "settled_at"]].max().max() + MICROSECOND
    lines = _lines(bundle, matrix, times, (since(learned_until, as_of, params), as_of))
    return find_level(lines, learned_until, as_of, params)


def _lines(bundle: Bundle, matrix: Path, times: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp]) -> LinesSince:
    """The lines ordered from the start of ``span`` on and before its end, with their log-odds."""
    margins = [np.empty(0), *_margins(bundle, matrix, span)]
    earlier = times[times["ordered_at"] < span[1]]
    return LinesSince.of(earlier, _known(bundle), span[0], np.concatenate(margins))


def _known(bundle: Bundle) -> pd.Timestamp:
    if bundle.learned_until is None:
        raise ValueError("a bundle of an earlier version does not know what it learned from")
    return bundle.learned_until


def _margins(bundle: Bundle, matrix: Path, span: tuple[pd.Timestamp, pd.Timestamp]) -> Iterator[Floats]:
    lines, ordered = ds.dataset(matrix), pc.field("ordered_at")
    inside = (ordered >= _scalar(span[0])) & (ordered < _scalar(span[1]))
    held = set(lines.schema.names)
    columns = [name for name in bundle.score_features if name in held]  # `Bundle.rows` names those that are missing
    for batch in lines.to_batches(columns=columns, filter=inside, batch_size=BATCH_LINES, use_threads=False):
        yield bundle.log_odds(bundle.rows(batch.to_pandas(), bundle.score_features))


def _scalar(time: pd.Timestamp) -> pa.Scalar:
    return pa.scalar(time.to_pydatetime(), TIME)
