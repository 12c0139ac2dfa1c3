"""Writes the files of the matrix with the local engine: lines, their copies without some fields, and measured cases."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data.arrays import Bools, Floats, Ints
from data.logs import log
from data.progress.steps import step
from features.catalog import CASE, CASES_FILE, LINES_FILE, UNSENT_FILE
from features.language.algebra import where
from features.language.nodes import Feature
from features.language.request_field import UNKNOWN_PRODUCT, Labels, unsent_cases
from features.offline.lines import TableLines, texts_of
from features.offline.local.engine import Columns, Engine, Some, computed
from features.offline.matrix import ABOUT, TIMES, decay_origin, describing
from features.offline.posteriors.columns import Ends, Learning, Rows, learn
from features.offline.posteriors.places import FRESH, key_names
from features.offline.requests import draws, measured
from features.offline.unsent import gone_columns, without
from features.params import FeatureParams
from features.posteriors.covariates import rows_for
from features.posteriors.design import PosteriorDesign
from features.recipe import Recipe

Lacks = Mapping[str, Bools]
"""For the name of a field: which of some lines lack it; one value for all of them where it is of shape ()."""

GONE: Bools = np.array(1, dtype=np.bool_)
"""All lines lack a field."""


class Matrix:
    """The matrix of prepared lines.

    Parameters
    ----------
    labels
        Those that a model knows, by field; None for every label (`features.build.build`).
    """

    def __init__(
        self, backend: Backend, lines: TableLines, recipe: Recipe, params: FeatureParams, labels: Labels | None = None
    ) -> None:
        self.recipe, self.features, self._params = recipe, recipe.features(), params
        self._backend = backend
        self._names = [name for name in (*ABOUT, *describing(lines)) if name in lines.table.columns]
        self._names = [name for name in self._names if name not in {feature.name for feature in self.features}]
        with step("baskets"):
            origin = decay_origin(lines, params)
            self._engine = Engine(backend, lines, self.features, self._names, origin)
        log.info("%d features of %d lines", len(self.features), len(self._engine))
        self._fields = recipe.request_fields()
        arrays = self._engine.lines
        self._order = arrays.code("order_id")
        orders = int(self._order.max(initial=-1)) + 1
        self._drawn = draws(orders, self._fields, params.unsent)
        settled = ~np.isnan(arrays.number("label"))
        self._measured = measured(arrays.number("ordered_at"), settled, self._order, params.unsent)
        self._unknown = {} if labels is None else self._without_labels(labels)
        self._cases = {case: dict.fromkeys(fields, GONE) for case, fields in sorted(unsent_cases(self._fields).items())}

    def write(self, folder: Path) -> Learning | None:
        """Write the files into ``folder``; give what the posteriors learned, None where the recipe has none."""
        design = self.recipe.posterior_design()
        said, learning = (None, None) if design is None else self._learned(design)
        lines = len(self._engine)
        parts: list[Columns] = []
        threads = self._params.threads
        with (
            _File(folder / LINES_FILE.name) as whole,
            _File(folder / UNSENT_FILE.name) as copies,
            ThreadPoolExecutor(threads) as pool,
            step("features", lines, "lines") as going,
        ):
            for some in self._engine.some(self.features, threads):
                span = slice(some.begin, some.end)
                about = self._about(span)
                parts.append(self._late(some))
                own = None if design is None or said is None else _named(design, said[span])
                made = pool.submit(self._table, about, self._known(some), own)
                copied = pool.submit(self._table, about, self._copied(some), None)
                written = pool.submit(whole.write, made.result())
                copies.write(copied.result())
                written.result()
                going.move(some.end)
        columns, rows = _together(parts), self._measured
        about = self._about(rows)

        def in_case(number: int, case: str) -> pa.Table:
            span = slice(lines + number * len(rows), lines + (number + 1) * len(rows))
            own = None if design is None or said is None else _named(design, said[span])
            return self._table(about, self._without(columns, self._cases[case]), own, case)

        with _File(folder / CASES_FILE.name) as late, ThreadPoolExecutor(1) as writer:
            last: Future[None] = writer.submit(lambda: None)
            for number, case in enumerate(self._cases):
                table = in_case(number, case)  # while the case before is written
                last.result()
                last = writer.submit(late.write, table)
            last.result()
        return learning

    def lacking(self, fields: Collection[str]) -> pa.Table:
        """Give the lines with all features as requests without ``fields`` have them, without posteriors."""
        lacks = dict.fromkeys(fields, GONE)
        return self._every(lambda some: self._without(some.columns, lacks))

    def whole(self) -> pa.Table:
        """Give the lines with all features, without posteriors."""
        return self._every(self._known)

    def _every(self, columns_of: Callable[[Some], Columns]) -> pa.Table:
        every = self._engine.some(self.features, self._params.threads)
        return pa.concat_tables(
            [self._table(self._about(slice(some.begin, some.end)), columns_of(some), None) for some in every]
        )

    def _learned(self, design: PosteriorDesign) -> tuple[Floats, Learning]:
        """What the posteriors say of the lines and then of the cases, in the order in which they are written."""
        at, arrays = self._engine.lines.number("ordered_at"), self._engine.lines
        rows = Rows(
            len(self._engine),
            self._keys_of_all(key_names(design.kinds)),
            np.concatenate([at, np.tile(at[self._measured], len(self._cases))]),
            self._behind_covariates(design.covariates),
        )
        ends = Ends(*(arrays.number(name) for name in ("closes_at", "settled_at", "label")))
        with step("posteriors"):
            return learn(rows, ends, design)

    def _behind_covariates(self, features: Sequence[Feature]) -> Floats:
        """The ``features`` of the lines and then of the cases, each written once to where it becomes a covariate."""
        lines, measured_lines, parts = len(self._engine), len(self._measured), []
        found = rows_for(lines + len(self._cases) * measured_lines, len(features))

        def fill(begin: int, columns: Columns) -> None:
            for place, values in enumerate(computed(features, columns).values(), start=1):
                found[begin : begin + len(values), place] = values

        for some in self._engine.some(features, self._params.threads):
            parts.append(self._late(some))
            fill(some.begin, self._known(some, features))
        late = _together(parts)
        for number, lacks in enumerate(self._cases.values()):
            fill(lines + number * measured_lines, self._without(late, lacks, features))
        return found

    def _keys_of_all(self, names: Sequence[str]) -> Columns:
        """The columns of keys of the lines and then of the cases."""
        of_cases = (self._keys(names, self._measured, lacks) for lacks in self._cases.values())
        return _together([self._keys(names, slice(None), self._unknown), *of_cases])

    def _keys(self, names: Sequence[str], rows: slice | Ints, lacks: Lacks) -> Columns:
        columns = self._engine.read(names, rows)
        gone = gone_columns(self._fields, lacks)
        keys = {name: where(gone[name], None, each) if name in gone else each for name, each in columns.items()}
        fresh = lacks.get(UNKNOWN_PRODUCT, np.array(0, dtype=np.bool_))
        return keys | {FRESH: np.broadcast_to(fresh, (len(self._engine.lines.number("ordered_at")[rows]),))}

    def _late(self, some: Some) -> Columns:
        """What is read of the measured lines among ``some``."""
        rows = self._measured[(self._measured >= some.begin) & (self._measured < some.end)] - some.begin
        return {name: column[rows] for name, column in some.columns.items()}

    def _known(self, some: Some, features: Sequence[Feature] | None = None) -> Columns:
        """What is read of ``some`` lines where a label that is not known is missing."""
        lacks = {name: unknown[some.begin : some.end] for name, unknown in self._unknown.items()}
        return self._without(some.columns, lacks, features)

    def _copied(self, some: Some) -> Columns:
        """What is read of ``some`` lines as requests that lack the fields that were drawn for their orders."""
        order = self._order[some.begin : some.end]
        return self._without(some.columns, {name: drawn[order] for name, drawn in self._drawn.items()})

    def _without(self, columns: Columns, lacks: Lacks, features: Sequence[Feature] | None = None) -> Columns:
        of = self.features if features is None else features
        return {**columns, **without(columns.__getitem__, of, self._fields, lacks)}

    def _without_labels(self, labels: Labels) -> Lacks:
        """Which lines lack a field because its label is not among those that are known."""
        arrays, found = self._engine.lines, {}
        for field in self._fields:
            if field.name in labels:
                column = field.columns[0]
                known = pc.is_in(texts_of(self._backend, column), pa.array(sorted(labels[field.name]), pa.string()))
                code = arrays.code(column)
                unknown = np.append(~known.to_numpy(zero_copy_only=False), False)
                found[field.name] = unknown[code]  # the last one is that of a missing label, whose code is -1
        return found

    def _about(self, rows: slice | Ints) -> pa.Table:
        """What is written of some lines beside their features."""
        table = self._engine.lines.table.select(self._names)
        return table.slice(rows.start, rows.stop - rows.start) if isinstance(rows, slice) else table.take(rows)

    def _table(self, taken: pa.Table, columns: Columns, said: Mapping[str, Floats] | None, case: str = "") -> pa.Table:
        """The rows of some lines, of which ``taken`` is written beside the features, with what is read of them."""
        found = {CASE: pa.array([case] * len(taken), pa.string())} if case else {}
        for name in self._names:
            column = _lacking(taken[name], columns[name]) if name in columns else taken[name]
            found[name] = column.cast(pa.timestamp("us")) if name in TIMES else column
        values = computed(self.features, columns)
        found |= {each.name: _typed(values[each.name], len(taken), whole=each.whole) for each in self.features}
        return pa.table(found | {name: pa.array(value) for name, value in (said or {}).items()})


class _File:
    """A parquet file that is written some rows at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, table: pa.Table) -> None:
        """Write the rows as one group."""
        if self._writer is None:
            # A dictionary of doubles takes as long as the rest of the work, and makes the file larger.
            texts = [each.name for each in table.schema if not pa.types.is_floating(each.type)]
            self._writer = pq.ParquetWriter(
                self._file, table.schema, compression="zstd", compression_level=1, use_dictionary=texts
            )
        self._writer.write_table(table, row_group_size=max(len(table), 1))


def _lacking(column: pa.ChunkedArray, read: Floats) -> pa.ChunkedArray:
    """The column with nothing where what features read of it is missing."""
    return pc.if_else(pa.array(np.isnan(read)), pa.scalar(None, column.type), column)


def _typed(values: Floats, lines: int, *, whole: bool) -> pa.Array:
    values = np.broadcast_to(np.asarray(values, dtype=np.float64), (lines,))
    lacks = np.isnan(values)
    if not whole:
        return pa.array(values, mask=lacks)
    return pa.array(np.where(lacks, 0.0, values).astype(np.int64), mask=lacks)


def _named(design: PosteriorDesign, said: Floats) -> dict[str, Floats]:
    return {name: np.ascontiguousarray(column) for name, column in zip(design.names, said.T, strict=True)}


def _together(parts: Iterable[Columns]) -> dict[str, Floats]:
    """The columns of several parts, one below the other."""
    every = list(parts)
    return {name: np.concatenate([part[name] for part in every]) for name in (every[0] if every else {})}
