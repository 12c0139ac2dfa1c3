"""Joins scored lines with order lines, and these with their outcomes, by SQL that runs out of core.

A score belongs to the order line that has the id which the request gave the line, if the product is the same. A score
without such a line belongs to the first order of the same customer after it, within ``within_hours``, that has a line
of the product in this size and color; of equal lines of one basket the first belongs to the first of the order. A
guest's score without an id is joined with nothing: another guest may have ordered the same.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb.func import SPECIAL
from ibis.backends.duckdb import Backend

from data import sql, tables
from data.files import scratch, whole_file
from data.outcome import OutcomeParams, as_of, outcomes
from data.predicted.columns import COLUMNS, FILE, LOGGED, SCHEMA
from data.reading.labels import normal_form
from data.schema import ORDER_LINES, RETURNS

BATCH = 50_000
"""Scores that are held as Python objects at once."""
Row = dict[str, Any]
SAME = ("customer", "product_id", "size", "color")
SKEW = "INTERVAL 5 MINUTE"
"""How far the clocks of shop and service may differ: an order may seem to come a little before its score."""


def join(
    logged: Iterable[Row],
    folder: Path,
    out: Path,
    outcome: OutcomeParams,
    within_hours: float,
    pseudonym: Callable[[str], str] | None,
    known_until: datetime | None = None,
) -> dict[str, int]:
    """Write `FILE` into the folder ``out``, and give the number of scores by outcome.

    Parameters
    ----------
    logged
        The records of the log, as `data.logged.predictions.PREDICTIONS` reads them.
    folder
        The shop's canonical tables.
    pseudonym
        Gives the keyed hash of a customer of the tables; None where they hold hashes already.
    known_until
        When the tables were written, UTC without a zone; None where that is not known.

    Raises
    ------
    UserError
        A table is missing.
    """
    with scratch(out / FILE) as beside:
        backend = ibis.duckdb.connect(beside / "predicted.duckdb", temp_directory=str(beside))
        try:
            connection = backend.con
            _load(connection, logged)
            _tables(backend, folder, outcome, pseudonym, known_until)
            _pairs(connection, within_hours)
            found = _write(connection, out / FILE)
        finally:
            backend.disconnect()
    return found


def _load(connection: duckdb.DuckDBPyConnection, logged: Iterable[Row]) -> None:
    schema = pa.schema([pa.field(each.name, each.dtype) for each in LOGGED])
    connection.register("empty_scores", schema.empty_table())
    sql.run(connection, "CREATE TABLE scores AS SELECT * FROM empty_scores")
    source = iter(logged)
    while some := list(islice(source, BATCH)):
        connection.register("some_scores", pa.Table.from_batches([_arrow(some, schema)]))
        sql.run(connection, "INSERT INTO scores SELECT * FROM some_scores")
        connection.unregister("some_scores")


def _arrow(rows: Iterable[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Scores as Arrow. Logs of earlier versions lack columns of later ones, which are then missing."""
    columns = [[_cell(row, each.name) for row in rows] for each in schema]
    arrays = [
        pa.array(values, pa.int64()).cast(each.type)
        if pa.types.is_timestamp(each.type)
        else pa.array(values, each.type)
        for values, each in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cell(row: Row, name: str) -> Any:
    return ",".join(row.get(name) or ()) or None if name == "degraded" else row.get(name)


def _tables(
    backend: Backend,
    folder: Path,
    outcome: OutcomeParams,
    pseudonym: Callable[[str], str] | None,
    known_until: datetime | None,
) -> None:
    """Make the tables ``ordered`` (order lines with outcomes) and ``until`` (the latest time in the tables)."""
    connection = backend.con
    for table in (ORDER_LINES, RETURNS):
        tables.columns(table, folder)  # names a missing file
    lines, returns = (backend.read_parquet(tables.path(table, folder)) for table in (ORDER_LINES, RETURNS))
    _functions(connection, pseudonym)
    sql.run(connection, f"CREATE TABLE settled AS {backend.compile(outcomes(lines, returns, outcome, known_until))}")
    latest = backend.to_pyarrow(as_of(lines, returns, known_until)).as_py()
    sql.run(connection, f"CREATE TABLE until AS SELECT TIMESTAMP {sql.text(str(latest))} AS tables_until")
    backend.create_table("own_lines", lines)
    backend.create_table("own_returns", returns)
    shared = {name: name if name in lines.columns else "NULL::VARCHAR" for name in ("size", "color")}
    recorded = "coalesce(outcome_recorded, true)" if "outcome_recorded" in lines.columns else "true"
    reason = "arg_min(reason, (returned_at, return_id))" if "reason" in returns.columns else "NULL::VARCHAR"
    sql.run(
        connection,
        f"""
        CREATE TABLE ordered AS
        SELECT line_id AS order_line_id, order_id, pseudonym(customer_id) AS customer, product_id,
            normal({shared["size"]}) AS size, normal({shared["color"]}) AS color, ordered_at, {recorded} AS recorded,
            s.cancelled_at, s.label, s.settled_at, s.returned, r.reason
        FROM own_lines l JOIN settled s USING (line_id)
        LEFT JOIN (SELECT line_id, {reason} AS reason FROM own_returns GROUP BY line_id) r USING (line_id)
        """,
    )


def _functions(connection: duckdb.DuckDBPyConnection, pseudonym: Callable[[str], str] | None) -> None:
    """Register ``normal``, which gives null for a label that nobody sees, and ``pseudonym``, never called for null."""
    connection.create_function("normal", _normal, ["VARCHAR"], "VARCHAR", null_handling=SPECIAL)
    connection.create_function(
        "pseudonym", lambda own: own if pseudonym is None else pseudonym(own), ["VARCHAR"], "VARCHAR"
    )


def _normal(label: str | None) -> str | None:
    return None if label is None else normal_form(label)


def _pairs(connection: duckdb.DuckDBPyConnection, within_hours: float) -> None:
    """Make the table ``pairs``: for each joined score the order line, and by which rule."""
    same = " AND ".join(f"s.{name} IS NOT DISTINCT FROM o.{name}" for name in SAME)
    key = "request_id, basket, line"
    sql.run(
        connection,
        f"""
        CREATE TABLE by_id AS SELECT {key}, o.order_line_id, 'line_id' AS joined_by
        FROM scores s JOIN ordered o ON s.line_id = o.order_line_id AND s.product_id = o.product_id
        WHERE o.ordered_at >= s.scored_at - {SKEW};

        CREATE TABLE others AS
        SELECT {key}, scored_at, customer, product_id, normal(size) AS size, normal(color) AS color,
            row_number() OVER (PARTITION BY request_id, basket, product_id, normal(size), normal(color) ORDER BY line)
                AS place
        FROM scores ANTI JOIN by_id USING ({key}) WHERE customer IS NOT NULL;

        CREATE TABLE placed AS SELECT *,
            row_number() OVER (PARTITION BY order_id, product_id, size, color ORDER BY order_line_id) AS place
        FROM ordered WHERE customer IS NOT NULL;

        CREATE TABLE pairs AS SELECT * FROM by_id
        UNION ALL SELECT {key}, arg_min(o.order_line_id, (o.ordered_at, o.order_line_id)), 'customer'
        FROM others s JOIN placed o ON {same} AND s.place = o.place
            AND o.ordered_at >= s.scored_at - {SKEW}
            AND o.ordered_at <= s.scored_at + to_microseconds({int(within_hours * 3_600_000_000)})
        GROUP BY {key};
        """,
    )


def _write(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, int]:
    outcome = """
        CASE WHEN o.order_line_id IS NULL THEN 'not_ordered' WHEN o.cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN NOT o.recorded THEN 'unknown' WHEN o.returned THEN 'returned' WHEN o.returned = false THEN 'kept'
        ELSE 'open' END
    """
    sql.run(
        connection,
        f"""
        CREATE TABLE joined AS SELECT s.*, p.joined_by, o.order_id, o.order_line_id, o.ordered_at,
            CASE WHEN p.order_line_id IS NULL THEN NULL ELSE row_number() OVER (
                PARTITION BY p.order_line_id ORDER BY s.scored_at DESC, s.request_id DESC, s.basket DESC, s.line DESC
            ) = 1 END AS is_last,
            {outcome} AS outcome, o.label, o.settled_at, o.reason, u.tables_until
        FROM scores s LEFT JOIN pairs p USING (request_id, basket, line)
        LEFT JOIN ordered o USING (order_line_id) CROSS JOIN until u
        """,
    )
    names = ", ".join(sql.name(each.name) for each in COLUMNS)
    reader = connection.sql(f"SELECT {names} FROM joined ORDER BY scored_at, request_id, basket, line").to_arrow_reader(
        BATCH
    )
    with whole_file(file) as unfinished, pq.ParquetWriter(unfinished, SCHEMA, compression="zstd") as writer:
        for batch in _cast(reader):
            writer.write_table(batch)
    rows = sql.rows(connection, "SELECT outcome, count(*) FROM joined GROUP BY outcome ORDER BY outcome")
    return {str(name): int(count) for name, count in rows}


def _cast(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    for batch in reader:
        yield pa.Table.from_batches([batch]).cast(SCHEMA)
