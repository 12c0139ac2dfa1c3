"""Columns of the order lines' file that decide which rows are lines, and what they say of the lines that stay.

A second currency, a cancelled order, or a row that belongs to another row makes wrong lines out of right cells. Where
the name and the values of such a column say so, the run stops. That a rule of the mapping reads the column proves
nothing: the rule may have missed a spelling. ``ignore`` of the file says that the column was looked at.
"""

import re

from data import sql
from data.errors import UserError
from data.number_format import currency_of, minor_digits
from data.sources.mapped import currencies, order_lines
from data.sources.mapped.cleaning import clean
from data.sources.mapped.rows import Work, rows_of
from data.sources.mapped.signs.watched import CURRENCY, PARENT, STATUS, Watched

CANCELLED = r"(?i)cancel|canceled|void|storn|annul|anulad|anulow|geannuleerd|avbruten|取消|作废|作廢|キャンセル"
"""Values that say that an order came to nothing."""


def refuse(work: Work, columns: list[Watched]) -> None:
    """Refuse lines of which the watched ``columns`` say that they are none, or of another currency.

    Raises
    ------
    UserError
        The message names the column, its values, and what to write.
    """
    checks = ((CURRENCY, _currency), (STATUS, _status), (PARENT, _parent))
    for column in columns:
        for pattern, check in checks:
            if pattern.search(column.origin.column):
                check(work, column)


def _currency(work: Work, column: Watched) -> None:
    found = [value for value, _ in _values(work, column)]
    name, ignored = column.name, column.ignored_by(work.mapping.file_of_lines)
    if currencies.are_several(found):
        raise UserError(
            expected=f"amounts of one currency, or a mapping that reads the column {name!r}",
            found=f"{', '.join(map(repr, found[:5]))} in it",
            fix=f"{currencies.fix(name, found)}; or {ignored}",
        )
    code = next((code for value in found if (code := currency_of(value))), None)
    if code is None or work.mapping.currency is not None:
        return
    digits = minor_digits(code)
    if digits != work.mapping.digits:
        raise UserError(
            expected=f"amounts with the {digits} decimals of {code}, which the column {name!r} names",
            found=f"minor_digits: {work.mapping.digits}",
            fix=f"set currency: {code} in the mapping; or {ignored}",
        )


def _status(work: Work, column: Watched) -> None:
    found = [(value, count) for value, count in _values(work, column) if re.search(CANCELLED, value)]
    if found:
        listed = ", ".join(value for value, _ in found[:5])
        raise UserError(
            expected=f"a mapping that reads the column {column.name!r}: a cancelled line was neither kept nor returned",
            found=", ".join(f"{value!r} on {count} lines" for value, count in found[:5]),
            fix=f"{_leave_out(work, column.name, listed)}; or {column.ignored_by(work.mapping.file_of_lines)}",
        )


def _leave_out(work: Work, column: str, values: str) -> str:
    """Write what to add: to the first rule that tests the column for values, or a rule of its own."""
    for name, tests in work.mapping.order_lines.leave_out.items():
        if len(tests) == 1 and tests[0].column == column and tests[0].tests == {"is_"}:
            return f"add {values} to the values of the rule {name!r} under order_lines.leave_out"
    return f"leave them out: order_lines.leave_out: {{cancelled: {{column: {column}, is: [{values}]}}}}"


def _parent(work: Work, column: Watched) -> None:
    """Refuse rows that name another line of the file as their parent."""
    own = work.mapping.order_lines.columns["line_id"].column
    if own is None:
        return
    rows, cell = _rows(work, column), clean(sql.name(column.name))
    ids = f"SELECT {clean(sql.name(own))} FROM {sql.name(f'file_{work.mapping.file_of_lines}')}"
    named = f"{cell} <> '' AND {cell} <> '0' AND {cell} IN ({ids})"
    children = sql.number(work.connection, f"SELECT count(*) FROM {rows} WHERE {named} AND _row IN ({_stays()})")
    if children:
        raise UserError(
            expected=f"a mapping that reads the column {column.name!r}: one sale would be two lines",
            found=f"{children} rows that name the {own!r} of another row in it",
            fix="leave them out: order_lines.leave_out: {parts of other rows: "
            f"{{column: {column.name}, empty: false}}}}; or {column.ignored_by(work.mapping.file_of_lines)}",
        )


def _values(work: Work, column: Watched) -> list[tuple[str, int]]:
    """Give the values of a column on the lines, the most frequent first, each with its count; at most a thousand."""
    rows, cell = _rows(work, column), clean(sql.name(column.name))
    query = f"SELECT {cell}, count(*) FROM {rows} WHERE {cell} <> '' AND _row IN ({_stays()}) GROUP BY 1"
    return [
        (str(value), int(count)) for value, count in sql.rows(work.connection, f"{query} ORDER BY 2 DESC, 1 LIMIT 1000")
    ]


def _rows(work: Work, column: Watched) -> str:
    """SQL: the rows of the order lines' input with the column: prepared ones have it where the mapping names it."""
    lines, origin, name = work.mapping.file_of_lines, column.origin, sql.name(column.name)
    if column.name in sql.columns(work.connection, f"rows_{lines}"):
        return rows_of(lines)
    if not origin.other:
        return f"(SELECT rowid AS _row, {name} FROM {sql.name(f'file_{lines}')})"
    by = work.mapping.files[lines].join[origin.other]
    own, key = clean(f"own.{sql.name(by.from_)}"), clean(f"other.{sql.name(by.to)}")
    cells = f"(SELECT rowid AS _row, {sql.name(origin.column)} AS _cell FROM {sql.name(f'file_{origin.other}')})"
    once = f"{rows_of(origin.other)} AS other JOIN {cells} AS cells ON other._row = cells._row"
    return f"(SELECT own._row, cells._cell AS {name} FROM {rows_of(lines)} AS own JOIN ({once}) ON {own} = {key})"


def _stays() -> str:
    """SQL: the lines whose outcome counts; a line of an unknown one is neither kept nor returned."""
    return f"SELECT _row FROM {order_lines.TABLE} WHERE _row NOT IN (SELECT _row FROM {order_lines.UNKNOWN_RULES})"
