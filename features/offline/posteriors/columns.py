"""Adds what the posteriors say to the lines of the matrix, and to the measured cases.

What was learned by the end of the tables is written beside them: the online state begins with it.
"""

from collections.abc import Mapping
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data.arrays import Floats
from data.files import write_bytes
from data.logs import log
from data.times import MICROSECONDS_PER_DAY
from features.catalog import CASE
from features.offline.lines import CODE, spelled
from features.offline.matrix import CountedLines
from features.offline.posteriors.places import Places, place_levels, read_keys
from features.posteriors.covariates import covariates_of
from features.posteriors.design import PosteriorDesign
from features.posteriors.files import LEARNED_FILE, LEVELS, LEVELS_FILE
from features.posteriors.learned import Learned
from features.posteriors.scan import Asked, Course, Outcomes, scan
from features.posteriors.state import Posteriors


def add(
    backend: Backend, folder: Path, tables: Mapping[Path, ir.Table], counted: CountedLines, design: PosteriorDesign
) -> None:
    """Add the columns of ``design`` to each file of the matrix in ``folder``, and write what was learned in the end.

    Parameters
    ----------
    tables
        The lines of each file with their counters, by the file of the matrix; the whole lines come first.
    """
    names = [feature.name for feature in design.covariates]
    keys, features, counts = [], [], []
    for file, table in tables.items():
        order = [name for name in (CASE, "line_no") if name in table.columns]
        keys.append(read_keys(table, design.kinds, order))
        features.append(pq.read_table(folder / file.name, columns=["ordered_at", *names]).to_pandas())
        counts.append(len(features[-1]))
    log.info("posteriors of %d kinds of levels and %d covariates", len(design.kinds), len(names))
    every_key = pa.concat_tables(keys, promote_options="default")
    places = place_levels(every_key, design.kinds)
    rows = pd.concat(features, ignore_index=True)
    days = rows["ordered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64) // MICROSECONDS_PER_DAY
    first = int(days.min())
    day = days - first
    covariates, scales = covariates_of(rows[names], day, counts[0], design.shares.tolist())
    posteriors = Posteriors.prior(places.variance, _prior_of_slopes(design))
    outcomes = _outcomes(counted.table, first)
    until = max(int(day.max()) + 1, int(outcomes.day.max(initial=0)), _after_last_outcome(counted.table) - first)
    course = Course(design.priors.shop_drift, until, design.members, design.about_product)
    found = scan(Asked(day, places.levels, covariates), outcomes, posteriors, course)
    for file, values in zip(tables, np.split(found, np.cumsum(counts)[:-1]), strict=True):
        _append(folder / file.name, design.names, values)
    learned = Learned(first + until, scales, posteriors.slope, posteriors.covariance)
    write_bytes(learned.as_bytes(), folder / LEARNED_FILE.name)
    _write_levels(backend, folder / LEVELS_FILE.name, posteriors, places, (every_key, design))


def _prior_of_slopes(design: PosteriorDesign) -> Floats:
    found = np.full(1 + len(design.covariates), design.priors.slope_variance)
    found[0] = design.priors.shop_variance
    return found


def _outcomes(lines: ir.Table, first_day: int) -> Outcomes:
    """The outcomes of all lines whose window has closed; a day knows those of windows that closed before it.

    A return within an open window waits for its close, since the kept lines of the same days lack their outcomes. The
    first outcomes of a shop would all be returns, and the levels that learn from most lines would be sure of them.
    """
    frame = lines.order_by("line_no").select("closes_at", "label").to_pyarrow().to_pandas()
    closed = np.flatnonzero(frame["label"].notna())
    of = frame.iloc[closed]
    day = of["closes_at"].to_numpy(dtype=np.int64) // MICROSECONDS_PER_DAY - first_day + 1
    return Outcomes(closed, day, of["label"].to_numpy(dtype=np.float64))


def _after_last_outcome(lines: ir.Table) -> int:
    """The day (since 1970, UTC) after that on which the last outcome became known, 0 where there is none."""
    last = lines["settled_at"].max().to_pyarrow().as_py()
    return 0 if last is None else int(last) // MICROSECONDS_PER_DAY + 1


def _append(file: Path, names: tuple[str, ...], values: Floats) -> None:
    table = pq.read_table(file)
    for name, column in zip(names, values.T, strict=True):
        table = table.append_column(name, pa.array(np.ascontiguousarray(column)))
    # A dictionary of doubles takes as long as the rest of the work, and makes the file larger.
    texts = [each.name for each in table.schema if not pa.types.is_floating(each.type)]
    pq.write_table(table, file, compression="zstd", compression_level=1, use_dictionary=texts)


def _write_levels(
    backend: Backend, file: Path, posteriors: Posteriors, places: Places, of: tuple[pa.Table, PosteriorDesign]
) -> None:
    """Write the levels that an outcome has moved, with the texts that name them."""
    keys, design = of
    with pq.ParquetWriter(file, LEVELS, compression="zstd", compression_level=1) as writer:
        for kind, begin, end in zip(design.kinds, places.starts, places.starts[1:], strict=False):
            moved = begin + np.flatnonzero(posteriors.moved[begin:end])
            named = keys.select(list(kind.columns)).take(pa.array(places.example[moved]))
            codes = {CODE + name: named[name].cast(pa.int32()) for name in kind.columns}
            numbers = {"mean": posteriors.mean[moved], "variance": posteriors.variance[moved]}
            table = backend.create_table(f"levels_{kind.key.name}", ibis.memtable(pa.table({**codes, **numbers})))
            texts = spelled(backend, table).order_by(list(codes)).to_pyarrow()
            columns = [texts[name].to_pylist() for name in kind.columns]
            rows = {"kind": [kind.key.name] * len(texts), "key": list(zip(*columns, strict=True))}
            writer.write_table(pa.table({**rows, "mean": texts["mean"], "variance": texts["variance"]}, schema=LEVELS))
