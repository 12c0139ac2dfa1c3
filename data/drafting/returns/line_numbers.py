"""Numbers of order lines that no header names as such: a column of both files with its own value in each line."""

from data.drafting import keys, unclear
from data.drafting.draft import Draft
from data.drafting.headers.vocabulary import plain
from data.drafting.lines import row
from data.drafting.roles import Roles
from data.drafting.sheet import within

SAME = 0.9
"""Least share of the returns' numbers that the lines have."""


def take(draft: Draft, lines: Roles, returns: Roles) -> None:
    """Give both files the role `line_id`, by a column of one name that numbers the lines, where the lines have none."""
    rules = draft.tree["order_lines"]["columns"]
    if lines.get("line_id") is not None or returns.get("line_id") is not None or "line_id" not in rules:
        return
    free = {plain(name): name for name in returns.sheet.columns if name not in returns.columns.values()}
    for column in keys.of_rows(lines.sheet, set(lines.columns.values())):
        other = free.get(plain(column))
        if other is None or unclear.counts_rows(lines.sheet, column):
            continue
        if returns.sheet.filled(other) and within(returns.sheet, other, lines.sheet, column) >= SAME:
            lines.columns["line_id"], returns.columns["line_id"] = column, other
            rules["line_id"] = column
            why = f"CHECK: each row has its own, and {returns.sheet.name} names them; is it the number of the line?"
            draft.ask(rules, "line_id", why)
            draft.found(row("order_lines", "line_id", lines, column))
            return
