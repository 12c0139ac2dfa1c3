"""Typed rows of an input; rows with a cell that can't be read, or without a required value, become rejects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from data import sql
from data.logs import log
from data.personal_data.masking import shown
from data.reading.labels import normal_form
from data.schema import CUSTOMER_IDS, Table
from data.sources import rejects
from data.sources.mapped import clock_changes
from data.sources.mapped.cells import SPREADSHEET_ERROR, Cell, Reading, cell, source
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.signs import thousands

IDS = "customer_ids"
"""The table of all customer ids, in the columns ``raw`` and ``hashed``."""

Broken = Literal["dropped", "marked", "blanked"]
"""How a row with a broken cell is handled, besides its entry in rejects: left out; or kept and marked in the column
``_broken``; or kept with the cell missing, for tables that are collected from many rows a key."""


SHIFTED, MOSTLY_READ = 2, 0.5
"""Cells of a shifted row that can't be read, and the largest share of such cells in a column that is mostly read."""

EXAMPLES = 3
"""Examples of a decision that the report has."""

POSITION = "place || (line + _row - _from)"
"""SQL over `placed` rows: the file and line of a row."""

Why = Literal["copy", "left out", "refused"]


@dataclass(frozen=True)
class Gone:
    """Rows of one file that did not become rows of ``table``: why, by which rule, and how many."""

    table: str
    file: str
    why: Why
    rule: str
    count: int


@dataclass
class Work:
    """The state of one reading: the session's connection, the mapping, and the counts of decisions."""

    connection: duckdb.DuckDBPyConnection
    mapping: Mapping
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)
    examples: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Some places, or values that are not personal, of the decisions of the same names."""
    notices: list[str] = field(default_factory=list)
    """What a reader of the mapping should look at, though nothing is wrong for certain."""
    gone: list[Gone] = field(default_factory=list)
    """Rows that did not become rows of a table."""
    wrapped: set[str] = field(default_factory=set)
    """Inputs whose texts stand as formulas of a spreadsheet."""
    ascii_only: set[str] = field(default_factory=set)
    """Inputs without a sign beyond ASCII."""

    def decide(self, column: str, what: str, cells: int, examples: Sequence[str] = ()) -> None:
        """Record that ``what`` was decided for so many ``cells`` of ``column``, if any, with some ``examples``."""
        if cells:
            self.record(column, what, cells)
        if cells and examples:
            self.examples.setdefault(column, {})[what] = list(examples)

    def decide_rows(self, column: str, what: str, file: str, rows: str) -> None:
        """Record that ``what`` was decided for the ``rows`` of the input ``file``, a query of ``_row``, if any."""
        count = sql.number(self.connection, f"SELECT count(*) FROM ({rows})")
        self.decide(column, what, count, self.places(file, rows) if count else ())

    def notice(self, text: str) -> None:
        """Log ``text`` and keep it for the report."""
        log.warning("ingest: %s", text)
        self.notices.append(text)

    def record(self, column: str, what: str, figure: float) -> None:
        """Record ``figure`` of ``column``: a count, or a share rounded to 4 digits, the same on all machines."""
        self.decisions.setdefault(column, {})[what] = figure if isinstance(figure, int) else round(float(figure), 4)

    def let_go(self, table: str, why: Why, query: str) -> None:
        """Record rows that did not become rows of ``table``; ``query`` yields their rule, file and count."""
        found = sql.rows(self.connection, f"{query} ORDER BY 1, 2")
        self.gone += [Gone(table, str(file), why, str(rule), int(count)) for rule, file, count in found]

    def places(self, file: str, rows: str) -> list[str]:
        """Name the first places of the ``rows`` of the input ``file``, a query of ``_row``, in the file's order."""
        found = sql.rows(self.connection, f"SELECT DISTINCT _row FROM ({rows}) ORDER BY 1 LIMIT {EXAMPLES}")
        return [self.place(file, int(row)) for (row,) in found]

    def place(self, file: str, row: int) -> str:
        """Name the place of the row ``_row`` of the input ``file``: its file and line."""
        before = f"FROM {sql.name(f'places_{file}')} WHERE _row <= {row} ORDER BY _row DESC LIMIT 1"
        return str(sql.rows(self.connection, f"SELECT place || (line + {row} - _row) {before}")[0][0])


def most_frequent(work: Work, cells: str, most: int) -> str:
    """Name the values of ``cell`` in the query ``cells``, the most frequent first, for a message; empty for none.

    Of a value that may be personal, its shape is named.
    """
    found = sql.rows(
        work.connection,
        f"SELECT cell, count(*) FROM ({cells}) WHERE cell IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}",
    )
    return ", ".join(f"{shown(str(value))!r} on {count} rows" for value, count in found)


def rows_of(file: str) -> str:
    """The quoted name of the prepared rows of the input ``file``: ``_row``, ``_file``, and the columns as text."""
    return sql.name(f"rows_{file}")


def sample_of(file: str) -> str:
    """The quoted name of some of the prepared rows of the input ``file``, spread over all of them."""
    return sql.name(f"sample_{file}")


def cells_of(work: Work, table: Table, file: str, columns: dict[str, ColumnRule]) -> list[Cell]:
    """Describe how the ``columns`` of ``table`` are read from ``file``, for columns that cells or a constant feed."""
    direct = {name: rule for name, rule in columns.items() if rule.sources or rule.constant is not None}
    read = reading(work, file)
    return [cell(table.column(name), _spelled(work, file, rule, read), read) for name, rule in direct.items()]


def _spelled(work: Work, file: str, rule: ColumnRule, read: Reading) -> ColumnRule:
    """Give ``rule`` with the translation of every spelling in the file of a label that it translates."""
    if not rule.labels:
        return rule
    forms = {normal_form(own): label for own, label in rule.labels.items()}
    found = sql.rows(work.connection, f"SELECT DISTINCT {source(rule, read)} AS label FROM {rows_of(file)} ORDER BY 1")
    spelled = {text: forms[form] for (text,) in found if text and (form := normal_form(text)) in forms}
    return rule.model_copy(update={"labels": spelled})


def reading(work: Work, file: str) -> Reading:
    """Describe how all cells of ``file`` are read."""
    mapping = work.mapping
    return Reading(
        mapping.files[file].missing, mapping.timezone, mapping.digits, file in work.wrapped, file in work.ascii_only
    )


def read(
    work: Work,
    table: Table,
    file: str,
    cells: Sequence[Cell],
    into: str,
    broken: Broken = "dropped",
    where: str = "TRUE",
) -> None:
    """Make the table ``into``: ``_row``, ``_file`` and a typed column for each of ``cells``, customers as hashes.

    A time has a column beside it, ``_date_NAME``: whether it is a date without a time of day. Rows with a cell that
    can't be read become rejects. Rows without a required value become rejects, too, unless ``broken`` is ``blanked``.

    Parameters
    ----------
    where
        A condition in SQL over the prepared rows; other rows are skipped.
    """
    failures = _failures(cells, needed=broken != "blanked")
    source = layers(file, cells, where)
    values = "".join(f", {_value(item)} AS {sql.name(item.column.name)}" for item in cells)
    dates = "".join(
        f", coalesce({item.is_date}, FALSE) AS {date_of(item.column.name)}" for item in cells if item.is_date
    )
    dates += "".join(
        f", {decimals} AS {mark}"
        for item in cells
        for mark, decimals in zip(thousands.marks(item), item.decimals, strict=True)
    )
    failed = " OR ".join(condition for _, _, condition in failures) or "FALSE"
    marks = _marks(cells)
    marked = "".join(f", {condition} AS {name}" for name, _, _, condition in marks)
    query = f"SELECT _row, _file{values}{dates}{marked}, {failed} AS _broken FROM {source} {_with_ids(cells)}"
    sql.run(work.connection, f"CREATE TABLE {into} AS {query}")
    failures += _undecided(work, cells, into)
    any_broken, *counts = _counts(work, into, [name for name, *_ in marks])
    if any_broken:
        refused = f"{source} SEMI JOIN (FROM {into} WHERE _broken) USING (_row)"
        shifted = _shifted(work, failures, refused, sql.number(work.connection, f"SELECT count(*) FROM {into}"))
        for failure in failures:
            _reject(work, table, file, cells, refused, failure, shifted)
    for (name, column, what, _), count in zip(marks, counts, strict=True):
        work.decide(f"{table.name}.{column}", what, count)
        sql.run(work.connection, f"ALTER TABLE {into} DROP {name}")
    for item in (item for item in cells if item.decimals):
        thousands.count(work, table.name, file, item, into)
    for item in (item for item in cells if item.naive):
        local = layers(file, [item], "_row IN (SELECT _row FROM near_changes)")
        clock_changes.count(work, table.name, file, item, local, into)
    if any_broken:
        work.let_go(table.name, "refused", f"SELECT 'refused', _file, count(*) FROM {into} WHERE _broken GROUP BY ALL")
        if broken == "dropped":
            sql.run(work.connection, f"DELETE FROM {into} WHERE _broken")
    if broken != "marked":
        sql.run(work.connection, f"ALTER TABLE {into} DROP _broken")


def _counts(work: Work, into: str, marks: Sequence[str]) -> list[int]:
    """Count the broken rows of ``into``, and the others with each of ``marks``."""
    tests = ["_broken", *(f"{name} AND NOT _broken" for name in marks)]
    figures = ", ".join(f"count(*) FILTER ({test})" for test in tests)
    return [int(count) for count in sql.rows(work.connection, f"SELECT {figures} FROM {into}")[0]]


def _undecided(work: Work, cells: Sequence[Cell], into: str) -> list[tuple[Cell, str, str]]:
    """Mark the rows of ``into`` with a whole number that may be a thousand times as large as broken."""
    found = []
    for item in cells:
        condition = thousands.undecided(work, item, into)
        if condition is not None:
            rows, table = f"SELECT _row FROM {into} WHERE {condition}", sql.name(f"undecided_{item.column.name}")
            sql.run(work.connection, f"CREATE OR REPLACE TEMP TABLE {table} AS {rows}")
            sql.run(work.connection, f"UPDATE {into} SET _broken = TRUE WHERE _row IN (FROM {table})")
            found.append((item, thousands.RULE, f"_row IN (FROM {table})"))
    return found


def placed(file: str, rows: str) -> str:
    """SQL: the query ``rows`` of the input ``file``, in brackets and with ``_row``, with what `POSITION` reads."""
    places = f"(SELECT _row AS _from, place, line FROM {sql.name(f'places_{file}')})"
    return f"{rows} AS placed ASOF JOIN {places} AS places ON placed._row >= places._from"


def date_of(column: str) -> str:
    """The quoted name of the column that says whether the time ``column`` is a date without a time of day."""
    return sql.name(f"_date_{column}")


def layers(file: str, cells: Sequence[Cell], where: str = "TRUE", source: str = "") -> str:
    """SQL: the prepared rows of ``file``, or the table ``source`` of them, with the layers of each cell."""
    texts = "".join(f", {item.source} AS {item.text}" for item in cells)
    texts += "".join(f", {text} AS {sql.name(name)}" for item in cells for name, text in item.more.items())
    texts += "".join(f", {item.unmatched} AS {_unmatched(item)}" for item in cells if item.unmatched != "FALSE")
    parsed = "".join(f", {item.parsed} AS {item.parse}" for item in cells)
    return f"(SELECT *{parsed} FROM (SELECT _row, _file{texts} FROM {source or rows_of(file)} WHERE {where}))"


def _marks(cells: Sequence[Cell]) -> list[tuple[str, str, str, str]]:
    """List what is counted of the cells: the mark's name, the column, the decision's name, and its condition."""
    marks = []
    for item in cells:
        name = item.column.name
        if item.outside != "FALSE":
            marks.append((sql.name(f"_outside_{name}"), name, "placeholder", f"coalesce({item.outside}, FALSE)"))
        if item.unmatched != "FALSE":
            marks.append((sql.name(f"_unmatched_{name}"), name, "not_extracted", _unmatched(item)))
        if item.failed != "FALSE":
            marks.append((sql.name(f"_failed_{name}"), name, SPREADSHEET_ERROR, item.failed))
        if name.endswith("_minor"):
            inexact = f"coalesce({item.exact} <> {item.minor}, FALSE)"
            marks.append(
                (sql.name(f"_rounded_{name}"), name, "rounded_per_piece" if item.per_line else "rounded", inexact)
            )
    return marks


def _unmatched(item: Cell) -> str:
    return sql.name(f"u_{item.column.name}")


def _failures(cells: Sequence[Cell], *, needed: bool) -> list[tuple[Cell, str, str]]:
    """List the reasons to refuse a row: the broken cell, its rule, and the condition as SQL."""
    failures = [(item, item.rule, item.broken) for item in cells if item.rule]
    failures += [(item, "ambiguous_time", item.ambiguous) for item in cells if item.ambiguous != "FALSE"]
    if needed:
        failures += [(item, "missing_value", item.absent) for item in cells if not item.column.nullable]
    return failures


def _shifted(work: Work, failures: list[tuple[Cell, str, str]], source: str, rows: int) -> str:
    """SQL over the layers: whether the cells of a row stand in the columns of others, as behind one cell too many.

    Several cells can't be read, each in a column that most rows fill with what can.
    """
    unread = [condition for item, rule, condition in failures if rule == item.rule]
    if len(unread) < SHIFTED:
        return "FALSE"
    counts = sql.rows(
        work.connection, f"SELECT {', '.join(f'count(*) FILTER ({each})' for each in unread)} FROM {source}"
    )
    rare = [each for each, count in zip(unread, counts[0], strict=True) if count <= MOSTLY_READ * rows]
    return f"({' + '.join(f'({each})::INT' for each in rare)}) >= {SHIFTED}" if len(rare) >= SHIFTED else "FALSE"


def _reject(
    work: Work,
    table: Table,
    file: str,
    cells: Sequence[Cell],
    source: str,
    failure: tuple[Cell, str, str],
    shifted: str,
) -> None:
    blamed, rule, condition = failure
    kept = rejects.PLAIN if blamed.rule == "unparsable_boolean" else rejects.ODD
    rejects.add(
        work.connection,
        f"SELECT DISTINCT {sql.text(table.name)} AS of_table, {_key(table, cells)} AS of_key, "
        f"{sql.text(blamed.column.name)} AS of_column, {sql.text(rule)} AS of_rule, {blamed.shown} AS of_value, "
        f"CASE WHEN {shifted} THEN {sql.text(rejects.SHIFTED)} ELSE {sql.text(kept)} END AS how "
        f"FROM {placed(file, f'(FROM {source})')} {_with_ids(cells)} WHERE {condition}",
    )


def _key(table: Table, cells: Sequence[Cell]) -> str:
    """SQL: the key of a row in rejects; its file and line where the row has no key."""
    own = [f"coalesce({_value(item)}, {POSITION})" for item in cells if item.column.name == table.key]
    return own[0] if own else POSITION


def _value(item: Cell) -> str:
    return f"{_ids(item)}.hashed" if item.column.name in CUSTOMER_IDS else item.value


def _with_ids(cells: Sequence[Cell]) -> str:
    """SQL: joins of the hashes of the customers that the ``cells`` name."""
    customers = [item for item in cells if item.column.name in CUSTOMER_IDS]
    return " ".join(f"LEFT JOIN {IDS} AS {_ids(item)} ON {_ids(item)}.raw = {item.parse}" for item in customers)


def _ids(item: Cell) -> str:
    return sql.name(f"_ids_of_{item.column.name}")
