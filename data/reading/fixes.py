"""What to change in a mapping where cells can't be read, or rows are refused, by the rule that they break."""

from collections.abc import Iterator

import duckdb

from data import sql
from data.reading import time_formats

UNPARSABLE_TIME = "unparsable_time"
BY_RULE = {
    UNPARSABLE_TIME: 'set format to the form of these times, such as "%d.%m.%Y %H:%M", or "%d %b %Y" for a month in '
    "letters; without it they are ISO 8601",
    "ambiguous_time": "keep one of the two formats, as day and month can't be told apart by them",
    "unparsable_number": "set decimal, thousands and unit to the signs in these numbers",
    "thousands_or_decimals": 'set decimal: "," and thousands: ".", if 1.000 is a thousand, or else decimal: "."',
    "unparsable_boolean": "list these values under true or false",
    "missing_value": "map a column that is filled; where it is one of a joined file, compare the keys of both; where "
    "it stands on the first row of an order alone, name it under fill_down of the file",
    "time_out_of_bounds": "where this time stands for none, add it to missing as the file writes it, or set valid_from "
    "or valid_to",
    "differs_in_order": "lines of one order differ: where one number stands for an order in each of several shops, "
    "make order_lines.columns.order_id of both columns, {columns: [SHOP, NUMBER]}, and that of the returns alike",
}
"""Each completes: under the column's key in the mapping, …"""

OF_ROWS = {
    "ambiguous_line": "add columns that both files have to returns.match, such as customer_id to by, and size, color "
    "or price_minor to prefer; or set choose: latest",
    "above_ordered": "compare the pieces of returns and order lines; look for returns that stand twice under two ids",
    "unknown_line": "leave returns of orders before the export out by returns.leave_out, {column: …, before: …}",
    "refused_line": "their lines were refused: mend these first",
}
"""By rules of whole rows of returns."""
SHOWN = 3


def of_rule(table: str, column: str | None, rule: str, example: str | None = None) -> str | None:
    """Say what to change for the cells of a column, or the rows, that break a rule; None where that is not known."""
    if rule in OF_ROWS:
        return f"{rule}: {OF_ROWS[rule]}"
    if rule not in BY_RULE:
        return None
    return f"{table}.columns.{column}: {BY_RULE[rule]}{f' (the first is {example!r})' if example else ''}"


def of_rejects(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    """Yield what to change for the rejects of a table, the most frequent first."""
    found = sql.rows(
        connection,
        'SELECT "column", rule, first(value ORDER BY length(key), key) FROM rejects '
        f'WHERE "table" = {sql.text(table)} GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT {SHOWN}',
    )
    for column, rule, value in found:
        tried = _of_times(connection, table, column, value) if rule == UNPARSABLE_TIME else None
        if fix := tried or of_rule(table, column, rule, value):
            yield fix


def _of_times(connection: duckdb.DuckDBPyConnection, table: str, column: str, example: str) -> str | None:
    """Name the formats that read every refused time of a column; None where there is none."""
    refused = f'"table" = {sql.text(table)} AND "column" = {sql.text(column)} AND rule = {sql.text(UNPARSABLE_TIME)}'
    layouts = time_formats.fitting(connection, f"SELECT value FROM rejects WHERE {refused}")
    if not layouts:
        return None
    which = "" if len(layouts) == 1 else "; which one is right?"
    listed = " or ".join(f'format: "{layout}"' for layout in layouts)
    return f"{table}.columns.{column}: add {listed}, which reads all of these times, such as {example!r}{which}"
