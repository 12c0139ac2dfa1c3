"""Adds the posteriors' log-odds to the matrix, to its copies without some fields, and to the measured cases."""

from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.arrays import Floats
from data.logs import log
from data.times import MICROSECONDS_PER_DAY
from features.catalog import CASE, LINES_FILE, POSTERIOR, CatalogEntry
from features.offline.matrix import CountedLines
from features.params import PosteriorParams
from features.posteriors.covariates import covariates_of, names_in
from features.posteriors.kinds import kinds_of, place_levels, read_keys
from features.posteriors.scan import Asked, Outcomes, scan
from features.posteriors.state import Posteriors

ENTRY = CatalogEntry(
    name=POSTERIOR,
    dtype="double",
    unit="log-odds",
    factor="posteriors",
    meaning="what customer, product and kinds of lines say together, as of the start of the day",
    missing="never missing",
    source=("outcomes of all lines",),
    only_reasons=False,
)


def add(folder: Path, tables: Mapping[Path, ir.Table], counted: CountedLines, params: PosteriorParams) -> None:
    """Add the column `POSTERIOR` to each file of the matrix in ``folder``.

    Parameters
    ----------
    tables
        The lines of each file with their counters, by the file of the matrix; the whole lines come first.
    """
    kinds = kinds_of(params.variances, counted.recipe.columns)
    units = {feature.name: feature.unit for feature in counted.features}
    names = names_in(list(units))
    keys, features, counts = [], [], []
    for file, table in tables.items():
        order = [name for name in (CASE, "line_no") if name in table.columns]
        keys.append(read_keys(table, kinds, order))
        features.append(pq.read_table(folder / file.name, columns=["ordered_at", *names]).to_pandas())
        counts.append(len(features[-1]))
    log.info("posteriors of %d kinds of levels and %d covariates", len(kinds), len(names))
    levels, variance = place_levels(pa.concat_tables(keys, promote_options="default"), kinds)
    rows = pd.concat(features, ignore_index=True)
    first_day = rows["ordered_at"].min().normalize()
    day = (rows["ordered_at"].dt.normalize() - first_day).dt.days.to_numpy(dtype=np.int64)
    covariates = covariates_of(rows[names], day, counts[0], units)
    slopes = np.full(covariates.shape[1], params.slope_variance)
    slopes[0] = params.shop_variance
    outcomes = _outcomes(tables[LINES_FILE], first_day)
    found = scan(Asked(day, levels, covariates), outcomes, Posteriors.prior(variance, slopes), params.shop_drift)
    for file, values in zip(tables, np.split(found, np.cumsum(counts)[:-1]), strict=True):
        _append(folder / file.name, values)


def _outcomes(lines: ir.Table, first_day: pd.Timestamp) -> Outcomes:
    """The outcomes of all settled lines; a day knows those of the days before it."""
    frame = lines.order_by("line_no").select("settled_at", "returned").to_pyarrow().to_pandas()
    settled = np.flatnonzero(frame["settled_at"].notna())
    of = frame.iloc[settled]
    start = (first_day - pd.Timestamp(0)).days
    day = of["settled_at"].to_numpy(dtype=np.int64) // MICROSECONDS_PER_DAY - start + 1
    return Outcomes(settled, day, of["returned"].to_numpy(dtype=np.float64))


def _append(file: Path, values: Floats) -> None:
    table = pq.read_table(file)
    added = table.append_column(POSTERIOR, pa.array(values))
    pq.write_table(added, file, compression="zstd", compression_level=1)
