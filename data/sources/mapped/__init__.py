"""Source mapped: any shop's CSV or parquet files, read by a YAML mapping. No code here is written for one shop."""

from pathlib import Path

import pyarrow as pa

from data import identity, personal_data, sql, tables
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, REJECTS, RETURNS
from data.sources.mapped import attributes, files, order_lines, returns
from data.sources.mapped.checks import check, table_rules, wanted_columns
from data.sources.mapped.mapping import load
from data.sources.mapped.rows import IDS, Work, cells_of, layers
from data.sources.params import CommentParams
from data.sources.report import SourceReport
from data.sources.session import open_session

SAMPLE = 10_000
"""Rows of a file, roughly, that are searched for personal data."""


def write(folder: Path, mapping_file: Path, raw: Path, comments: CommentParams) -> SourceReport:
    """Read the files in ``folder`` by ``mapping_file``, and write the canonical tables and rejects into ``raw``.

    ``comments``: when a reason is read from a comment, for a mapping that names the column of comments.

    Raises
    ------
    UserError
        The mapping, a file or a column is missing or wrong; see `mapping.load` and `files.stage`.
    """
    mapping = load(mapping_file)
    check(mapping, mapping_file)
    key = identity.key_from_environment()
    with open_session(raw) as connection:
        work = Work(connection, mapping)
        paths = _stage(work, folder)
        _refuse_personal(work)
        identity.hash_ids(connection, _customers(work), IDS, key)
        order_lines.read(work)
        returns.read(work, comments)
        queries = {
            ORDER_LINES: order_lines.select(work),
            PRODUCTS: attributes.select(work, PRODUCTS),
            CUSTOMERS: attributes.select(work, CUSTOMERS),
            RETURNS: returns.select(work),
            REJECTS: "SELECT * FROM rejects",
        }
        for table, query in queries.items():
            tables.write(table, connection.sql(query), raw)
    return SourceReport(paths, work.decisions)


def _stage(work: Work, folder: Path) -> tuple[Path, ...]:
    """Load the mapped columns of every input into DuckDB; return the files read."""
    feeds = {file: table.name for table, file, _ in reversed(table_rules(work.mapping))}
    paths: list[Path] = []
    for name, wanted in wanted_columns(work.mapping).items():
        source = files.Input(name, work.mapping.files[name], tuple(wanted), feeds[name])
        paths += files.stage(work.connection, source, folder)
    return tuple(paths)


def _refuse_personal(work: Work) -> None:
    """Search a sample of each mapped text column for personal data, before anything is written.

    The sample is spread over the whole file. The texts of comments are not searched, because they are never written; of
    a comment's column only the name is checked.
    """
    if work.mapping.returns.comment is not None:
        personal_data.refuse(work.mapping.returns.comment, (), may_hold_names=True)
    for file in wanted_columns(work.mapping):
        source, sample = sql.name(f"file_{file}"), sql.name(f"file_{_sample(file)}")
        step = 1 + sql.number(work.connection, f"SELECT count(*) FROM {source}") // SAMPLE
        some = f"SELECT * FROM {source} WHERE hash(rowid) % {step} = 0"
        sql.run(work.connection, f"CREATE TABLE {sample} AS {some}")
    for table, file, columns in table_rules(work.mapping):
        for item in cells_of(work, table, file, columns):
            column = columns[item.column.name].column
            if column is None or item.column.dtype != pa.string():
                continue
            rows = f"{layers(_sample(file), [item])} WHERE {item.parse} IS NOT NULL"
            values = [value for (value,) in sql.rows(work.connection, f"SELECT {item.parse} FROM {rows}")]
            about_products = table is PRODUCTS or item.column.name in ("size", "color")
            personal_data.refuse(column, values, may_hold_names=about_products)


def _sample(file: str) -> str:
    return f"{file} sample"


def _customers(work: Work) -> str:
    """SQL: the ids of all customers in all inputs, as text."""
    queries = [
        f"SELECT {item.parse} FROM {layers(file, [item])}"
        for table, file, columns in table_rules(work.mapping)
        for item in cells_of(work, table, file, columns)
        if item.column.name == CUSTOMERS.key
    ]
    return " UNION ALL ".join(queries) or "SELECT NULL::VARCHAR"
