"""Dates of delivery that lie behind the returns of their lines: they were promised, and nothing took place at them."""

from datetime import date

from data import sql
from data.drafting import times
from data.drafting.draft import Draft
from data.drafting.roles import Roles

FEWEST = 3
"""Returns before their delivery, and those looked at, at least."""
SHARE = 0.1
"""Least share of the returns that lie before their delivery."""
PAIRS = 3000
"""Returns that are looked at."""


def leave_out(draft: Draft, lines: Roles, returns: Roles | None) -> None:
    """Leave out the lines' times of delivery, and ask, where many returns lie before them."""
    columns = draft.tree["order_lines"]["columns"]
    delivered = lines.get("delivered_at")
    if delivered is None or "delivered_at" not in columns:
        return
    pairs = _pairs(lines, delivered, returns)
    before = sum(first > second for first, second in pairs)
    if before >= FEWEST and before >= SHARE * len(pairs):
        del columns["delivered_at"]
        draft.table = [row for row in draft.table if row.column != "order_lines.delivered_at"]
        draft.head.append(
            f"CHECK: {delivered} is left out: {before:,} of {len(pairs):,} returns lie before it, so that it seems to "
            f"be promised, and no delivery. If it is one: delivered_at: {delivered} under order_lines.columns"
        )


def _pairs(lines: Roles, delivered: str, returns: Roles | None) -> list[tuple[date, date]]:
    """Read the days of delivery and of return, of lines that came back or of returns of their orders."""
    sheet, owner = lines.sheet, returns or lines
    returned, key, order = owner.get("returned_at"), owner.get("order_id"), lines.get("order_id")
    if returned is None or (returns is not None and (key is None or order is None)):
        return []
    first = times.decide(sheet.values(delivered), numbers=True)
    second = times.decide(owner.sheet.values(returned), numbers=True)
    if first is None or second is None:
        return []
    other, join = "_line", ""
    if returns is not None:
        keys = f"_line.{sheet.cell(str(order))} = _back.{owner.sheet.cell(str(key))}"
        other, join = "_back", f"JOIN {owner.sheet.table} AS _back ON {keys}"
    one, two = f"_line.{sheet.cell(delivered)}", f"{other}.{owner.sheet.cell(returned)}"
    query = f"SELECT DISTINCT {one}, {two} FROM {sheet.table} AS _line {join} WHERE {one} <> '' AND {two} <> ''"
    found = sql.rows(sheet.connection, f"{query} LIMIT {PAIRS}")
    days = ((times.day(str(start), first), times.day(str(end), second)) for start, end in found)
    return [(start, end) for start, end in days if start is not None and end is not None]
