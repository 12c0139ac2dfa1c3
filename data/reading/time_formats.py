"""Formats of times that read every cell that the reader could not: each was tried on all of them."""

import duckdb

from data import sql

DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d",
    "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%Y%m%d", "%Y年%m月%d日",
)  # fmt: skip
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p")
LOOKED_AT = 1000
"""Different cells that every format is tried on."""


def fitting(connection: duckdb.DuckDBPyConnection, cells: str) -> list[str]:
    """Find the formats that read each of the ``cells``, a query of ``value``; empty where none does."""
    layouts = [date + clock for date in DATES for clock in CLOCKS]
    reads = ", ".join(
        f"bool_and(coalesce(year(try_strptime(value, {sql.text(layout)})) BETWEEN 1990 AND 2100, FALSE))"
        for layout in layouts
    )
    some = f"SELECT DISTINCT value FROM ({cells}) WHERE value IS NOT NULL ORDER BY 1 LIMIT {LOOKED_AT}"
    found = sql.rows(connection, f"SELECT {reads} FROM ({some})")[0]
    return [layout for layout, fits in zip(layouts, found, strict=True) if fits]
