"""A flag beside the order lines: which of its values mean that a line came back, and what is asked of it."""

import re
from collections.abc import Iterable

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import written
from data.drafting.draft import Draft, inline, put, together
from data.drafting.lines import row
from data.drafting.returns import order_level
from data.drafting.returns.pieces_beside import KNOWN_AFTER
from data.drafting.returns.states import KEPT, PART, says_back
from data.drafting.roles import YES, Roles

FLAG = "CHECK: which values mean that a line came back, and which that it was kept? all pieces of a returned line count"
PART_OF_IT = "CHECK: by a value such as partially returned, how many pieces came back is not known, so it is unknown"


def add(draft: Draft, part: CommentedMap, lines: Roles, column: str) -> None:
    """Add the flag in ``column``; of a flag that counts pieces the numbers are those that came back."""
    values = lines.sheet.values(column)
    counts = _are_counts(values)
    if counts:
        back = [value for value in values if not KEPT.match(value)]
    else:
        back = [value for value in values if YES.match(value) or (says_back(value) and not PART.search(value))]
    kept = [value for value in values if value not in back and KEPT.match(value)]
    unknown = [value for value in values if value not in (*back, *kept)]
    if lines.sheet.filled(column) < lines.sheet.rows:
        unknown += ["", *lines.sheet.emptied.get(column, ())]  # a flag is read as it stands
    returned, stayed, open_ = (written.kept(states) for states in (back, kept, unknown))
    flag = inline(column=column, returned=returned, kept=stayed, unknown=open_ or None)
    in_part = PART_OF_IT if any(map(PART.search, values)) else ""
    asked = together(FLAG, _flag_of_orders(lines, column, back), in_part)
    put(part, "flag", flag, asked + written.hidden(values, "of an unknown outcome"))
    put(part, "known_after", inline(**KNOWN_AFTER), "CHECK: no date of return was found")
    draft.table.append(row("returns", "flag", lines, column))
    if counts:
        part["columns"] = CommentedMap()
        put(part["columns"], "quantity", column, f"CHECK: does {column} count the pieces that came back?")
        draft.table.append(row("returns", "quantity", lines, column))


def _are_counts(values: Iterable[str]) -> bool:
    """Whether a flag's values are numbers of pieces, some of them above 1."""
    found = [re.fullmatch(r"(\d{1,3})([.,]0+)?", value) for value in values]
    return bool(found) and all(found) and any(int(each[1]) > 1 for each in found if each)


def _flag_of_orders(lines: Roles, column: str, back: list[str]) -> str:
    """Ask whether a flag is one of orders, where all lines of each order that came back have it."""
    if not back:
        return ""
    marks = f"CASE WHEN {lines.sheet.cell(column)} IN ({sql.texts(back)}) THEN 1 END"
    if not order_level.is_of_orders(lines, marks):
        return ""
    return (
        f"CHECK: {column} is the same on all lines of an order: if only some of them came back, list these values "
        "under unknown"
    )
