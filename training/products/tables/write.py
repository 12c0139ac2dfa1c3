"""Writes the tables of the report as Parquet and CSV, with a data dictionary."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data import attributes as declarations
from data.attributes import Attribute
from data.files import whole_folder, write_pieces
from data.times import table_time
from data.writing import csv_text
from training.products import columns
from training.products.alerts.wording import english, fill
from training.products.columns import DICTIONARY, FOLDER
from training.products.estimates.context import Context
from training.products.params import ProductParams
from training.products.tables.about import About
from training.products.tables.overview import Overview

ROW_GROUP = 20_000
"""Rows in one row group of a table: the page reads the few groups that a product's rows lie in."""


def about(context: Context, shop: str, tables: Mapping[str, pa.Table]) -> About:
    """Describe the report: its shop, its moment and its parameters."""
    lines, chosen, costs = context.lines, context.params, context.costs
    return About(
        as_of=_time(lines.as_of),
        shop=shop,
        currency=chosen.currency,
        periods_days=chosen.periods_days,
        history_from=_time(float(lines.day.min())),
        upcoming_days=chosen.upcoming_days,
        fault_ratio=chosen.fault_ratio,
        min_probability=chosen.min_probability,
        false_discovery_rate=chosen.false_discovery_rate,
        spike_weeks=chosen.spike_weeks,
        lines=len(lines),
        products=len(np.unique(lines.product[context.longest])),
        return_fixed_minor=costs.return_fixed_minor,
        return_value_share=costs.return_value_share,
        margin_share=costs.margin_share,
        has_reasons=bool((lines.reason >= 0).any()),
        has_list_prices=bool((~np.isnan(lines.discount_share)).any()),
        report_id=_digest(tables, chosen),
    )


def write(
    tables: Mapping[str, pa.Table],
    described: About,
    shop: Overview,
    folder: Path = FOLDER,
    attributes: Sequence[Attribute] = (),
) -> None:
    """Write the report as ``folder``. It replaces the report before; an interrupted run leaves that report complete.

    ``attributes``: those of the products that the table of items has, listed in attributes.json beside it.
    """
    with whole_folder(folder) as unfinished:
        for table in columns.tables(attributes):
            rows = tables[table.name]
            pq.write_table(rows, unfinished / table.file, compression="zstd", row_group_size=ROW_GROUP)
            if table.csv:
                _write_csv(rows, described.currency, unfinished / f"{table.name}.csv")
        write_pieces(_dictionary(described.currency, attributes), unfinished / DICTIONARY)
        declarations.write(attributes, unfinished)
        shop.write(unfinished)
        described.write(unfinished)


def _write_csv(table: pa.Table, currency: str, path: Path) -> None:
    rows = _with_sentences(table, currency)

    def chunk(batch: pa.RecordBatch) -> Sequence[Sequence[Any]]:
        return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))

    batches = rows.to_batches(max_chunksize=ROW_GROUP)
    write_pieces(csv_text.for_people(rows.column_names, map(chunk, batches), currency), path)


def _with_sentences(rows: pa.Table, currency: str) -> pa.Table:
    """Fill in the sentences of alerts in place of their numbers, for readers of the CSV; other tables have none."""
    if "evidence" not in rows.column_names:
        return rows
    numbers = [json.loads(text) for text in rows["numbers"].to_pylist()]
    for name in ("evidence", "advice"):
        filled = [fill(text, of, english(currency)) for text, of in zip(rows[name].to_pylist(), numbers, strict=True)]
        rows = rows.set_column(rows.column_names.index(name), name, pa.array(filled, pa.string()))
    return rows.drop_columns(["numbers"])


def _digest(tables: Mapping[str, pa.Table], chosen: ProductParams) -> str:
    digest = hashlib.sha256(chosen.model_dump_json().encode())
    for name in sorted(tables):
        for batch in _plain(tables[name]):
            digest.update(batch)
    return digest.hexdigest()[:16]


def _plain(table: pa.Table) -> Iterator[bytes]:
    """Give the table's content as bytes that depend on the values only, not on how the table was built."""
    sink = pa.BufferOutputStream()
    whole = table.combine_chunks()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    yield sink.getvalue().to_pybytes()


def _time(day: float) -> datetime:
    """Give days since 1970 as a time, to the second."""
    return table_time(round(day * 86_400) * 1_000_000)


def _dictionary(currency: str, attributes: Sequence[Attribute]) -> Iterator[bytes]:
    """Give the meaning of every column, and its name in the CSV files, as CSV."""
    described = columns.dictionary(attributes)
    rows = [(table, name, csv_text.column(name, currency), *rest) for table, name, *rest in described]
    return csv_text.for_people(("table", "column", "csv_column", "dtype", "unit", "meaning"), [rows])
