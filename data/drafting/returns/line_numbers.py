"""Numbers of order lines: a column of both files with its own value in each line, or places that are none of a line."""

from data import sql
from data.drafting import keys, unclear
from data.drafting.draft import Draft
from data.drafting.headers.vocabulary import plain
from data.drafting.lines import row
from data.drafting.roles import Roles
from data.drafting.sheet import within

SAME = 0.9
"""Least share of the returns' numbers that the lines have."""

FEWEST = 10
"""Orders only some lines of which came back, from which it is no chance that these are always the first ones."""
FIRST = 0.95
"""Least share of such orders of which only first lines came back."""


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


def count_returns(lines: Roles, returns: Roles) -> str:
    """Ask whether the returns count their own rows, where only first lines of orders came back; empty where not."""
    sold, back = (
        f"SELECT DISTINCT {roles.sheet.cell(roles.columns['order_id'])} AS _order, "
        f"TRY_CAST({roles.sheet.cell(roles.columns['line_id'])} AS DOUBLE) AS _line FROM {roles.sheet.table}"
        for roles in (lines, returns)
    )
    place = (
        "row_number() OVER (PARTITION BY _order ORDER BY _line) AS _place, count(*) OVER (PARTITION BY _order) AS _all"
    )
    query = (
        f"SELECT count(*) FILTER (_first), count(*) FROM (SELECT bool_and(_back._place = _sold._place) AS _first "
        f"FROM (SELECT *, {place} FROM ({back})) AS _back JOIN (SELECT *, {place} FROM ({sold})) AS _sold "
        "USING (_order, _line) GROUP BY _order HAVING max(_back._all) < max(_sold._all))"
    )
    first, orders = sql.rows(lines.sheet.connection, query)[0]
    if orders < FEWEST or first < FIRST * orders:
        return ""
    column = returns.columns["line_id"]
    return (
        f"CHECK: of {first:,} of {orders:,} orders only the first lines came back: does {column} count the rows of a "
        "return, and no line of the order? then match by a column of the product"
    )
