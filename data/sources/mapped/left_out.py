"""Rows that rules of the mapping leave out of a table, each counted under the first rule that holds for it."""

from collections.abc import Mapping

from data import sql
from data.errors import UserError
from data.schema import CUSTOMERS, ORDER_LINES, Table
from data.sources.mapped import conditions, currencies
from data.sources.mapped.cleaning import clean
from data.sources.mapped.mapping.conditions import Condition
from data.sources.mapped.rows import Work, most_frequent, reading, rows_of
from data.sources.mapped.signs import idle_rules

EMPTY, RETURNS, GUEST = "empty_row", "rows_of_returns", "guest"


def lines(work: Work) -> str:
    """SQL over the prepared rows of the order lines: whether a row is a line; rows left out are counted.

    Raises
    ------
    UserError
        A row that stays has another currency than the mapping says.
    """
    mapping, file = work.mapping, work.mapping.file_of_lines
    own: dict[str, tuple[Condition, ...]] = {} if mapping.returns.rows is None else {RETURNS: mapping.returns.rows}
    where = kept(work, ORDER_LINES, file, {**own, **mapping.order_lines.leave_out})
    idle_rules.of_table(work, ORDER_LINES.name, file, "returns.rows", own)
    idle_rules.of_table(work, ORDER_LINES.name, file, "order_lines.leave_out", mapping.order_lines.leave_out)
    idle_rules.of_guests(work)
    _check_currency(work, file, where)
    return where


def kept(work: Work, table: Table, file: str, rules: dict[str, tuple[Condition, ...]]) -> str:
    """SQL over the prepared rows of ``file``: whether a cell is filled and no rule holds; other rows are counted."""
    refuse_unreadable(work, file, rules)
    names = [name for name in sql.columns(work.connection, f"rows_{file}") if name not in ("_row", "_file")]
    empty = f"coalesce({', '.join(f'nullif(trim({sql.name(name)}), {sql.text(str())})' for name in names)}) IS NULL"
    rule = f"CASE WHEN {empty} THEN '{EMPTY}' ELSE {conditions.any_rule(rules, reading(work, file))} END"
    before = len(work.gone)
    counts = f"SELECT {rule} AS rule, _file, count(*) FROM {rows_of(file)} WHERE rule IS NOT NULL GROUP BY ALL"
    work.let_go(table.name, "left out", counts)
    return f"({rule}) IS NULL" if len(work.gone) > before else "TRUE"


def drop_guests(work: Work, table: Table, typed: str) -> None:
    """Drop the rows of ``typed``, rows of ``table``, whose id of the customer stands for guests; they are counted.

    All guests have that id, so that the row says nothing of any of them.
    """
    if CUSTOMERS.key not in table.names:
        return
    nobody = f"{CUSTOMERS.key} IS NULL"
    counts = f"SELECT {sql.text(GUEST)}, _file, count(*) FROM {typed} WHERE {nobody} GROUP BY ALL"
    work.let_go(table.name, "left out", counts)
    sql.run(work.connection, f"DELETE FROM {typed} WHERE {nobody}")


def refuse_unreadable(work: Work, file: str, rules: Mapping[str, tuple[Condition, ...]]) -> None:
    """Refuse rules whose conditions can't read their cells: a test that can't be made would be false in silence.

    Raises
    ------
    UserError
        A filled cell is no number, or no date, of the condition's form.
    """
    earlier: dict[str, tuple[Condition, ...]] = {}
    for name, several in rules.items():
        for each in several:
            _refuse_unreadable(work, file, earlier, name, each)
        earlier[name] = several


def _refuse_unreadable(
    work: Work, file: str, earlier: dict[str, tuple[Condition, ...]], name: str, condition: Condition
) -> None:
    read = reading(work, file)
    text = conditions.unreadable(condition, read)
    if text is None:
        return
    cells = f"SELECT {text} AS cell FROM {rows_of(file)} WHERE {conditions.any_rule(earlier, read)} IS NULL"
    if found := most_frequent(work, cells, 3):
        what, key = ("dates", "format") if "before" in condition.tests else ("numbers", "decimal")
        more = "" if key == "format" else ", and thousands where they have a mark"
        raise UserError(
            expected=f"{what} in the column {condition.column!r}, as the rule {name!r} compares them",
            found=found,
            fix=f"set {key} beside the condition of {name!r}{more}; or leave rows with other cells out by a rule "
            "before it",
        )


def mark_unknown(work: Work, lines: str, into: str) -> None:
    """Make the table ``into`` of ``_row`` of the lines whose outcome is unknown by a rule; they are counted by rule."""
    sql.run(work.connection, f"CREATE TABLE {into} (_row BIGINT)")
    rules = work.mapping.order_lines.unknown_outcome
    _mark(work, rules, "unknown_outcome", f"FROM {lines}", into)


def mark_unreturned(work: Work, lines: str, returns: str, into: str) -> None:
    """Add lines without a return to the table ``into`` of unknown outcomes, where a rule says that they came back."""
    rules = work.mapping.order_lines.unknown_without_return
    cancelled = "cancelled_at" in sql.columns(work.connection, lines)
    stands = "WHERE cancelled_at IS NULL" if cancelled else ""
    kept = f"FROM {lines} ANTI JOIN {returns} USING (line_id) {stands}"
    _mark(work, rules, "unknown_without_return", kept, into)


def _mark(work: Work, rules: dict[str, tuple[Condition, ...]], key: str, lines: str, into: str) -> None:
    """Add ``_row`` of those of the ``lines``, a query, for which one of ``rules`` holds to the table ``into``."""
    if not rules:
        return
    file = work.mapping.file_of_lines
    refuse_unreadable(work, file, rules)
    source = f"SELECT _row, {conditions.any_rule(rules, reading(work, file))} AS rule FROM {rows_of(file)}"
    sql.run(
        work.connection, f"CREATE TABLE marked AS FROM ({source}) SEMI JOIN ({lines}) USING (_row) WHERE rule <> ''"
    )
    counts = dict(sql.rows(work.connection, "SELECT rule, count(*) FROM marked GROUP BY 1"))
    sql.run(work.connection, f"INSERT INTO {into} SELECT _row FROM marked ANTI JOIN {into} USING (_row)")
    sql.run(work.connection, "DROP TABLE marked")
    for name, tests in sorted(rules.items()):
        work.record("order_lines.outcome_recorded", f"unknown_by_rule: {name}", counts.get(name, 0))
        if name not in counts:
            idle_rules.notice(work, file, f"order_lines.{key}: the rule {name!r}", tests)


def _check_currency(work: Work, file: str, where: str) -> None:
    currency = work.mapping.currency
    if currency is None or currency.column is None:
        return
    cell = f"coalesce({clean(sql.name(currency.column))}, '')"
    other = currencies.is_other(cell, currency.code)
    if found := most_frequent(work, f"SELECT {cell} AS cell FROM {rows_of(file)} WHERE {where} AND {other}", 10):
        raise UserError(
            expected=f"{currency.code} in the column {currency.column!r} of every row: currencies can't be added",
            found=found,
            fix="leave these rows out: order_lines.leave_out: {other currencies: "
            f"{{column: {currency.column}, is_not: [{', '.join(currencies.spellings(currency.code))}]}}}}; or fill the "
            "cells",
        )
