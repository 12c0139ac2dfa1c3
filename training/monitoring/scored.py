"""The lines that are watched: those of the backtest's folds, and all since the test began, young ones too.

Each has the score that a model gave which had not seen its outcome, at the level of its day.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data import params, tables
from data.schema import TIME
from features.catalog import CANCELLED_AT, LINES_FILE
from training.held_out.lines import BACKTEST, of_matrix, predictions, with_labels
from training.held_out.pieces import FEATURES
from training.model import split
from training.model.bundle import Bundle
from training.model.level.days import BATCH_LINES, DailyLevels, daily_levels
from training.model.level.level import LevelParams

TIMES = ("ordered_at", "closes_at", "settled_at", "label")
QUANTITY = "quantity"
TEST, FOLD = "since the test began", "fold"


def watched_lines(times: pd.DataFrame, validated: Path = tables.VALIDATED) -> pd.DataFrame:
    """Score the lines since the test began by the trained bundle, and read those of the backtest.

    Parameters
    ----------
    times
        Of all lines, as `training.model.split.read_times` gives them.

    Returns
    -------
    pandas.DataFrame
        ``line_id``, ``probability``, ``part`` (``fold N``, or `TEST`), the times and the label of each line, its keys,
        the features and labels that slices are made of, and ``cancelled_at`` where the source records cancellations.
        A row a line, by time and id.
    """
    bundle, since = Bundle.load(), split.load().test_from
    days = times["ordered_at"][times["ordered_at"] >= since]
    levels = daily_levels(bundle, LINES_FILE, times, days, params.load("level", LevelParams))
    scores = pd.concat([_of_backtest(since), *_scores(bundle, levels, since)], ignore_index=True)
    cancelled = {CANCELLED_AT} & set(ds.dataset(LINES_FILE).schema.names)
    own = of_matrix(scores["line_id"], [*TIMES, *FEATURES, QUANTITY, *cancelled])
    found = scores.merge(own, on="line_id", validate="one_to_one")
    return with_labels(found.sort_values(["ordered_at", "line_id"], ignore_index=True), validated)


def _of_backtest(until: pd.Timestamp) -> pd.DataFrame:
    """The scores of the folds, of lines ordered before ``until``."""
    scores = predictions(BACKTEST, ["fold"])
    scores["part"] = FOLD + " " + scores["fold"].astype(str)
    return scores.loc[scores["ordered_at"] < until, ["line_id", "probability", "part"]]


def _scores(bundle: Bundle, levels: DailyLevels, since: pd.Timestamp) -> Iterator[pd.DataFrame]:
    """The scores of the lines ordered from ``since`` on."""
    columns = list(dict.fromkeys(["line_id", "ordered_at", *bundle.score_features]))
    inside = pc.field("ordered_at") >= _at(since)
    lines = ds.dataset(LINES_FILE)
    for batch in lines.to_batches(columns=columns, filter=inside, batch_size=BATCH_LINES, use_threads=False):
        frame = batch.to_pandas()
        probability = bundle.score(frame, levels.shifts(frame["ordered_at"])).probability
        yield pd.DataFrame({"line_id": frame["line_id"], "probability": probability, "part": TEST})


def _at(time: pd.Timestamp) -> pa.Scalar:
    return pa.scalar(time.to_pydatetime(), TIME)
