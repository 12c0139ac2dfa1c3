"""What to change in a mapping where cells can't be read, or rows are refused, by the rule that they break."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from data import sql
from data.reading import telling_values, time_formats

UNPARSABLE_TIME = "unparsable_time"
BY_RULE = {
    UNPARSABLE_TIME: 'set format to the form of these times, such as "%d.%m.%Y %H:%M", or "%d %b %Y" for a month in '
    "letters; without it they are ISO 8601",
    "ambiguous_time": "keep one of the two formats, as day and month can't be told apart by them; where parts of "
    "an export differ in the format, no mapping reads both: export them in one",
    "unparsable_number": "set decimal, thousands and unit to the signs in these numbers; where parts of an export "
    "differ in them, no mapping reads both: export them alike",
    "thousands_or_decimals": 'set decimal: "," and thousands: ".", if 1.000 is a thousand, or else decimal: "."',
    "spreadsheet_error": "a formula of a spreadsheet failed in these cells: export the file again, or fill them; or, "
    "where the rows are none of the table, leave them out by a rule of leave_out",
    "unparsable_boolean": "list these values under true or false",
    "missing_value": "map a column that is filled; where it is one of a joined file, compare the keys of both; where "
    "it stands on the first row of an order alone, name it under fill_down of the file",
    "time_out_of_bounds": "where this time stands for none, add it to missing as the file writes it, or set valid_from "
    "or valid_to",
    "differs_in_order": "lines of one order differ: where one number stands for an order in each of several shops, "
    "make order_lines.columns.order_id of both columns, {columns: [SHOP, NUMBER]}, and that of the returns alike; "
    "where the numbers begin again each year, make it of number and time, {columns: [NUMBER, TIME OF THE ORDER]}, if "
    "all lines of an order have one time, or else export a number with its year",
}
"""Each completes: under the column's key in the mapping, …"""

OR_LATEST = "; or, with order_id or customer_id in by, set choose: latest"
OF_ROWS = {
    "ambiguous_line": "add columns that returns and lines have to returns.match, such as customer_id to by, and size, "
    f"color or price_minor to prefer{OR_LATEST}",
    "above_ordered": "compare the pieces of returns and order lines; look for returns that stand twice under two ids",
    "unknown_line": "mend the order lines that were refused, if any; compare the keys of returns and order lines; then "
    "leave returns of orders before the export out by returns.leave_out, {column: …, before: …}",
    "refused_line": "their lines were refused: mend these first",
}
"""By rules of whole rows of returns."""
SHOWN = 3


@dataclass(frozen=True)
class Decided:
    """What ingest found out about the returns, on which it depends what is advised."""

    latest: bool = False
    """Whether the mapping has ``choose: latest`` already."""
    written_otherwise: bool = False
    """Whether returns name their line or order in another writing than the order lines."""
    unread_orders: bool = False
    """Whether no rule reads the column of the returns' order numbers."""

    @classmethod
    def of(cls, decisions: Mapping[str, Mapping[str, float]]) -> "Decided":
        """Look at the ``decisions`` of source.json: counts of each, by column."""
        line, order = (decisions.get(f"returns.{name}", {}) for name in ("line_id", "order_id"))
        return cls("latest" in line, "written_otherwise" in {**line, **order}, "unread_order_numbers" in order)

    def of_rows(self, rule: str) -> str:
        """Say what to change for returns that break a ``rule`` of whole rows."""
        if rule == "ambiguous_line" and self.unread_orders:
            return "match by the order, too: the notice of ingest names its column, which no rule reads"
        if rule == "unknown_line" and self.written_otherwise:
            return f"read the ids of both files alike, as the notice of ingest says; else, {OF_ROWS[rule]}"
        return OF_ROWS[rule].removesuffix(OR_LATEST) if self.latest else OF_ROWS[rule]


NOTHING = Decided()


def of_rule(
    table: str, column: str | None, rule: str, values: Sequence[str] = (), decided: Decided = NOTHING
) -> str | None:
    """Say what to change for the cells of a column, or the rows, that break a rule; None where that is not known.

    Parameters
    ----------
    values
        Some of the values that break it: where they say what they are, the fix is about that.
    decided
        What ingest found out about the returns.
    """
    if rule in OF_ROWS:
        return f"{rule}: {decided.of_rows(rule)}"
    if rule not in BY_RULE:
        return None
    return f"{table}.columns.{column}: {telling_values.fix(rule, column, values) or BY_RULE[rule]}"


def of_rejects(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    """Yield what to change for the rejects of a table, the most frequent first."""
    found = sql.rows(
        connection,
        'SELECT "column", rule, list(value ORDER BY length(key), key)[:3] FROM rejects '
        f'WHERE "table" = {sql.text(table)} GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT {SHOWN}',
    )
    for column, rule, all_values in found:
        values = [str(value) for value in all_values if value is not None]
        first = f" (the first is {values[0]!r})" if values and rule in BY_RULE else ""
        tried = _of_times(connection, table, column, values[0]) if values and rule == UNPARSABLE_TIME else None
        if fix := tried or of_rule(table, column, rule, values):
            yield fix if tried else f"{fix}{first}"


def _of_times(connection: duckdb.DuckDBPyConnection, table: str, column: str, example: str) -> str | None:
    """Name the formats that read every refused time of a column; None where there is none."""
    refused = f'"table" = {sql.text(table)} AND "column" = {sql.text(column)} AND rule = {sql.text(UNPARSABLE_TIME)}'
    layouts = time_formats.fitting(connection, f"SELECT value FROM rejects WHERE {refused}")
    if not layouts:
        return None
    which = "" if len(layouts) == 1 else "; which one is right?"
    listed = " or ".join(f'format: "{layout}"' for layout in layouts)
    return f"{table}.columns.{column}: add {listed}, which reads all of these times, such as {example!r}{which}"
