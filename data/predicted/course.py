"""What became of every order line of a shop, and when: the same outcomes that training and counters have."""

from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa

from data import tables
from data.outcome import OutcomeParams, outcomes
from data.schema import ORDER_LINES, RETURNS

OF_LINES = ("line_id", "order_id", "customer_id", "product_id", "ordered_at", "price_minor", "quantity")
OF_OUTCOMES = ("closes_at", "cancelled_at", "settled_at", "label")


def course(folder: Path, outcome: OutcomeParams, known_until: datetime | None = None) -> pa.Table:
    """Read it from the canonical tables in ``folder``: the columns `OF_LINES` and `OF_OUTCOMES`, by time and id.

    Parameters
    ----------
    known_until
        As `data.outcome.as_of` takes it.

    Raises
    ------
    UserError
        A table is missing.
    """
    for table in (ORDER_LINES, RETURNS):
        tables.columns(table, folder)  # names a missing file
    backend = ibis.duckdb.connect()
    try:
        lines, returns = (backend.read_parquet(tables.path(table, folder)) for table in (ORDER_LINES, RETURNS))
        found = outcomes(lines, returns, outcome, known_until).select("line_id", *OF_OUTCOMES)
        joined = lines.select(*OF_LINES).inner_join(found, "line_id").order_by("ordered_at", "line_id")
        return backend.to_pyarrow(joined.select(*OF_LINES, *OF_OUTCOMES))
    finally:
        backend.disconnect()
