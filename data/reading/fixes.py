"""What to change in a mapping where cells can't be read, by the rule that they break."""

from collections.abc import Iterator

import duckdb

from data import sql

BY_RULE = {
    "unparsable_time": 'set format to the form of these times, such as "%d.%m.%Y %H:%M"; without it they are ISO 8601',
    "ambiguous_time": "keep one of the two formats, as day and month can't be told apart by them",
    "unparsable_number": "set decimal, thousands and unit to the signs in these numbers",
    "thousands_or_decimals": 'set decimal: "," and thousands: ".", if 1.000 is a thousand, or else decimal: "."',
    "unparsable_boolean": "list these values under true or false",
    "missing_value": "map a column that is filled; where it is one of a joined file, compare the keys of both",
}
"""Each completes: under the column's key in the mapping, …"""
SHOWN = 3


def of_rule(table: str, column: str | None, rule: str, example: str | None = None) -> str | None:
    """Say what to change for the cells of a column that break a rule; None for rules of whole rows."""
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
    yield from filter(None, (of_rule(table, column, rule, value) for column, rule, value in found))
