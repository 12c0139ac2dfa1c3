"""Values of SQL over one cell."""

from typing import Any

import duckdb

from data import sql


def value(expression: str, cell: str | None) -> Any:
    """The value of ``expression`` over the column ``x`` that holds ``cell``."""
    with duckdb.connect() as connection:
        sql.run(connection, "SET TimeZone = 'UTC'")
        text = "NULL::VARCHAR" if cell is None else sql.text(cell)
        return sql.rows(connection, f"SELECT {expression} FROM (SELECT {text} AS x)")[0][0]
