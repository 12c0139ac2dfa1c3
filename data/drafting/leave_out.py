"""The rows that a first mapping leaves out: cancelled lines, goods that are none, parts of sets, other currencies."""

import re

from ruamel.yaml.comments import CommentedMap

from data.drafting import amounts, currency, times, written
from data.drafting.asked import orders_of_tests
from data.drafting.draft import inline, put
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import plain
from data.drafting.no_sales import fees, no_goods
from data.drafting.roles import MOST_VALUES, YES, Roles, owner_of
from data.drafting.sheet import Sheet, within

CANCELLED = re.compile(
    r"cancel|void|storn|annul|anul|cancelad|avbrut|geannuleerd|取消|作废|作廢|キャンセル|failed|expired"
    r"|отмен|аннулир|\bcxl|\bcncl|delete|geloscht|gelöscht|supprim|\binactive|inaktiv|删除|削除|удален",
    re.IGNORECASE,
)
NO = re.compile(r"^(no|n|0|false|nein|non|nee|nej|nie|nao|não|нет|否)$", re.IGNORECASE)
DELETED = re.compile(
    r"(is |row |line )?(deleted|removed|inactive|disabled|geloscht|inaktiv|supprimee?|inactif|eliminad[oa]|inactiv[oa]|"
    r"eliminat[oa]|inattiv[oa]|verwijderd|inactief|usuniet[yeao]|nieaktywn[yea]|удален\w?|已删除|削除)( at| on)?"
)
"""Plain names of columns that mark a row which holds no longer."""
ACTIVE = re.compile(
    r"(is )?(active|enabled|valid|aktiv|gultig|actif|valide|activ[oa]|attiv[oa]|valid[oa]|actief|geldig|aktywn[yea]|"
    r"активен|активна|有效|有効)"
)
"""Plain names of columns that mark a row which holds."""
HALF = 0.5


def add(part: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    """Add ``leave_out`` to the order lines where their values show rows that are no sale of goods."""
    rules = CommentedMap()
    repeated_headers(rules, lines.sheet)
    _by_status(rules, lines, joined)
    for roles in filter(None, (lines, joined)):
        _by_columns_of_cancelling(rules, roles, lines)
        _by_marks_of_validity(rules, roles, lines)
    fees.leave_out(rules, lines)
    no_goods.leave_out(rules, lines)
    if (tests := orders_of_tests.find(lines, joined)) is not None:
        put(rules, "test orders", *tests)
    parent, line = lines.get("parent"), lines.get("line_id")
    if parent is not None and line is not None and within(lines.sheet, parent, lines.sheet, line) > 0:
        value = inline(column=parent, is_not=["", "0", "NULL"])
        put(rules, "parts of other rows", value, "CHECK: one sale has a row for the article and one for its part")
    owner, column = currency.column_of(lines, joined)
    if owner is not None and column is not None:
        currency.leave_others_out(rules, owner.sheet, column, owner.named(column, lines))
    if rules:
        part["leave_out"] = rules


def repeated_headers(rules: CommentedMap, sheet: Sheet) -> None:
    """Leave out the rows that repeat the header."""
    if sheet.headers:
        first = sheet.columns[0]
        rows = "1 row repeats" if sheet.headers == 1 else f"{sheet.headers:,} rows repeat"
        put(rules, "repeated headers", inline(column=first, is_=first), f"CHECK: {rows} the header")


def _by_status(rules: CommentedMap, lines: Roles, joined: Roles | None) -> None:
    owner = owner_of("status", lines, joined)
    if owner is None:
        return
    column = owner.columns["status"]
    cancelled = [value for value in owner.sheet.values(column) if CANCELLED.search(value)]
    if cancelled:
        value, more = written.condition(owner.named(column, lines), cancelled, owner.sheet.values(column))
        put(rules, "cancelled", value, f"CHECK: such lines are neither kept nor returned{more}")


def _by_columns_of_cancelling(rules: CommentedMap, roles: Roles, lines: Roles) -> None:
    """Add a rule for each column about cancelling with a flag or a number; a time is ``cancelled_at``."""
    for column in roles.sheet.columns:
        values = roles.sheet.values(column)
        if column in roles.columns.values() or not values or "cancel" not in parts.meanings(plain(column)):
            continue
        yes = [value for value in values if YES.match(value)]
        test = None
        if "quantity" in parts.meanings(plain(column)) and amounts.decide(values) is not None:
            test = inline(column=roles.named(column, lines), above=0)
        elif yes and len(values) <= MOST_VALUES:
            test = inline(column=roles.named(column, lines), is_=yes)
        elif times.decide(values) is not None or (len(values) <= MOST_VALUES and not yes and _is_rare(roles, column)):
            test = inline(column=roles.named(column, lines), empty=False)
        if test is not None:
            put(rules, f"cancelled by {column}", test, "CHECK: such lines are neither kept nor returned")


def _by_marks_of_validity(rules: CommentedMap, roles: Roles, lines: Roles) -> None:
    """Add a rule for each column that says which rows were deleted, or which are active."""
    for column in roles.sheet.columns:
        values = roles.sheet.values(column)
        if column in roles.columns.values() or not values:
            continue
        name, few = plain(column), len(values) <= MOST_VALUES
        gone = [value for value in values if few and (YES if DELETED.fullmatch(name) else NO).match(value)]
        test = None
        if DELETED.fullmatch(name) and times.decide(values) is not None:
            test = inline(column=roles.named(column, lines), empty=False)
        elif (DELETED.fullmatch(name) or ACTIVE.fullmatch(name)) and gone:
            test = inline(column=roles.named(column, lines), is_=gone)
        if test is not None:
            put(rules, f"not valid by {column}", test, "CHECK: are such lines neither kept nor returned?")


def _is_rare(roles: Roles, column: str) -> bool:
    """Whether less than half of the rows have ``column`` filled, as that with a reason of cancelling."""
    return roles.sheet.filled(column) < HALF * roles.sheet.rows
