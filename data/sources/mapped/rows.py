"""Typed rows of a loaded file; rows with a cell that can't be read, or without a required value, become rejects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from data import sql
from data.schema import CUSTOMERS, Table
from data.sources.mapped.cells import Cell, Reading, cell
from data.sources.mapped.mapping import ColumnRule, Mapping

IDS = "customer_ids"
"""The table of all customer ids, in the columns ``raw`` and ``hashed``."""

Broken = Literal["dropped", "marked", "blanked"]
"""How a row with a broken cell is handled, besides its entry in rejects: left out; or kept and marked in the column
``_broken``; or kept with the cell missing, for tables that are collected from many rows a key."""


@dataclass
class Work:
    """The state of one reading: the session's connection, the mapping, and the counts of decisions."""

    connection: duckdb.DuckDBPyConnection
    mapping: Mapping
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)

    def decide(self, column: str, what: str, cells: int) -> None:
        """Record that ``what`` was decided for so many ``cells`` of ``column``, if any."""
        if cells:
            self.record(column, what, cells)

    def record(self, column: str, what: str, figure: float) -> None:
        """Record ``figure`` of ``column``: a count, or a share rounded to 4 digits, the same on all machines."""
        self.decisions.setdefault(column, {})[what] = figure if isinstance(figure, int) else round(float(figure), 4)


def cells_of(work: Work, table: Table, file: str, columns: dict[str, ColumnRule]) -> list[Cell]:
    """Describe how the ``columns`` of ``table`` are read from ``file``, for columns that a cell or constant feeds."""
    direct = {name: rule for name, rule in columns.items() if rule.column is not None or rule.constant is not None}
    return [cell(table.column(name), rule, reading(work, file)) for name, rule in direct.items()]


def reading(work: Work, file: str) -> Reading:
    """Describe how all cells of ``file`` are read."""
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

    Rows with a cell that can't be read become rejects. Rows without a required value become rejects, too, unless
    ``broken`` is ``blanked``. ``only`` is a condition in SQL; other rows are skipped.
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
    """List the reasons to refuse a row: the broken cell, its rule, and the condition as SQL."""
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
    """SQL: the key of a row in rejects; its file and row number where the row has no key."""
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
