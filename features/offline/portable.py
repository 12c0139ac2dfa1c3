"""Writes the files of the matrix with Ibis, as any engine that Ibis compiles for computes them."""

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
from data.progress.queries import progress_of
from data.progress.steps import counted, step
from features.catalog import CASE, CASES_FILE, LINES_FILE, UNSENT_FILE
from features.language.algebra import missing, where
from features.language.request_field import UNKNOWN_PRODUCT, Labels
from features.offline import matrix, requests
from features.offline.lines import CODE
from features.offline.matrix import CountedLines
from features.offline.posteriors.columns import Ends, Learning, Rows, learn
from features.offline.posteriors.places import FRESH, Keys, key_names
from features.params import UnsentParams
from features.posteriors.covariates import rows_for
from features.posteriors.design import PosteriorDesign


def write(
    backend: Backend, lines: CountedLines, unsent: UnsentParams, labels: Labels | None, folder: Path
) -> Learning | None:
    """Write the files into ``folder``; give what the posteriors learned, None where the recipe has none."""
    tables = {
        LINES_FILE: lines.table if labels is None else requests.as_known(lines, labels),
        UNSENT_FILE: requests.drawn(backend, lines, unsent),
        CASES_FILE: requests.in_cases(backend, lines, unsent),
    }
    for file, table in counted(tables.items(), "features", "tables", len(tables)):
        found = matrix.compute(table, lines)
        with step(file.stem, polled=progress_of(backend.con)):
            backend.to_parquet(found, folder / file.name, compression="zstd", compression_level=1)
    design = lines.recipe.posterior_design()
    # No model reads the copies' posteriors: they have a part of the score to themselves.
    scored = {file: table for file, table in tables.items() if file != UNSENT_FILE}
    return None if design is None else _add(folder, scored, lines, design)


def _add(folder: Path, tables: Mapping[Path, ir.Table], lines: CountedLines, design: PosteriorDesign) -> Learning:
    """Add the columns of ``design`` to each file; the whole lines come first among the ``tables``."""
    names = ["ordered_at", *(feature.name for feature in design.covariates)]
    keys = [_keys(table, design) for table in tables.values()]
    parts = [pq.read_table(folder / file.name, columns=names).to_pandas() for file in tables]
    frame = pd.concat(parts, ignore_index=True)
    at = frame.pop("ordered_at").to_numpy(dtype="datetime64[us]").astype(np.float64)
    features = rows_for(len(frame), len(design.covariates))
    features[:, 1:] = frame
    together = {name: np.concatenate([each[name] for each in keys]) for name in keys[0]}
    ends = lines.table.order_by("line_no").select("closes_at", "settled_at", "label").to_pyarrow()
    of_ends = Ends(*(column.to_numpy().astype(np.float64) for column in ends.columns))
    said, learning = learn(Rows(len(parts[0]), together, at, features), of_ends, design)
    for file, values in zip(tables, np.split(said, np.cumsum([len(each) for each in parts])[:-1]), strict=True):
        _append(folder / file.name, design.names, values)
    return learning


def _keys(table: ir.Table, design: PosteriorDesign) -> Keys:
    """Read the codes of all columns of keys, in the order of the file."""
    order = [name for name in (CASE, "line_no") if name in table.columns]
    codes = {name: _code(table, name) for name in key_names(design.kinds)}
    fresh = requests.LACKS + UNKNOWN_PRODUCT
    codes[FRESH] = table[fresh].cast("float64") if fresh in table.columns else ibis.literal(0.0)
    found = table.order_by(order).select(**codes).to_pyarrow()
    return {name: found[name].to_numpy().astype(np.float64) for name in codes}


def _code(table: ir.Table, name: str) -> ir.Value:
    """The code of a text, else the number itself; missing where the request of the line lacks it."""
    value = table[CODE + name] if CODE + name in table.columns else table[name]
    return where(missing(table[name]), None, value.cast("float64"))


def _append(file: Path, names: tuple[str, ...], values: Floats) -> None:
    table = pq.read_table(file)
    for name, column in zip(names, values.T, strict=True):
        table = table.append_column(name, pa.array(np.ascontiguousarray(column)))
    pq.write_table(table, file, compression="zstd", compression_level=1)
