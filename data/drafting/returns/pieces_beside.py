"""Numbers of pieces that came back: in rows of returns, or beside each order line, where they mark it as returned."""

import re

from ruamel.yaml.comments import CommentedMap

from data.drafting import amounts
from data.drafting.digits import plain_digits
from data.drafting.draft import Draft, Row, inline, put
from data.drafting.headers.vocabulary import is_about, plain
from data.drafting.lines import NOTHING, add_time, amount, row
from data.drafting.roles import Roles

KNOWN_AFTER = {"delivered_days": 14, "ordered_days": 21}

LATEST = re.compile(r"receiv|accept|inspect|restock|eingegangen|erhalten|recu|recib|ricevut|ontvangen")
EARLIER = re.compile(r"request|ask|expect|approv|authori|announc|order|sold|purchas|angefragt|genehmigt|demand|solicit")
"""Parts of plain names of numbers of pieces that came back, and of such as were to come back or were sold."""

NONE = re.compile(r"[-+]?0+([.,]0*)?\s*[^\W\d_]{0,8}\.?")
"""No piece, with a unit or without."""


def is_none(value: str) -> bool:
    """Whether ``value`` is no piece, such as ``0``, ``0,00`` and ``0 pcs``."""
    return NONE.fullmatch(plain_digits(value)) is not None


def add(draft: Draft, part: CommentedMap, lines: Roles) -> None:
    """Add the returns of lines by a column of the pieces that came back, and by their date if there is one."""
    column, sheet = lines.columns["return_quantity"], lines.sheet
    kept = [value for value in sheet.values(column) if is_none(value)] or ["0"]
    note = "CHECK: does this count the pieces of the line that came back?"
    if sheet.filled(column) < sheet.rows:
        kept, note = [*kept, ""], f"{note} does an empty cell mean none?"
    put(part, "flag", inline(column=column, returned="*", kept=kept), note)
    columns = part["columns"] = CommentedMap()
    if "returned_at" in lines.columns:
        add_time(draft, columns, "returns", "returned_at", lines, own=lines)
    else:
        put(part, "known_after", inline(**KNOWN_AFTER), "CHECK: no date of return was found")
        draft.table.append(Row("returns.returned_at", f"{NOTHING}: known_after, a number of days"))
    add_pieces(draft, columns, lines, column)


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
    taken = returns.columns.values()
    further = [
        column
        for column in returns.sheet.columns
        if column not in taken and is_about("quantity", column) and amounts.decide(returns.sheet.values(column))
    ]
    places = {name: place for place, name in enumerate(dict.fromkeys([*named, *further]))}
    return sorted(places, key=lambda name: (_stage(name), places[name]))


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
