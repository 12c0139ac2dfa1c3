"""Formats of times that read every cell that the reader could not: each was tried on all of them."""

import duckdb

from data import sql
from data.reading import day_halves, months

DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d",
    "%y.%m.%d", "%y/%m/%d", "%y-%m-%d", "%d. %m. %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%a, %d %b %Y", "%Y%m%d",
    "%d%m%Y", "%Y年%m月%d日", "%y年%m月%d日", "%Y-%m-%d",
)  # fmt: skip
CLOCKS = (
    "", " %H:%M", " %H:%M:%S", " %Hh%M", " %H.%M", " %I:%M %p", " %I:%M:%S %p", " %p %I:%M", " %p %I:%M:%S",
    " %p%I:%M", ", %H:%M", ", %I:%M %p", " %H时%M分", " %H:%M:%S %z",
)  # fmt: skip
LOOKED_AT = 1000
"""Different cells that every format is tried on."""


def fitting(connection: duckdb.DuckDBPyConnection, cells: str) -> list[str]:
    """Find the formats that read each of the ``cells``, a query of ``value``; empty where none does."""
    layouts = [date + clock for date in DATES for clock in CLOCKS]
    reads = ", ".join(
        f"bool_and(coalesce(year(try_strptime({_body(layout)}, {sql.text(layout)})) BETWEEN 1990 AND 2100, FALSE))"
        for layout in layouts
    )
    some = f"SELECT DISTINCT value FROM ({cells}) WHERE value IS NOT NULL ORDER BY 1 LIMIT {LOOKED_AT}"
    halves = f"SELECT {day_halves.english('value')} AS halved FROM ({some})"
    bodies = f"SELECT halved, {months.english('halved', '%b')} AS named FROM ({halves})"
    found = sql.rows(connection, f"SELECT {reads} FROM ({bodies})")[0]
    return [layout for layout, fits in zip(layouts, found, strict=True) if fits]


def _body(layout: str) -> str:
    return "named" if months.has_name(layout) else "halved"
