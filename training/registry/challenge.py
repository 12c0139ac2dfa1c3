"""Challenge: a candidate against the champion, on the same test lines, each scored by its own bundle at its level."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data.arrays import Floats
from data.errors import UserError
from features.recipe import Recipe
from training.evaluation import metrics
from training.evaluation.metrics import UndefinedMetricError
from training.evaluation.scored_lines import BATCH_LINES
from training.model.bundle import Bundle
from training.model.level.days import NO_LEVELS, DailyLevels, daily_levels
from training.model.level.level import LevelParams
from training.model.split import read_times
from training.registry.paired import Difference, over_lines


class NotComparableError(Exception):
    """Champion and candidate cannot be measured on the same lines; the message gives the cause."""


@dataclass(frozen=True)
class Contender:
    """A registered version that is compared: its number, what it learned from, and a function that loads its bundle."""

    number: int
    learned_until: pd.Timestamp
    load: Callable[[], Bundle]


@dataclass(frozen=True)
class SharedLines:
    """The test lines of the present run, and the matrix that holds their features.

    ``lines``: columns ``line_id``, ``ordered_at`` and ``label``. ``recipe``: how the features of the matrix are
    computed. ``level``: how levels are found, for both contenders.
    """

    lines: pd.DataFrame
    matrix: Path
    recipe: Recipe
    level: LevelParams

    @property
    def since(self) -> pd.Timestamp:
        """The time of the first order."""
        return pd.Timestamp(self.lines["ordered_at"].min())


@dataclass(frozen=True)
class Compared:
    """The log-losses of candidate and champion in nats a line, and candidate's - champion's with its error."""

    candidate: float
    champion: float
    difference: Difference


def compare(candidate: Contender, champion: Contender, on: SharedLines) -> Compared:
    """Score both on the test lines and compare them line by line, customers together.

    Raises
    ------
    NotComparableError
        A bundle cannot score these lines, or the candidate has learned from their outcomes.
    """
    if candidate.learned_until > on.since:
        raise NotComparableError(
            f"version {candidate.number} learned from outcomes up to {candidate.learned_until:%Y-%m-%d}, and the test"
            f" lines begin on {on.since:%Y-%m-%d}"
        )
    try:
        losses = [_losses(each, on) for each in (candidate, champion)]
        difference = over_lines(losses[0] - losses[1], _customers(on))
    except (UserError, UndefinedMetricError) as error:
        raise NotComparableError(_first(error)) from error
    return Compared(float(losses[0].mean()), float(losses[1].mean()), difference)


def fairness(champion: Contender, on: SharedLines) -> str:
    """Say whether the champion has learned from the test lines; if so, the comparison favours it."""
    if champion.learned_until > on.since:
        return (
            f"not a fair comparison, in the champion's favour: it learned from outcomes up to "
            f"{champion.learned_until:%Y-%m-%d}, and the test lines begin on {on.since:%Y-%m-%d}"
        )
    return "a fair comparison: neither has learned from the test lines"


def line_probabilities(
    bundle: Bundle, matrix: Path, columns: tuple[str, ...], lines: pd.DataFrame, levels: DailyLevels = NO_LEVELS
) -> Floats:
    """Score each of ``lines`` (columns ``line_id`` and ``ordered_at``) at the level of its day: float64, shape (n,).

    Parameters
    ----------
    columns
        The features that the bundle needs. Only these columns are read from the matrix, in batches.

    Raises
    ------
    UserError
        A line is not in the matrix, or the bundle refuses the frame.
    """
    known = pd.concat([_batch_probabilities(bundle, batch, levels) for batch in _batches(matrix, columns, lines)])
    found = known.reindex(lines["line_id"])
    if found.isna().any():
        raise UserError(
            expected=f"every test line of reports/predictions.parquet in {matrix}",
            found=f"{int(found.isna().sum())} lines without a row, the first {found.index[found.isna()][0]!r}",
            fix="make both again: dvc repro",
        )
    return np.asarray(found, dtype=np.float64)


def feature_rows(matrix: Path, columns: tuple[str, ...], lines: pd.DataFrame) -> pd.DataFrame:
    """Read the features ``columns`` of a few ``lines``, in the order of ``lines``, without their ids."""
    found = pd.concat([batch.to_pandas() for batch in _batches(matrix, columns, lines)])
    rows: pd.DataFrame = found.set_index("line_id").loc[lines["line_id"], list(columns)]
    return rows.reset_index(drop=True)


def _losses(contender: Contender, on: SharedLines) -> Floats:
    """The log-loss of each test line, by the contender's own bundle; float64, shape (n,)."""
    bundle = contender.load()
    gone = sorted(set(bundle.features) - set(ds.dataset(on.matrix).schema.names))
    if gone:
        shown = ", ".join(gone[:5]) + (", …" if len(gone) > 5 else "")
        raise NotComparableError(
            f"the catalog of version {contender.number} asks for {len(gone)} features that the matrix does not have"
            f" ({shown})"
        )
    if Recipe.from_json(bundle.recipe) != on.recipe:
        raise NotComparableError(
            f"version {contender.number} counts by another recipe than the matrix (features or outcome of params.yaml,"
            " or the columns of the tables)"
        )
    levels = NO_LEVELS
    if bundle.learned_until is not None:
        levels = daily_levels(bundle, on.matrix, read_times(on.matrix), on.lines["ordered_at"], on.level)
    probability = line_probabilities(bundle, on.matrix, bundle.features, on.lines, levels)
    return metrics.log_losses(on.lines["label"], probability)


def _customers(on: SharedLines) -> Any:
    """The customer of each test line as a code from 0, int64 of shape (n,); each order of a guest is one by itself."""
    found = pd.concat([batch.to_pandas() for batch in _batches(on.matrix, ("customer_id", "order_id"), on.lines)])
    keys = found.set_index("line_id").loc[on.lines["line_id"]]
    codes, _ = pd.factorize(keys["customer_id"].where(keys["customer_id"].notna(), keys["order_id"]))
    return np.asarray(codes, dtype=np.int64)


def _batches(matrix: Path, columns: tuple[str, ...], lines: pd.DataFrame) -> Iterator[Any]:
    window = (pc.field("ordered_at") >= lines["ordered_at"].min()) & (
        pc.field("ordered_at") <= lines["ordered_at"].max()
    )
    wanted = window & pc.field("label").is_valid()
    names = list(dict.fromkeys(["line_id", "ordered_at", *columns]))
    yield from ds.dataset(matrix).to_batches(columns=names, filter=wanted, batch_size=BATCH_LINES, use_threads=False)


def _batch_probabilities(bundle: Bundle, batch: Any, levels: DailyLevels) -> "pd.Series[float]":
    frame = batch.to_pandas()
    shift = levels.shifts(frame["ordered_at"])
    scored = bundle.score(frame.drop(columns="line_id"), shift).probability if len(frame) else np.empty(0)
    return pd.Series(scored, index=frame["line_id"], dtype=np.float64)


def _first(error: Exception) -> str:
    """Shorten an error to one line for the history."""
    return " ".join(error.found.split()) if isinstance(error, UserError) else str(error)
