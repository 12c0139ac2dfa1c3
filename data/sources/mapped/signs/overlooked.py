"""Columns of the order lines' file that decide which rows are lines, and what they say of the lines that stay.

A second currency, a cancelled order, or a row that belongs to another row makes wrong lines out of right cells. Where
the name and the values of such a column say so, the run stops. That a rule of the mapping reads the column proves
nothing: the rule may have missed a spelling. ``ignore`` of the file says that the column was looked at.
"""

import re

from data import sql
from data.errors import UserError
from data.number_format import currency_of, minor_digits
from data.personal_data.masking import is_shown
from data.sources.mapped import currencies, order_lines
from data.sources.mapped.cleaning import clean
from data.sources.mapped.rows import Work
from data.sources.mapped.signs.values import Counted, condition, described, rows, values
from data.sources.mapped.signs.watched import CURRENCY, MARK, NO_MARK, PARENT, STATUS, Watched

CANCELLED = (
    r"(?i:cancel|void|storn|annul|anulad|anulow|geannuleerd|avbrut|zruš|отмен|відмін|iptal|kansel|peruut|törölt|refus|"
    r"reject|failed|fehlgeschlagen|échou|fallid|denied|abgelehnt|rechaz|rifiut|odrzuc|nicht bezahlt|unpaid|non pay|"
    r"impag|niet betaald|nieopłac|取消|作废|作廢|キャンセル)"
)
"""Values that say that an order came to nothing."""

NO = re.compile(
    r"\W*|[0.,]+|n|no|not?[ _]cancell?ed|f|false|falsch|nein|non|nee|nie|nej|нет|否|いいえ|ok|active|none|null|nan|"
    r"n/?a",
    re.IGNORECASE,
)
"""Values of a mark that say that a line stands."""
NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?")
FEW = 10
"""Values that a fix lists one by one."""


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
        if MARK.search(column.origin.column) and not NO_MARK.search(column.origin.column):
            _mark(work, column)


def _currency(work: Work, column: Watched) -> None:
    found = [value for value, _ in values(work, column, _stays(work))]
    name, ignored = column.name, column.ignored_by
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
    whole = values(work, column, _stays(work))
    found = [(value, count) for value, count in whole if re.search(CANCELLED, value)]
    if found:
        raise UserError(
            expected=f"a mapping that reads the column {column.name!r}: a cancelled line was neither kept nor returned",
            found=described(found, "lines"),
            fix=f"{_leave_out(work, column.name, found[:5], whole)}; or {column.ignored_by}",
        )


def _leave_out(work: Work, column: str, found: Counted, whole: Counted) -> str:
    """Write what to add: to the first rule that tests the column for values, or a rule of its own."""
    for name, tests in work.mapping.order_lines.leave_out.items():
        if len(tests) == 1 and tests[0].column == column and tests[0].tests == {"is_"}:
            if all(is_shown(value) for value, _ in found):
                listed = ", ".join(repr(value) for value, _ in found)
                return f"add {listed} to the values of the rule {name!r} under order_lines.leave_out"
            return f"write the rule {name!r} under order_lines.leave_out as {condition(found, whole)}"
    return f"leave them out: order_lines.leave_out: {{cancelled: {{column: {column}, {condition(found, whole)}}}}}"


def _parent(work: Work, column: Watched) -> None:
    """Refuse rows that name another line of the file as their parent."""
    own = work.mapping.order_lines.columns["line_id"].column
    if own is None:
        return
    cell = clean(sql.name(column.name))
    ids = f"SELECT {clean(sql.name(own))} FROM {sql.name(f'file_{work.mapping.file_of_lines}')}"
    named = f"{cell} <> '' AND {cell} <> '0' AND {cell} IN ({ids})"
    children = sql.number(
        work.connection, f"SELECT count(*) FROM {rows(work, column)} WHERE {named} AND _row IN ({_stays(work)})"
    )
    if children:
        raise UserError(
            expected=f"a mapping that reads the column {column.name!r}: one sale would be two lines",
            found=f"{children} rows that name the {own!r} of another row in it",
            fix="leave them out: order_lines.leave_out: {parts of other rows: "
            f"{{column: {column.name}, empty: false}}}}; or {column.ignored_by}",
        )


def _mark(work: Work, column: Watched) -> None:
    """Refuse lines that a column marks which is filled for cancelled lines alone, such as a date or a yes."""
    whole = values(work, column, _stays(work))
    found = [(value, count) for value, count in whole if not NO.fullmatch(value)]
    if found:
        raise UserError(
            expected=f"a mapping that reads the column {column.name!r}, by whose name the lines that it marks were "
            "neither kept nor returned",
            found=described(found, "lines"),
            fix=f"leave them out: order_lines.leave_out: {{cancelled: {{column: {column.name}, "
            f"{_test(whole, found)}}}}}; or, where it is the time of "
            f"the cancellation, map it to order_lines.columns.cancelled_at; or {column.ignored_by}",
        )


def _test(whole: Counted, marks: Counted) -> str:
    """Write the test of a condition that holds for the ``marks`` among the ``whole`` filled values of a column."""
    if all(NUMBER.fullmatch(value) for value, _ in whole):
        return "above: 0"
    if len(marks) == len(whole):
        return "empty: false"
    return condition(marks, whole, rather_others=len(marks) > FEW)


def _stays(work: Work) -> str:
    """SQL: the lines whose outcome counts; one of an unknown outcome, or cancelled, is neither kept nor returned."""
    cancelled = "cancelled_at" in sql.columns(work.connection, order_lines.TABLE)
    stands = " AND cancelled_at IS NULL" if cancelled else ""
    return (
        f"SELECT _row FROM {order_lines.TABLE} WHERE _row NOT IN (SELECT _row FROM {order_lines.UNKNOWN_RULES}){stands}"
    )
