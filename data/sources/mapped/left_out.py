"""Rows that rules of the mapping leave out of a table, each counted under the first rule that holds for it."""

from data import sql
from data.errors import UserError
from data.schema import ORDER_LINES, Table
from data.sources.mapped import conditions
from data.sources.mapped.cleaning import clean
from data.sources.mapped.mapping.conditions import Condition
from data.sources.mapped.rows import Work, reading, rows_of

EMPTY, RETURNS = "empty_row", "rows_of_returns"


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
    _check_currency(work, file, where)
    return where


def kept(work: Work, table: Table, file: str, rules: dict[str, tuple[Condition, ...]]) -> str:
    """SQL over the prepared rows of ``file``: whether a cell is filled and no rule holds; other rows are counted."""
    names = [name for name in sql.columns(work.connection, f"rows_{file}") if name not in ("_row", "_file")]
    empty = f"coalesce({', '.join(f'nullif(trim({sql.name(name)}), {sql.text(str())})' for name in names)}) IS NULL"
    rule = f"CASE WHEN {empty} THEN '{EMPTY}' ELSE {conditions.any_rule(rules, reading(work, file))} END"
    before = len(work.gone)
    counts = f"SELECT {rule} AS rule, _file, count(*) FROM {rows_of(file)} WHERE rule IS NOT NULL GROUP BY ALL"
    work.let_go(table.name, "left out", counts)
    return f"({rule}) IS NULL" if len(work.gone) > before else "TRUE"


def mark_unknown(work: Work, lines: str, into: str) -> None:
    """Make the table ``into`` of ``_row`` of the lines whose outcome is unknown by a rule; they are counted by rule."""
    mapping = work.mapping
    file = mapping.file_of_lines
    rule = conditions.any_rule(mapping.order_lines.unknown_outcome, reading(work, file))
    source = f"SELECT _row, {rule} AS rule FROM {rows_of(file)} SEMI JOIN {lines} USING (_row)"
    if not mapping.order_lines.unknown_outcome:
        source = "SELECT 0::BIGINT AS _row, NULL::VARCHAR AS rule WHERE FALSE"
    sql.run(work.connection, f"CREATE TABLE {into} AS FROM ({source}) WHERE rule IS NOT NULL")
    for name, count in sql.rows(work.connection, f"SELECT rule, count(*) FROM {into} GROUP BY 1 ORDER BY 1"):
        work.decide("order_lines.outcome_recorded", f"unknown_by_rule: {name}", count)


def _check_currency(work: Work, file: str, where: str) -> None:
    currency = work.mapping.currency
    if currency is None or currency.column is None:
        return
    cell = f"coalesce({clean(sql.name(currency.column))}, '')"
    other = f"upper({cell}) <> {sql.text(currency.code.upper())}"
    found = sql.rows(
        work.connection,
        f"SELECT {cell}, count(*) FROM {rows_of(file)} WHERE {where} AND {other} "
        "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
    )
    if found:
        raise UserError(
            expected=f"{currency.code} in the column {currency.column!r} of every row: currencies can't be added",
            found=", ".join(f"{code!r} on {count} rows" for code, count in found),
            fix="leave these rows out: order_lines.leave_out: {other currencies: "
            f"{{column: {currency.column}, is_not: {currency.code}}}}}; or fill the cells",
        )
