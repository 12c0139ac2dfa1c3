"""Columns of the order lines' file that the mapping does not read although they decide which rows are lines.

A second currency, a cancelled order, or a row that belongs to another row makes wrong lines out of right cells. Where
the name and the values of such a column say so, the run stops; ``ignore`` of the file says that the column was looked
at.
"""

import re

from data import sql
from data.errors import UserError
from data.number_format import is_currency, minor_digits
from data.sources.mapped import order_lines
from data.sources.mapped.cleaning import clean
from data.sources.mapped.rows import Work

CURRENCY = re.compile(r"currency|w(ä|ae)hrung|devise|moneda|valuta|moeda|waluta|币种|货币|幣別|通貨", re.IGNORECASE)
STATUS = re.compile(
    r"status|state|statut|zustand|estado|stato|stav|event|type|cancel|storn|状态|狀態|状態|ステータス", re.IGNORECASE
)
PARENT = re.compile(r"parent|übergeordnet|padre|父", re.IGNORECASE)
"""Names of columns in several languages."""

CANCELLED = r"(?i)cancel|canceled|void|storn|annul|anulad|anulow|geannuleerd|avbruten|取消|作废|作廢|キャンセル"
"""Values that say that an order came to nothing."""


def watched(names: list[str], read: list[str], ignored: tuple[str, ...]) -> list[str]:
    """List the columns of ``names`` that are not ``read`` nor ``ignored``, and whose name says that they matter."""
    patterns = (CURRENCY, STATUS, PARENT)
    found = [name for name in names if any(pattern.search(name) for pattern in patterns)]
    return [
        name for name in dict.fromkeys(found) if name not in read and name not in ignored and names.count(name) == 1
    ]


def refuse(work: Work, columns: list[str]) -> None:
    """Refuse lines whose watched ``columns`` say that they are none, or of another currency.

    Raises
    ------
    UserError
        The message names the column, its values, and what to write.
    """
    checks = ((CURRENCY, _currency), (STATUS, _status), (PARENT, _parent))
    for column in columns:
        for pattern, check in checks:
            if pattern.search(column):
                check(work, column)


def _currency(work: Work, column: str) -> None:
    found = [value for value, _ in _values(work, column)]
    file = work.mapping.file_of_lines
    if len(found) > 1:
        raise UserError(
            expected=f"amounts of one currency, or a mapping that reads the column {column!r}",
            found=f"{', '.join(map(repr, found[:5]))} in it",
            fix=f"set currency: {{code: {found[0]}, column: {column}}}, and leave the others out: "
            f"order_lines.leave_out: {{other currencies: {{column: {column}, is_not: {found[0]}}}}}; "
            f"or files.{file}.ignore: [{column}]",
        )
    code = next((code for code in found if is_currency(code)), None)
    if code is None or work.mapping.currency is not None:
        return
    digits = minor_digits(code)
    if digits != work.mapping.digits:
        raise UserError(
            expected=f"amounts with the {digits} decimals of {code}, which the column {column!r} names",
            found=f"minor_digits: {work.mapping.digits}",
            fix=f"set currency: {code} in the mapping; or files.{file}.ignore: [{column}]",
        )


def _status(work: Work, column: str) -> None:
    found = [(value, count) for value, count in _values(work, column) if re.search(CANCELLED, value)]
    if found:
        listed = ", ".join(value for value, _ in found[:5])
        raise UserError(
            expected=f"a mapping that reads the column {column!r}: a cancelled line was neither kept nor returned",
            found=", ".join(f"{value!r} on {count} lines" for value, count in found[:5]),
            fix=f"leave them out: order_lines.leave_out: {{cancelled: {{column: {column}, is: [{listed}]}}}}; or "
            f"files.{work.mapping.file_of_lines}.ignore: [{column}]",
        )


def _parent(work: Work, column: str) -> None:
    """Refuse rows that name another line of the file as their parent."""
    own = work.mapping.order_lines.columns["line_id"].column
    if own is None:
        return
    file = sql.name(f"file_{work.mapping.file_of_lines}")
    cell = clean(sql.name(column))
    ids = f"SELECT {clean(sql.name(own))} FROM {file}"
    children = sql.number(
        work.connection,
        f"SELECT count(*) FROM {file} WHERE {cell} <> '' AND {cell} <> '0' AND {cell} IN ({ids}) AND {_stays()}",
    )
    if children:
        raise UserError(
            expected=f"a mapping that reads the column {column!r}: one sale would be two lines",
            found=f"{children} rows that name the {own!r} of another row in it",
            fix=f"leave them out: order_lines.leave_out: {{parts of other rows: {{column: {column}, empty: false}}}}; "
            f"or files.{work.mapping.file_of_lines}.ignore: [{column}]",
        )


def _values(work: Work, column: str) -> list[tuple[str, int]]:
    """Give the values of a column on the lines, the most frequent first, each with its count; at most a thousand."""
    file = sql.name(f"file_{work.mapping.file_of_lines}")
    cell = clean(sql.name(column))
    query = f"SELECT {cell}, count(*) FROM {file} WHERE {cell} <> '' AND {_stays()} GROUP BY 1 ORDER BY 2 DESC, 1"
    return [(str(value), int(count)) for value, count in sql.rows(work.connection, f"{query} LIMIT 1000")]


def _stays() -> str:
    return f"rowid IN (SELECT _row FROM {order_lines.TABLE})"
