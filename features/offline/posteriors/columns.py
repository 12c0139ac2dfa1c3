"""What the posteriors say of lines and measured cases, and what they have learned by the end of the tables.

The latter is written beside the matrix: the online state begins with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from data.arrays import Floats, Ints
from data.files import write_bytes
from data.logs import log
from data.times import MICROSECONDS_PER_DAY
from features.offline.posteriors.places import Keys, Places, place_levels
from features.posteriors.covariates import covariates_of
from features.posteriors.design import PosteriorDesign
from features.posteriors.files import LEARNED_FILE, LEVELS, LEVELS_FILE
from features.posteriors.kinds import Kind
from features.posteriors.learned import Learned
from features.posteriors.scan import Asked, Course, Outcomes, scan
from features.posteriors.state import Posteriors


@dataclass(frozen=True)
class Rows:
    """The n rows that are scored: all lines, ``lines`` in number and in their order, and then the measured cases.

    ``ordered_at``: microseconds since 1970, float64. ``features``: those behind the covariates, as `covariates_of`
    takes them; learning turns them into covariates.
    """

    lines: int
    keys: Keys
    ordered_at: Floats
    features: Floats


@dataclass(frozen=True)
class Ends:
    """What became of the lines, NaN where it is not known; shape (lines,) each.

    ``closes_at`` and ``settled_at``: microseconds since 1970. ``label``: 1 for returned, 0 for kept.
    """

    closes_at: Floats
    settled_at: Floats
    label: Floats


@dataclass(frozen=True)
class Moved:
    """The m levels of a kind that an outcome has moved: the codes of their ``keys``, one array a column of the kind."""

    kind: Kind
    keys: Sequence[Ints]
    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Learning:
    """What was ``learned`` in the end, and the levels that have ``moved``; it holds nothing of the rows."""

    learned: Learned
    moved: Sequence[Moved]
    design: PosteriorDesign

    def write(self, folder: Path, texts: Callable[[str], pa.Array]) -> None:
        """Write it into the folder of the matrix. ``texts``: gives the texts of a column by their codes."""
        write_bytes(self.learned.as_bytes(), folder / LEARNED_FILE.name)
        _write_levels(folder / LEVELS_FILE.name, self.moved, texts)


def learn(rows: Rows, ends: Ends, design: PosteriorDesign) -> tuple[Floats, Learning]:
    """Give the columns of ``design``, shape (n, factors), and what was learned by the end of the tables."""
    log.info("posteriors of %d kinds of levels and %d covariates", len(design.kinds), len(design.covariates))
    places = place_levels(rows.keys, design.kinds)
    days = rows.ordered_at.astype(np.int64) // MICROSECONDS_PER_DAY
    first = int(days.min())
    day = days - first
    scales = covariates_of(rows.features, day, rows.lines, design.shares.tolist())
    posteriors = Posteriors.prior(places.variance, _prior_of_slopes(design))
    outcomes = _outcomes(ends, first)
    until = max(int(day.max()) + 1, int(outcomes.day.max(initial=0)), _after_last_outcome(ends) - first)
    course = Course(design.priors.shop_drift, until, design.members, design.about_product)
    with threadpool_limits(1, "blas"):  # days are small: several threads wait for each other longer than they compute
        found = scan(Asked(day, places.levels, rows.features), outcomes, posteriors, course)
    learned = Learned(first + until, scales, posteriors.slope, posteriors.covariance)
    return found, Learning(learned, _moved(posteriors, places, rows.keys, design), design)


def _prior_of_slopes(design: PosteriorDesign) -> Floats:
    found = np.full(1 + len(design.covariates), design.priors.slope_variance)
    found[0] = design.priors.shop_variance
    return found


def _outcomes(ends: Ends, first_day: int) -> Outcomes:
    """The outcomes of all lines whose window has closed; a day knows those of windows that closed before it.

    A return within an open window waits for its close, since the kept lines of the same days lack their outcomes. The
    first outcomes of a shop would all be returns, and the levels that learn from most lines would be sure of them.
    """
    closed = np.flatnonzero(~np.isnan(ends.label))
    day = ends.closes_at[closed].astype(np.int64) // MICROSECONDS_PER_DAY - first_day + 1
    return Outcomes(closed, day, ends.label[closed])


def _after_last_outcome(ends: Ends) -> int:
    """The day (since 1970, UTC) after that on which the last outcome became known, 0 where there is none."""
    settled = ends.settled_at[~np.isnan(ends.settled_at)]
    return int(settled.max()) // MICROSECONDS_PER_DAY + 1 if len(settled) else 0


def _moved(posteriors: Posteriors, places: Places, keys: Keys, design: PosteriorDesign) -> list[Moved]:
    starts, found = places.starts, list[Moved]()
    for kind, begin, end in zip(design.kinds, starts, starts[1:], strict=False):
        moved = begin + np.flatnonzero(posteriors.moved[begin:end])
        codes = [keys[name][places.example[moved]].astype(np.int64) for name in kind.columns]
        found.append(Moved(kind, codes, posteriors.mean[moved], posteriors.variance[moved]))
    return found


def _write_levels(file: Path, moved: Sequence[Moved], texts: Callable[[str], pa.Array]) -> None:
    """Write the levels with the texts that name them."""
    with pq.ParquetWriter(file, LEVELS, compression="zstd", compression_level=1) as writer:
        for each in moved:
            named = zip(each.kind.columns, each.keys, strict=True)
            rows = {
                "kind": pa.array([each.kind.key.name] * len(each.mean), pa.string()),
                "key": _side_by_side([texts(name).take(pa.array(codes)) for name, codes in named]),
                "mean": each.mean,
                "variance": each.variance,
            }
            writer.write_table(pa.table(rows, schema=LEVELS))


def _side_by_side(columns: Sequence[pa.Array]) -> pa.ListArray:
    """A list of texts for each row, one of each column."""
    count, rows = len(columns), len(columns[0])
    order = np.arange(count * rows).reshape(count, rows).T.ravel()
    every = pa.concat_arrays([each.cast(pa.string()) for each in columns]).take(pa.array(order))
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * count, pa.int32()), every)
