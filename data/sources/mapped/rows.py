"""From a staged file to typed rows: those with a cell that can't be read, or lacks a needed value, become rejects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from data import sql
from data.schema import CUSTOMERS, Table
from data.sources.mapped.cells import Cell, Reading, cell
from data.sources.mapped.mapping import ColumnRule, Mapping

IDS = "customer_ids"
"""The table (raw, hashed) of all customers' ids."""

Broken = Literal["dropped", "marked", "blanked"]
"""What becomes of a row with a broken cell, beside its entry in rejects: left out; kept and marked by the column
``_broken``; or kept with the cell missing, for tables gathered from many rows of which one is enough."""


@dataclass
class Work:
    """One reading of a shop's files: the connection that holds everything, and the counts made on the way."""

    connection: duckdb.DuckDBPyConnection
    mapping: Mapping
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)

    def decide(self, column: str, what: str, cells: int) -> None:
        """Count ``cells`` of ``column`` for which ``what`` was decided."""
        if cells:
            self.tell(column, what, cells)

    def tell(self, column: str, what: str, figure: float) -> None:
        """Note ``figure``, a count or a share (to 4 digits, on which all machines agree), of ``column``."""
        self.decisions.setdefault(column, {})[what] = figure if isinstance(figure, int) else round(float(figure), 4)


def cells_of(work: Work, table: Table, file: str, columns: dict[str, ColumnRule]) -> list[Cell]:
    """Say how each of the ``columns`` of ``table`` that a cell or constant feeds is read from ``file``."""
    direct = {name: rule for name, rule in columns.items() if rule.column is not None or rule.constant is not None}
    return [cell(table.column(name), rule, reading(work, file)) for name, rule in direct.items()]


def reading(work: Work, file: str) -> Reading:
    """Say what all cells of ``file`` share."""
    mapping = work.mapping
    return Reading(mapping.files[file].missing, mapping.timezone, mapping.minor_digits)


def read(
    work: Work,
    table: Table,
    file: str,
    cells: Sequence[Cell],
    into: str,
    broken: Broken = "dropped",
    only: str = "TRUE",
) -> None:
    """Make the table ``into``: ``_row``, ``_file`` and a typed column for each of ``cells``, customers as hashes.

    Rows with a cell that can't be read go to ``rejects``, and so do rows without a value that the table needs, unless
    ``broken`` cells are blanked. Rows that ``only``, a condition in SQL, doesn't hold for are passed over.
    """
    failures = _failures(cells, needed=broken != "blanked")
    source = f"(FROM {layers(file, cells)} WHERE {only})"
    values = "".join(f", {_value(item)} AS {sql.name(item.column.name)}" for item in cells)
    failed = " OR ".join(condition for _, _, condition in failures) or "FALSE"
    query = f"SELECT _row, _file{values}, {failed} AS _broken FROM {source} {_with_ids(cells)}"
    sql.run(work.connection, f"CREATE TABLE {into} AS {query}")
    if sql.number(work.connection, f"SELECT count(*) FROM {into} WHERE _broken"):
        refused = f"{source} SEMI JOIN (FROM {into} WHERE _broken) USING (_row)"
        for blamed, rule, condition in failures:
            _reject(work, table, cells, refused, blamed, rule, condition)
    if broken == "dropped":
        sql.run(work.connection, f"DELETE FROM {into} WHERE _broken")
    if broken != "marked":
        sql.run(work.connection, f"ALTER TABLE {into} DROP _broken")
    _count_placeholders(work, table, source, cells)


def layers(file: str, cells: Sequence[Cell]) -> str:
    """SQL: the rows of ``file`` with the layers of each cell, see `cells`."""
    texts = "".join(f", {item.source} AS {item.text}" for item in cells)
    parsed = "".join(f", {item.parsed} AS {item.parse}" for item in cells)
    return f"(SELECT *{parsed} FROM (SELECT rowid AS _row, _file{texts} FROM {sql.name(f'file_{file}')}))"


def _failures(cells: Sequence[Cell], *, needed: bool) -> list[tuple[Cell, str, str]]:
    """List what refuses a row: the cell to blame, the rule it breaks, and the condition as SQL."""
    failures = [(item, item.rule, item.broken) for item in cells if item.rule]
    if needed:
        failures += [(item, "missing_value", item.absent) for item in cells if not item.column.nullable]
    return failures


def _reject(
    work: Work, table: Table, cells: Sequence[Cell], source: str, blamed: Cell, rule: str, condition: str
) -> None:
    sql.run(
        work.connection,
        f"INSERT INTO rejects SELECT DISTINCT {sql.text(table.name)}, {_key(table, cells)}, "
        f"{sql.text(blamed.column.name)}, {sql.text(rule)}, {blamed.shown} "
        f"FROM (FROM {source}) {_with_ids(cells)} WHERE {condition}",
    )


def _key(table: Table, cells: Sequence[Cell]) -> str:
    """SQL: what names the row in rejects; the file and the row's number where it has no key."""
    position = "_file || ':row ' || (_row + 1)"
    own = [f"coalesce({_value(item)}, {position})" for item in cells if item.column.name == table.key]
    return own[0] if own else position


def _value(item: Cell) -> str:
    return "_ids.hashed" if item.column.name == CUSTOMERS.key else item.value


def _with_ids(cells: Sequence[Cell]) -> str:
    customer = next((item for item in cells if item.column.name == CUSTOMERS.key), None)
    return f"LEFT JOIN {IDS} AS _ids ON _ids.raw = {customer.parse}" if customer else ""


def _count_placeholders(work: Work, table: Table, source: str, cells: Sequence[Cell]) -> None:
    bounded = [item for item in cells if item.outside != "FALSE"]
    if not bounded:
        return
    counts = ", ".join(f"count(*) FILTER ({item.outside})" for item in bounded)
    found = sql.rows(work.connection, f"SELECT {counts} FROM {source}")[0]
    for item, count in zip(bounded, found, strict=True):
        work.decide(f"{table.name}.{item.column.name}", "placeholder", count)
