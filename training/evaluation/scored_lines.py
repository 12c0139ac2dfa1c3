"""The test lines with the scores of the bundle and of the baselines, read, scored and explained in batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from data.arrays import Bools, Floats, Ints
from data.attributes import Attribute, from_json
from data.errors import UserError
from data.files import whole_file
from data.schema import TIME
from features.catalog import REASON, REASON_INFERRED
from features.language.reasons import REASONS, share_name
from training.model.baselines import Baseline
from training.model.bundle import Bundle
from training.model.joint.lines import OTHER_SIZES, SIZE
from training.model.joint.model import Joint
from training.model.level.days import NO_LEVELS, DailyLevels
from training.model.split import Split

SHIFT = "shift"
"""Column of scored lines: the level of the line's day (`training.model.level`), which its log-odds have on top."""
BATCH_LINES = 100_000
"""Lines scored at once: it bounds the memory for any number of test lines."""
BASELINE = "baseline_"
"""Prefix of the column with a baseline's probabilities; the baseline's name follows."""
KEPT = (
    "line_id",
    "order_id",
    "customer_id",
    "product_id",
    "ordered_at",
    "label",
    "quantity",
    "price_minor",
    "customer_lines",
    "product_lines",
    "basket_lines",
)
OPTIONAL = ("category", SIZE, OTHER_SIZES)
REASON_NAMES = tuple(reason.value for reason in REASONS)


@dataclass(frozen=True)
class ScoredReasons:
    """The predicted reasons of n test lines, and the recorded reasons of m of them.

    ``predicted``: P(reason | returned), shape (n, reasons). ``recorded``: int64 of shape (n,), the place in
    `features.language.reasons.REASONS` of the recorded reason; -1 where there is none or it was inferred. ``shares``:
    the shrunk shares of reasons of the m lines with a recorded reason, in their order, shape (m, reasons).
    """

    predicted: Floats
    recorded: Ints
    shares: Floats


@dataclass(frozen=True)
class ExplainedLines:
    """The contributions of each factor to the log-odds of m of the n test lines.

    ``places``: int64 of shape (m,), ascending: the positions of these lines among the test lines. ``expected``: the
    log-odds that the contributions are added to. ``contributions``: shape (m, factors). ``shift``: the level of each of
    the m lines, shape (m,), which is added to ``expected``.
    """

    places: Ints
    factors: tuple[str, ...]
    expected: float
    contributions: Floats
    shift: Floats | float = 0.0

    @property
    def top(self) -> Ints:
        """The place in ``factors`` of the largest absolute contribution, int64 of shape (m,)."""
        return np.asarray(np.abs(self.contributions).argmax(axis=1), dtype=np.int64)


@dataclass(frozen=True)
class ScoredLines:
    """The n test lines, in the matrix's order.

    ``lines``: a row a test line, with the columns that slices and costs read, and as float64 ``probability``, ``low``
    and ``high`` of the bundle at the ``shift`` of their day, ``venn_abers_width``, and ``baseline_NAME`` of each
    baseline. ``order_deviation``,
    ``customer_deviation`` and ``product_deviation``: the standard deviations of the probability that lines of one
    order, customer and product share. ``reasons``: None where the source records none. ``explained``: a sample of the
    lines with their drivers. ``personal``: the personal attributes, whose columns ``lines`` has, too. ``level``: of
    the bundle's intervals; None for a bundle without a spread. ``joint``: the bundle's model of baskets.
    """

    lines: pd.DataFrame
    reasons: ScoredReasons | None
    explained: ExplainedLines
    personal: tuple[Attribute, ...] = ()
    level: float | None = None
    joint: Joint | None = None


@dataclass(frozen=True)
class Sample:
    """Which lines are explained: at most ``size`` of them, drawn from ``seed``."""

    size: int
    seed: int

    def of(self, count: int) -> Bools:
        """Choose among ``count`` lines: bool of shape (count,)."""
        chosen = np.zeros(count, dtype=bool)
        rng = np.random.default_rng(self.seed)
        chosen[rng.choice(count, min(count, self.size), replace=False)] = True
        return chosen


def scored_lines(
    matrix: Path,
    window: Split,
    model: Bundle,
    baselines: Mapping[str, Baseline],
    sample: Sample,
    levels: DailyLevels = NO_LEVELS,
) -> ScoredLines:
    """Score the settled test lines of the matrix, in its order, each at the level of its day, and explain a sample.

    Raises
    ------
    UserError
        There is no settled line in the test window.
    """
    explained = sample.of(_count(matrix, window))
    if not len(explained):
        raise UserError(
            expected="order lines with a known outcome in the test window",
            found=f"none in {matrix}",
            fix="set split.* in params.yaml so that outcomes are settled before the data end",
        )
    parts, done = [], 0
    declared = from_json(model.recipe.get("attributes", []), "the bundle's recipe")
    personal = tuple(each for each in declared if each.personal)
    for frame in _test_batches(matrix, window):
        at_level = frame.assign(**{SHIFT: levels.shifts(frame["ordered_at"])})
        parts.append(_score(at_level, model, baselines, explained[done : done + len(frame)], personal))
        done += len(frame)
    lines = pd.concat([part.lines for part in parts], ignore_index=True)
    lines["label"] = lines["label"].astype("int8")
    contributions = np.concatenate([part.contributions for part in parts])
    shift = lines[SHIFT].to_numpy(dtype=np.float64)[explained]
    about = model.drivers.factors, model.drivers.expected
    drivers = ExplainedLines(np.flatnonzero(explained), *about, contributions, shift)
    reasons = _joined([part.reasons for part in parts if part.reasons is not None])
    return ScoredLines(lines, reasons, drivers, personal, model.level, model.joint)


def write_predictions(scored: ScoredLines, path: Path) -> None:
    """Write the predictions of the test lines, a row a line, in their order; the file appears when complete.

    ``top_reason`` is the most probable reason, given a return; absent where the source records no reasons.
    ``top_driver`` is the factor with the largest absolute contribution; null where the line was not explained.
    """
    columns = ["line_id", "ordered_at", "label", "probability", "low", "high", SHIFT]
    columns += [str(name) for name in scored.lines if str(name).startswith(BASELINE)]
    table = pa.Table.from_pandas(scored.lines[columns], preserve_index=False).replace_schema_metadata(None)
    if scored.reasons is not None:
        table = table.append_column("top_reason", _named(REASON_NAMES, scored.reasons.predicted.argmax(axis=1)))
    top = np.full(len(scored.lines), -1)
    top[scored.explained.places] = scored.explained.top
    with whole_file(path) as unfinished:
        pq.write_table(table.append_column("top_driver", _named(scored.explained.factors, top)), unfinished)


@dataclass(frozen=True)
class _Part:
    """One batch; ``contributions`` of shape (explained lines, factors)."""

    lines: pd.DataFrame
    reasons: ScoredReasons | None
    contributions: Floats


def _named(names: Sequence[str], places: Ints) -> pa.Array:
    """Name each place as text, null where it is -1."""
    return pa.array(names, pa.string()).take(pa.array(places, mask=places < 0))


def _joined(parts: list[ScoredReasons]) -> ScoredReasons | None:
    if not parts:
        return None
    return ScoredReasons(
        predicted=np.concatenate([part.predicted for part in parts]),
        recorded=np.concatenate([part.recorded for part in parts]),
        shares=np.concatenate([part.shares for part in parts]),
    )


def _count(matrix: Path, window: Split) -> int:
    """Count the test lines."""
    batches = _in_window(matrix, window, ["ordered_at", "label"])
    return sum(int(window.test(batch.to_pandas()).sum()) for batch in batches)


def _test_batches(matrix: Path, window: Split) -> Iterator[pd.DataFrame]:
    """Read the test lines in batches."""
    for batch in _in_window(matrix, window):
        chosen = window.test(batch.select(["ordered_at", "label"]).to_pandas())
        if chosen.any():
            yield batch.filter(pa.array(chosen)).to_pandas()


def _in_window(matrix: Path, window: Split, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Read the lines of the test window. The filter saves reading; `Split.test` then marks the test lines."""
    ordered = pc.field("ordered_at")
    inside = (ordered >= _scalar(window.test_from)) & (ordered < _scalar(window.test_until))
    yield from ds.dataset(matrix).to_batches(columns=columns, filter=inside, batch_size=BATCH_LINES, use_threads=False)


def _scalar(time: pd.Timestamp) -> pa.Scalar:
    return pa.scalar(time.to_pydatetime(), TIME)


def _score(
    frame: pd.DataFrame,
    model: Bundle,
    baselines: Mapping[str, Baseline],
    explained: Bools,
    personal: Sequence[Attribute],
) -> _Part:
    scores = model.score(frame, frame[SHIFT].to_numpy(dtype=np.float64))
    optional = (*OPTIONAL, *(each.column for each in personal))
    kept = frame[[*KEPT, SHIFT, *(name for name in optional if name in frame)]].copy()
    kept["probability"], kept["low"], kept["high"] = scores.probability, scores.low, scores.high
    kept["order_deviation"] = scores.deviation * np.sqrt(scores.order_share)
    kept["customer_deviation"] = scores.deviation * np.sqrt(scores.customer_share)
    kept["product_deviation"] = scores.deviation * np.sqrt(scores.product_share)
    low, high = model.calibrator.interval(scores.probability)
    kept["venn_abers_width"] = high - low
    for name, baseline in baselines.items():
        kept[BASELINE + name] = baseline.predict(frame)
    x = model.rows(frame, model.features)
    drivers = model.drivers
    contributions = drivers.of_factors(drivers.of_features(x[explained, : len(model.score_features)]))
    return _Part(kept, _reasons(frame, model.reason_rows(x)), contributions)


def _reasons(frame: pd.DataFrame, predicted: Floats | None) -> ScoredReasons | None:
    if predicted is None:
        return None
    recorded = pd.Index(REASON_NAMES).get_indexer(pd.Index(frame[REASON])).astype(np.int64)
    if REASON_INFERRED in frame:
        recorded[frame[REASON_INFERRED].to_numpy(dtype=bool)] = -1
    shares = frame.loc[recorded >= 0, [share_name(reason) for reason in REASONS]]
    return ScoredReasons(predicted, recorded, shares.to_numpy(dtype=np.float64))


def require_both_outcomes(lines: pd.DataFrame) -> None:
    """Stop where all test lines have the same outcome, because no metric of ranking has a value then.

    Raises
    ------
    UserError
        All test lines were returned, or all were kept.
    """
    returned = int(lines["label"].sum())
    if returned in {0, len(lines)}:
        raise UserError(
            expected="both returned and kept lines in the test window",
            found=f"{returned} returned of {len(lines)}, ordered from {lines['ordered_at'].min()}",
            fix="check how the source makes a return known, or lengthen the test window: split.* in params.yaml",
        )
