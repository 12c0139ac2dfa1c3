"""Challenge: a new model against the champion, on the same test lines, each scored by its own bundle at its level."""

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
from training.evaluation import metrics
from training.evaluation.metrics import UndefinedMetricError
from training.evaluation.scored_lines import BATCH_LINES
from training.model.bundle import Bundle
from training.model.level.days import NO_LEVELS, DailyLevels, daily_levels
from training.model.level.level import LevelParams
from training.model.split import read_times


class NotComparableError(Exception):
    """Champion and challenger cannot be measured on the same lines; the message gives the cause."""


@dataclass(frozen=True)
class Champion:
    """The present champion: its records in the registry, and a function that loads its bundle."""

    number: int
    log_loss: float
    test_lines: str  # `training.registry.provenance.outcomes_digest` of the lines that ``log_loss`` was measured on
    learned_until: pd.Timestamp
    load: Callable[[], Bundle]


@dataclass(frozen=True)
class Challenger:
    """The new model on the present test lines.

    ``predictions``: columns ``line_id``, ``ordered_at``, ``label`` and ``probability``. ``test_lines``: the digest of
    their outcomes. ``level``: how levels are found, for both.
    """

    predictions: pd.DataFrame
    test_lines: str
    matrix: Path
    level: LevelParams

    @property
    def log_loss(self) -> float:
        """Log-loss in nats a line."""
        return metrics.log_loss(self.predictions["label"], self.predictions["probability"])


@dataclass(frozen=True)
class Decision:
    """The decision: does the challenger get the alias, and the reason, for the history."""

    promote: bool
    why: str


def decide(challenger: Challenger, champion: Champion, tolerance: float) -> Decision:
    """Promote the challenger where its log-loss is at most ``tolerance`` nats a line above the champion's.

    A challenger that cannot be compared is not promoted.
    """
    try:
        rival, how = _rival_log_loss(challenger, champion)
    except NotComparableError as error:
        return Decision(promote=False, why=f"not comparable with the champion, version {champion.number}: {error}")
    worse_by = challenger.log_loss - rival
    promote = worse_by <= tolerance
    kind = "worse" if worse_by > 0 else "better"
    limit = f", {'within' if promote else 'more than'} the tolerance of {tolerance:g}" if worse_by > 0 else ""
    return Decision(
        promote=promote,
        why=f"log-loss {challenger.log_loss:.6f} against {rival:.6f} of version {champion.number}, {how}"
        f" on the same {len(challenger.predictions):,} test lines: {kind} by {abs(worse_by):.6f}{limit}; "
        + _fairness(challenger, champion),
    )


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


def _rival_log_loss(challenger: Challenger, champion: Champion) -> tuple[float, str]:
    """Find the champion's log-loss on the challenger's test lines, and a phrase that names its origin."""
    try:
        return _score_champion(challenger, champion), "scored now by its own bundle"
    except (UserError, NotComparableError, UndefinedMetricError) as error:
        if champion.test_lines == challenger.test_lines:
            return champion.log_loss, f"recorded when it was registered (it can't score this matrix: {_first(error)})"
        raise NotComparableError(
            f"{_first(error)}; and its recorded log-loss was measured on other test lines"
        ) from error


def _score_champion(challenger: Challenger, champion: Champion) -> float:
    bundle = champion.load()
    gone = sorted(set(bundle.features) - set(ds.dataset(challenger.matrix).schema.names))
    if gone:
        shown = ", ".join(gone[:5]) + (", …" if len(gone) > 5 else "")
        raise NotComparableError(f"its catalog asks for {len(gone)} features that the matrix no longer has ({shown})")
    lines = challenger.predictions
    matrix = challenger.matrix
    levels = NO_LEVELS
    if bundle.learned_until is not None:
        levels = daily_levels(bundle, matrix, read_times(matrix), lines["ordered_at"], challenger.level)
    return metrics.log_loss(lines["label"], line_probabilities(bundle, matrix, bundle.features, lines, levels))


def _fairness(challenger: Challenger, champion: Champion) -> str:
    start = challenger.predictions["ordered_at"].min()
    if champion.learned_until > start:
        return (
            f"not a fair comparison, in the champion's favour: it learned from outcomes up to "
            f"{champion.learned_until:%Y-%m-%d}, and the test lines begin on {start:%Y-%m-%d}"
        )
    return "a fair comparison: neither has learned from the test lines"


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
