"""The split: the spans of time of training, calibration and test, with gaps between them.

    fit ── gap ── stop ── gap ── calibration ── gap ── test
    └─────────────── train ─────────────────┘

The booster learns on *fit* and stops on *stop*. The calibrator learns from that booster's margins on *calibration*.
*train* is all that was settled before the test, for the refit. A line belongs to a part only where its return window
closed by the start of the next part, so that training reads no outcome that was not known yet. Of the lines in the last
gap, the refit learns what is known when the test begins (`training.model.unsettled`).
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, cast

import pandas as pd
import pyarrow.dataset as ds
from pydantic import Field

from data.arrays import Bools
from data.errors import UserError
from data.files import read_json, write_json
from data.params import Section
from features.catalog import CANCELLED_AT, LINES_FILE

SPLIT_FILE = Path("training/split.json")

Days = Annotated[int, Field(ge=1, le=3650)]
DAY = pd.Timedelta(days=1)
LEAST_DAYS = 7
"""Fewest days of a part that an error proposes: a week has each of its days once."""


class SplitParams(Section):
    """The section ``split`` of params.yaml."""

    test_days: Days
    gap_days: Annotated[int, Field(ge=0, le=3650)]
    calibration_days: Days
    stop_days: Days


@dataclass(frozen=True)
class Span:
    """Lines ordered in [since, until) whose return window closed by ``closed_by``."""

    since: pd.Timestamp
    until: pd.Timestamp
    closed_by: pd.Timestamp

    def holds(self, frame: pd.DataFrame) -> Bools:
        """Mark the lines of ``frame`` (``ordered_at``, ``closes_at``, ``label``) in the span; shape (n,), bool."""
        ordered = frame["ordered_at"]
        inside = (ordered >= self.since) & (ordered < self.until) & (frame["closes_at"] <= self.closed_by)
        return cast("Bools", (inside & frame["label"].notna()).to_numpy(dtype=bool))


@dataclass(frozen=True)
class Split:
    """The parts of the lines, each a span of time; UTC."""

    fit: Span
    stop: Span
    calibration: Span
    train: Span
    test_from: pd.Timestamp
    test_until: pd.Timestamp

    def test(self, frame: pd.DataFrame) -> Bools:
        """Mark the test lines of ``frame`` (``ordered_at``, ``label``); shape (n,), bool."""
        ordered = frame["ordered_at"]
        inside = (ordered >= self.test_from) & (ordered < self.test_until) & frame["label"].notna()
        return cast("Bools", inside.to_numpy(dtype=bool))


def cut(start: pd.Timestamp, test_from: pd.Timestamp, test_until: pd.Timestamp, days: SplitParams) -> Split:
    """Cut backwards from the test: each part ends ``gap_days`` before the next begins."""
    gap = days.gap_days * DAY
    calibration_until = test_from - gap
    calibration_from = calibration_until - days.calibration_days * DAY
    stop_until = calibration_from - gap
    stop_from = stop_until - days.stop_days * DAY
    return Split(
        fit=Span(start, stop_from - gap, closed_by=stop_from),
        stop=Span(stop_from, stop_until, closed_by=calibration_from),
        calibration=Span(calibration_from, calibration_until, closed_by=test_from),
        train=Span(start, calibration_until, closed_by=test_from),
        test_from=test_from,
        test_until=test_until,
    )


def final_split(times: pd.DataFrame, days: SplitParams) -> Split:
    """Cut so that the test takes the last ``test_days`` days in which every line's outcome is known.

    Parameters
    ----------
    times
        As `read_times` gives them.

    Raises
    ------
    UserError
        The orders do not reach back far enough, or no line is settled.
    """
    start = times["ordered_at"].min().normalize()
    test_until = _complete_until(times)
    split = cut(start, test_until - days.test_days * DAY, test_until, days)
    refuse_empty(split, times, lambda: _fix(start, test_until, times, days))
    return split


def _fix(start: pd.Timestamp, test_until: pd.Timestamp, times: pd.DataFrame, days: SplitParams) -> str:
    """Say which spans fit the orders, and how many more days of orders those of ``days`` need."""
    asked = cut(start, test_until - days.test_days * DAY, test_until, days)
    missing = max(1, math.ceil((start + LEAST_DAYS * DAY - asked.fit.until) / DAY))
    wait = f"wait for {missing} more days of orders; reports/products.html needs no model"
    for shorter in _shorter(days):
        split = cut(start, test_until - shorter.test_days * DAY, test_until, shorter)
        if split.fit.until - start >= LEAST_DAYS * DAY and not empty_parts(split, times):
            spans = ", ".join(f"split.{name}: {value}" for name, value in shorter)
            return f"{wait}; or set what fits these orders in params.yaml: {spans}, backtest.folds: 0"
    return wait


def _shorter(days: SplitParams) -> Iterator[SplitParams]:
    """Shorter spans than ``days``, the longest first; a shorter gap leaves more young lines out, and comes last."""
    longest = max(days.test_days, days.calibration_days, days.stop_days)
    for gap in dict.fromkeys((days.gap_days, days.gap_days * 2 // 3)):
        for most in range(longest, LEAST_DAYS - 1, -1):
            spans = {name: min(value, most) for name, value in days if name != "gap_days"}
            yield days.model_copy(update={**spans, "gap_days": gap})


def _complete_until(times: pd.DataFrame) -> pd.Timestamp:
    """The first day with an open line: of lines ordered later, only the early returns are known yet.

    A cancelled line is not open: it has no outcome to wait for.
    """
    labelled = times["label"].notna()
    if not labelled.any():
        raise UserError(
            expected="order lines whose return window has closed",
            found="none: the orders end before the first window closes",
            fix="give more recent returns, or lower outcome.return_window_days in params.yaml",
        )
    last_closed = times.loc[labelled, "closes_at"].max()
    waits = ~labelled & (times["closes_at"] > last_closed)
    if CANCELLED_AT in times.columns:
        waits &= times[CANCELLED_AT].isna()
    open_since = times.loc[waits, "ordered_at"].min()
    last_day: pd.Timestamp = times.loc[labelled, "ordered_at"].max().normalize() + DAY
    return last_day if pd.isna(open_since) else cast("pd.Timestamp", min(last_day, open_since.normalize()))


def refuse_empty(split: Split, times: pd.DataFrame, fix: Callable[[], str]) -> None:
    """Raise `UserError`, with ``fix``, where a part of the split holds no line of ``times``."""
    empty = empty_parts(split, times)
    if empty:
        first, last = (_day(each) for each in (times["ordered_at"].min(), times["ordered_at"].max()))
        raise UserError(
            expected=f"settled lines in each part, so orders since before {_day(split.fit.until)}",
            found=f"none in {', '.join(empty)}; orders run from {first} to {last}",
            fix=fix(),
        )


def empty_parts(split: Split, times: pd.DataFrame) -> list[str]:
    """The parts of the split that hold no line of ``times``."""
    parts = {name: getattr(split, name).holds(times).any() for name in ("fit", "stop", "calibration", "train")}
    parts["test"] = split.test(times).any()
    return [name for name, holds_lines in parts.items() if not holds_lines]


def _day(time: object) -> str:
    """The day of a time; without any line there is none."""
    return f"{time:%Y-%m-%d}" if isinstance(time, pd.Timestamp) else "nowhere"


def read_times(matrix: Path = LINES_FILE) -> pd.DataFrame:
    """Read the times of each line of the matrix, in its order.

    Returns
    -------
    pd.DataFrame
        One row a line: ``ordered_at``, ``closes_at``, ``settled_at`` (timestamps; the last null while open) and
        ``label`` (null where unknown); and ``cancelled_at`` (null unless cancelled) where the source records
        cancellations.
    """
    if not matrix.is_file():
        raise UserError(expected=f"the matrix {matrix}", found="no such file", fix="run the features stage: dvc repro")
    lines = ds.dataset(matrix)
    columns = ["ordered_at", "closes_at", "settled_at", "label", *({CANCELLED_AT} & set(lines.schema.names))]
    times: pd.DataFrame = lines.to_table(columns=columns).to_pandas()
    return times


def write(split: Split, file: Path = SPLIT_FILE) -> None:
    """Write the boundaries as JSON, times as ISO 8601."""
    write_json(json.loads(json.dumps(asdict(split), default=lambda time: time.isoformat())), file)


def load(file: Path = SPLIT_FILE) -> Split:
    """Read the boundaries that `write` wrote."""
    content = read_json(file, expected=f"the split at {file}", fix="run the split stage: dvc repro")
    spans = {
        name: Span(**{key: pd.Timestamp(time) for key, time in content[name].items()})
        for name in ("fit", "stop", "calibration", "train")
    }
    return Split(**spans, test_from=pd.Timestamp(content["test_from"]), test_until=pd.Timestamp(content["test_until"]))
