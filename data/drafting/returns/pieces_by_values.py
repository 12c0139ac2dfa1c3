"""Pieces that came back by the values of a column: numbers beside dates of return, whatever their header says."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts, times, written
from data.drafting.draft import Draft, inline, put, together
from data.drafting.headers.vocabulary import is_about
from data.drafting.returns.states import PART
from data.drafting.roles import MOST_VALUES, Roles

MOST = 0.95
"""Least share of the rows with a date of return that have a number, and of the rows with a number that have a date."""
FEWEST = 5
"""Rows with a date of return from which the values of a column are no chance."""
OF_ALL = re.compile(r"\d+\s?(/|of|von|de|di|van|z|sur|из)\s?\d+", re.IGNORECASE)
"""Pieces that came back of those that were sold: ``1/2``, ``1 of 2``."""
UNREAD = {"flag", "status", "return_id", "parent"}
"""Roles whose columns nothing reads where a date marks the lines that came back."""
FIRST_NUMBER = r"^(\d+)"


def take(lines: Roles) -> None:
    """Let the column that `find` finds be that of the pieces that came back, where no header names one."""
    if "return_quantity" not in lines.columns and (column := find(lines)) is not None:
        lines.columns["return_quantity"] = column


def find(lines: Roles) -> str | None:
    """Find a column of whole numbers that stand beside the dates of return, and are at most the pieces of the line."""
    pieces = lines.get("quantity")
    if "returned_at" not in lines.columns:
        return None
    for column in _free(lines):
        found = amounts.decide(lines.sheet.values(column), whole=True)
        if found is None or found.odd or found.unit:
            continue
        number, own = _number(lines, column), _number(lines, pieces) if pieces else "1"
        marked, dated, both, most, alike = _counts(lines, number, own)
        whole = most > 1 or not lines.sheet.values(pieces).keys() - {"1"} if pieces else False
        if dated >= FEWEST and whole and alike and both >= MOST * max(marked, dated):
            return column
    return None


def fraction(lines: Roles) -> str | None:
    """Find a column of pieces that came back of all pieces of the line, such as ``1/2``."""
    return next((name for name in _free(lines) if _all_match(lines, name)), None)


def ask(draft: Draft, columns: CommentedMap, lines: Roles) -> None:
    """Ask where a date of return alone marks a line: all of its pieces count as returned.

    A state such as ``Partial`` gives the lines an unknown outcome; an amount below the line's value is named.
    """
    several = _several_pieces(lines)
    if several == 0:
        return
    lines_of = "1 line" if several == 1 else f"{several:,} lines"
    notes = [f"CHECK: all pieces of {lines_of} with several pieces count as returned: no number of pieces was found"]
    state = next((name for name in _free(lines) if _parts(lines, name)), None)
    if state is not None:
        test, more = written.condition(state, _parts(lines, state), lines.sheet.values(state))
        why = f"CHECK: how many pieces came back is not known{more}"
        rules = draft.tree["order_lines"].setdefault("unknown_outcome", CommentedMap())
        put(rules, "returned in part", test, why)
        notes.append(f"CHECK: {state} says which in part; see order_lines.unknown_outcome")
    if (amount := _amount_below(lines)) is not None:
        notes.append(f"CHECK: {amount} is below the value of some of them, so that only a part of these came back")
    draft.ask_also(columns, "returned_at", together(*notes))


def add_fraction(columns: CommentedMap, column: str) -> None:
    """Read the first number of a ``column`` as for `fraction` as the pieces that came back."""
    note = "CHECK: is the first number that of the pieces that came back?"
    put(columns, "quantity", inline(column=column, extract=FIRST_NUMBER), note)


def _free(lines: Roles) -> list[str]:
    """Name the columns that a date of return beside the lines leaves unread."""
    taken = {column for role, column in lines.columns.items() if role not in UNREAD}
    return [name for name in lines.sheet.columns if name not in taken]


def _all_match(lines: Roles, column: str) -> bool:
    values = lines.sheet.values(column)
    return bool(values) and all(map(OF_ALL.fullmatch, values)) and "returned_at" in lines.columns


def _parts(lines: Roles, column: str) -> list[str]:
    values = lines.sheet.values(column)
    return [value for value in values if PART.search(value)] if len(values) <= MOST_VALUES else []


def _number(lines: Roles, column: str) -> str:
    """SQL: the number in a cell, in whatever unit; null where it is empty or has a mark of thousands."""
    plain = f"regexp_replace({lines.sheet.cell(column)}, '[^0-9.,+-]', '', 'g')"
    return f"TRY_CAST(replace({plain}, ',', '.') AS DOUBLE)"


def _dated(lines: Roles) -> str:
    """SQL: whether a row has a date of return, and no text that stands for none."""
    column = lines.columns["returned_at"]
    found = times.decide(lines.sheet.values(column), numbers=True)
    none = sql.texts(["", *(found.no_date if found else ())])
    return f"coalesce({lines.sheet.cell(column)}, '') NOT IN ({none})"


def _counts(lines: Roles, number: str, own: str) -> tuple[int, int, int, float, bool]:
    """Count the rows with a number but 0, with a date, and with both; the largest, and whether all may be pieces."""
    query = (
        f"SELECT count(*) FILTER (abs({number}) > 0), count(*) FILTER ({_dated(lines)}), "
        f"count(*) FILTER (abs({number}) > 0 AND {_dated(lines)}), coalesce(max(abs({number})), 0), "
        f"coalesce(bool_and({number} = round({number}) AND abs({number}) <= {own}), FALSE) FROM {lines.sheet.table}"
    )
    marked, dated, both, most, alike = sql.rows(lines.sheet.connection, query)[0]
    return int(marked), int(dated), int(both), float(most), bool(alike)


def _several_pieces(lines: Roles) -> int:
    """Count the lines with a date of return and more than one piece."""
    pieces = lines.get("quantity")
    if pieces is None:
        return 0
    query = f"SELECT count(*) FROM {lines.sheet.table} WHERE {_number(lines, pieces)} > 1 AND {_dated(lines)}"
    return sql.number(lines.sheet.connection, query)


def _amount_below(lines: Roles) -> str | None:
    """Name a column of refunded amounts that are below the value of the line on some lines with a date of return."""
    pieces, price, whole = (lines.get(role) for role in ("quantity", "price_minor", "price_of_line"))
    if price is None and whole is None:
        return None
    worth = f"{_number(lines, str(pieces))} * {_number(lines, price)}" if price else _number(lines, str(whole))
    for column in _free(lines):
        found = amounts.decide(lines.sheet.values(column))
        if found is None or not is_about("return", column) or is_about("date", column):
            continue
        below = f"{_dated(lines)} AND abs({_number(lines, column)}) BETWEEN 0.0001 AND {MOST} * {worth}"
        if sql.number(lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE {below}"):
            return column
    return None
