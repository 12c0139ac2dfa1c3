"""What the shop's tables know of orders and returns, for the join with decisions."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from data import sql, tables
from data.errors import UserError
from data.outcome import OutcomeParams, as_of, counting_returns, outcomes
from data.predicted import columns as predicted
from data.schema import ORDER_LINES, RETURNS
from data.times import to_us
from training.decisions.experiment.visits import Placed

PREDICTED = predicted.FOLDER / predicted.FILE


def read_placed(
    folder: Path, outcome: OutcomeParams, pseudonym: Callable[[str], str] | None, scored: Path = PREDICTED
) -> Placed:
    """Read the tables in ``folder``.

    Parameters
    ----------
    pseudonym
        Gives the keyed hash of a customer of the tables; None where they hold hashes already.
    scored
        The predictions with outcomes, which tell the orders of guests; there may be none.

    Raises
    ------
    UserError
        A table is missing or holds no time.
    """
    backend = ibis.duckdb.connect()
    try:
        lines, returns = (backend.read_parquet(tables.checked(table, folder)) for table in (ORDER_LINES, RETURNS))
        connection = backend.con
        if pseudonym is None:
            sql.run(connection, "CREATE MACRO hashed(own) AS own")
        else:
            connection.create_function("hashed", pseudonym, ["VARCHAR"], "VARCHAR")
        backend.create_view("own_lines", lines)
        backend.create_view("own_returns", returns)
        latest = backend.to_pyarrow(as_of(lines, returns)).as_py()
        if latest is None:
            raise UserError(
                expected=f"orders in the tables in {folder}", found="none", fix="run the pipeline: dvc repro"
            )
        sql.run(connection, f"CREATE TABLE settled AS {backend.compile(outcomes(lines, returns, outcome))}")
        sql.run(connection, f"CREATE TABLE back AS {backend.compile(counting_returns(lines, returns, outcome))}")
        return Placed(
            _lines(backend, lines.columns), _returns(connection, returns.columns), _guests(scored), to_us(latest)
        )
    finally:
        backend.disconnect()


def _lines(backend: Backend, columns: tuple[str, ...]) -> pd.DataFrame:
    recorded = "coalesce(outcome_recorded, true)" if "outcome_recorded" in columns else "true"
    found: pd.DataFrame = backend.con.sql(
        f"""
        SELECT l.line_id, l.order_id, hashed(l.customer_id) AS customer, epoch_us(l.ordered_at) AS ordered_at,
            l.product_id, l.quantity, (l.quantity * l.price_minor)::DOUBLE AS value_minor,
            epoch_us(s.cancelled_at)::DOUBLE AS cancelled_at
        FROM own_lines l JOIN settled s USING (line_id) WHERE {recorded} ORDER BY l.line_id
        """
    ).df()
    return found


def _returns(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> pd.DataFrame:
    """The returns that count. Of several of a line at one moment that name different reasons, none is taken."""
    reason = "reason" if "reason" in columns else "NULL::VARCHAR"
    found: pd.DataFrame = connection.sql(
        f"""
        WITH named AS (
            SELECT line_id, returned_at,
                CASE WHEN min({reason}) = max({reason}) AND min({reason}) <> 'UNKNOWN' THEN min({reason}) END AS reason
            FROM own_returns GROUP BY ALL
        )
        SELECT b.line_id, epoch_us(b.returned_at) AS returned_at, b.pieces::DOUBLE AS pieces,
            b.pieces_back = b.pieces AS first, n.reason
        FROM back b LEFT JOIN named n USING (line_id, returned_at)
        ORDER BY b.line_id, b.returned_at, b.pieces_back
        """
    ).df()
    return found.assign(reason=found["reason"].astype(object).where(found["reason"].notna(), None))


def _guests(scored: Path) -> pd.DataFrame:
    """The orders of guests' baskets, by the ids of their lines; a basket that nobody ordered has a row, too."""
    names = ["request_id", "basket_id", "order_id"]
    if not scored.is_file():
        return pd.DataFrame(columns=names, dtype=object)
    columns = [*names, "customer", "line_id", "joined_by"]
    wanted: pd.DataFrame = pq.read_table(scored, columns=columns).to_pandas()
    guests = wanted[wanted["customer"].isna() & wanted["line_id"].notna()]
    found = guests.assign(order_id=guests["order_id"].where(guests["joined_by"] == "line_id", None))
    unique: pd.DataFrame = found[names].drop_duplicates(ignore_index=True)
    return unique
