"""Numbers of pieces that came back: in rows of returns, or beside each order line, where they mark it as returned."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts
from data.drafting.digits import plain_digits
from data.drafting.draft import Draft, Row, inline, put
from data.drafting.headers import parts
from data.drafting.headers.vocabulary import is_about, plain, rank
from data.drafting.lines import NOTHING, add_time, amount, row
from data.drafting.roles import Roles

HALF = 0.5
"""Share of the lines that returns mark at most, in a column that may count what came back."""

KNOWN_AFTER = {"delivered_days": 14, "ordered_days": 21}

LATEST = re.compile(r"receiv|accept|inspect|restock|eingegangen|erhalten|recu|recib|ricevut|ontvangen")
EARLIER = re.compile(r"request|ask|expect|approv|authori|announc|order|sold|purchas|angefragt|genehmigt|demand|solicit")
"""Parts of plain names of numbers of pieces that came back, and of such as were to come back or were sold."""

NAMED_FOR_RETURNS = {"flag", "return_id", "status", "returned_at"}
"""Roles that a header such as ``returned`` may have by its name, though its cells count pieces."""
MOST_NUMBERS = 20
"""Different numbers of pieces of a return, at most."""
WHOLE = re.compile(r"[-+]?\d{1,3}([.,]0*)?")
ONE_OR_NONE = re.compile(r"[-+]?0*[01]([.,]0*)?")
"""A number of pieces, and one that may as well be a flag."""

NONE = re.compile(r"[-+]?0+([.,]0*)?\s*[^\W\d_]{0,8}\.?")
"""No piece, with a unit or without."""


def is_none(value: str) -> bool:
    """Whether ``value`` is no piece, such as ``0``, ``0,00`` and ``0 pcs``."""
    return NONE.fullmatch(plain_digits(value)) is not None


def add(draft: Draft, part: CommentedMap, lines: Roles) -> None:
    """Add the returns of lines by a column of the pieces that came back, and by their date if there is one."""
    column, *others = _beside(lines)
    sheet = lines.sheet
    kept = [value for value in sheet.values(column) if is_none(value)] or ["0"]
    note = "CHECK: does this count the pieces of the line that came back?"
    if sheet.filled(column) < sheet.rows:
        kept, note = [*kept, "", *sheet.emptied.get(column, ())], f"{note} does an empty cell mean none?"
    if others:
        counts = ", ".join(f"{name} marks {_marked(lines, name):,}" for name in others)
        note = f"{note} it marks {_marked(lines, column):,} lines; other numbers: {counts}"
    put(part, "flag", inline(column=column, returned="*", kept=kept), note)
    columns = part["columns"] = CommentedMap()
    if "returned_at" in lines.columns:
        add_time(draft, columns, "returns", "returned_at", lines, own=lines)
    else:
        put(part, "known_after", inline(**KNOWN_AFTER), "CHECK: no date of return was found")
        draft.table.append(Row("returns.returned_at", f"{NOTHING}: known_after, a number of days"))
    add_pieces(draft, columns, lines, column)


def _beside(lines: Roles) -> list[str]:
    """Name the columns beside the lines that may count what came back, the one that is taken first.

    A column that no header names for it may if it marks as few lines as returns do, and is read by nothing else.
    """
    named, pieces = lines.columns["return_quantity"], lines.get("quantity")
    taken = {*lines.columns.values()} - {named}
    found = [named]
    for column in lines.sheet.columns:
        values = lines.sheet.values(column)
        if column in taken or column == named or not is_about("quantity", column) or is_about("cancel", column):
            continue
        if amounts.decide(values, whole=True) is None or lines.sheet.personal(column):
            continue
        few = 0 < _marked(lines, column) < HALF * lines.sheet.rows
        if few and (pieces is None or _at_most(lines, column, pieces)):
            found.append(column)
    first = [column for column in found if column == named or _names_return(column)]
    best = min(first, key=lambda column: (_stage(column), found.index(column)))
    return [best, *(column for column in found if column != best)]


def _names_return(column: str) -> bool:
    """Whether a header says that pieces came back, were received or asked for."""
    return rank("return_quantity", column) is not None or is_about("return", column) or is_about("received", column)


def _marked(lines: Roles, column: str) -> int:
    """Count the lines with a piece in ``column``."""
    return sum(count for value, count in lines.sheet.values(column).items() if not is_none(value))


def _at_most(lines: Roles, column: str, pieces: str) -> bool:
    """Whether no number in ``column`` is above that of ``pieces`` beside it."""
    one, two = (f"TRY_CAST(regexp_extract({lines.sheet.cell(name)}, '[0-9]+') AS INT)" for name in (column, pieces))
    return not sql.number(lines.sheet.connection, f"SELECT count(*) FROM {lines.sheet.table} WHERE {one} > {two}")


def add_pieces(draft: Draft, columns: CommentedMap, roles: Roles, column: str) -> None:
    """Add the pieces of a return; a number below 0 is asked."""
    value, note = amount(roles, column, pieces=True)
    if are_negative(roles, column):
        value = inline(**(dict(value) if isinstance(value, CommentedMap) else {"column": column}), sign="drop")
        note = "CHECK: does -2 mean that 2 pieces came back?"
    put(columns, "quantity", value, note)
    draft.table.append(row("returns", "quantity", roles, column))


def numbers(returns: Roles) -> list[str]:
    """Name the columns of a file of returns that count pieces, the most likely one to count what came back first."""
    named = [column for role in ("return_quantity", "quantity") if (column := returns.get(role)) is not None]
    further = [column for column in returns.sheet.columns if _may_count(returns, column)]
    places = {name: place for place, name in enumerate(dict.fromkeys([*named, *further]))}
    own = returns.get("quantity")
    back = {name for name in further if own is not None and _counts_part(returns, name, own)}
    return sorted(places, key=lambda name: (_stage(name), name not in back, places[name]))


def _may_count(returns: Roles, column: str) -> bool:
    """Whether a column of a file of returns may count pieces: by a word for them, or one for returns alone."""
    taken = {name for role, name in returns.columns.items() if role not in NAMED_FOR_RETURNS}
    if column in taken or returns.sheet.personal(column):
        return False
    found = amounts.decide(returns.sheet.values(column), whole=True)
    if found is None or found.odd:
        return False
    return is_about("quantity", column) or (_is_bare_return(column) and _are_pieces(returns, column))


def _is_bare_return(column: str) -> bool:
    """Whether a header says that something came back, and no more: ``returned``, ``zurück`` or ``reso``."""
    return parts.meanings(plain(column)) == frozenset({"return"})


def _are_pieces(returns: Roles, column: str) -> bool:
    """Whether the numbers of a column are few and whole, as those of pieces are and numbers of returns are not."""
    values = returns.sheet.values(column)
    return len(values) <= MOST_NUMBERS and all(map(WHOLE.fullmatch, values))


def _counts_part(returns: Roles, column: str, pieces: str) -> bool:
    """Whether a number named for returns is at most that of ``pieces`` on every row, and counts as a flag does not."""
    several = any(WHOLE.fullmatch(value) and not ONE_OR_NONE.fullmatch(value) for value in returns.sheet.values(column))
    return several and _is_bare_return(column) and _at_most(returns, column, pieces)


def _stage(column: str) -> int:
    """Rank a number of pieces: received ones first, and those that were ordered or asked for last."""
    name = plain(column)
    if is_about("received", column) or LATEST.search(name):
        return 0
    return 2 if EARLIER.search(name) or is_about("order", column) else 1


def are_negative(roles: Roles, column: str) -> bool:
    """Whether a column has numbers below 0."""
    found = amounts.decide(roles.sheet.values(column))
    return found is not None and found.negative
