"""Advice where no return finds its line: what is proposed was tried on the rows that were read."""

from collections.abc import Iterator

from data import sql
from data.reading import fixes
from data.schema import ORDER_LINES, RETURNS
from data.sources.mapped import conditions, order_lines, rows
from data.sources.mapped.cleaning import clean
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

ENOUGH = 0.5
"""Least share of the returns' values that the lines have."""

PARTS = ("([0-9]+)$", "^[^A-Za-z0-9]*0*(.+)$", "^([^-/_ ]+)", "([^-/_ ]+)$")
"""Parts of an id that one of two systems writes alone: its number, or what stands before or behind a sign."""

CASES = ("upper", "lower")
OTHER_IDS = ("line_id", "order_id", "product_id")
TELLING = ("size", "color", "price_minor")
"""Columns that tell lines of one product in one order apart."""


def of(work: Work, match: MatchRule) -> str:
    """Say what to change in the mapping, the likeliest first; each change alone makes its own obstacle go away."""
    if unread := [*_unread_lines(work), *_unread(work)]:
        return "; and ".join(unread)
    found = [*_negative(work), *(text for name in match.by for text in _no_common_value(work, name))]
    if not found:
        found = [*_too_early(work, match), *_alike(work, match)]
    return "; and ".join(found) or _row_by_row(work, match)


def _row_by_row(work: Work, match: MatchRule) -> str:
    """Say where to look when nothing else is known; returns may stand among the lines, in one file."""
    where = "in both files" if work.mapping.returns.rows is None else "on rows of returns and of sales"
    return f"compare the columns {', '.join(match.by)} {where}, row by row"


def _other_states(work: Work) -> Iterator[str]:
    """Yield advice for an event log, where a sale has a row for each of its states beside the row of its return."""
    rule = work.mapping.returns.rows or ()
    named = [test.column for test in rule if "is_" in test.tests]
    for column in named[:1]:
        file = work.mapping.file_of_lines
        cells = f"SELECT {clean(sql.name(column))} AS cell FROM {rows.rows_of(file)} SEMI JOIN {order_lines.TABLE}"
        states = f"SELECT count(DISTINCT cell) FROM ({cells} USING (_row)) WHERE cell <> ''"
        if sql.number(work.connection, states) > 1:
            seen = rows.most_frequent(work, f"{cells} USING (_row)", 3)
            yield (
                f"the column {column!r} has {seen}, which are taken as sales: where one sale has a row for each of "
                f"them, keep one by order_lines.leave_out: {{other states: {{column: {column}, is_not: [THE STATE OF A "
                "SALE]}}"
            )


def _of_customer(work: Work, match: MatchRule) -> Iterator[str]:
    """Yield advice to match by the customer, too, whom the lines have and a match by the product alone does not."""
    if "customer_id" in match.by or "order_id" in match.by or "customer_id" not in work.mapping.order_lines.columns:
        return
    yield (
        "where the returns have the order's number or the customer's, match by it as well: by: [order_id, "
        f"{', '.join(match.by)}] or [customer_id, {', '.join(match.by)}], with it under returns.columns as under "
        "order_lines.columns"
    )


def _unread(work: Work) -> Iterator[str]:
    """Yield advice where no return could be read: which cells, and how they are read."""
    if sql.number(work.connection, f"SELECT count(*) FROM {READ} WHERE NOT _broken"):
        return
    yield from fixes.of_rejects(work.connection, RETURNS.name)


def _unread_lines(work: Work) -> Iterator[str]:
    """Yield advice where most order lines were refused: then no key of a return is looked for in vain."""
    refused = f'SELECT count(DISTINCT key) FROM rejects WHERE "table" = {sql.text(ORDER_LINES.name)}'
    if sql.number(work.connection, refused) > sql.number(work.connection, f"SELECT count(*) FROM {order_lines.TABLE}"):
        yield from fixes.of_rejects(work.connection, ORDER_LINES.name)


def _negative(work: Work) -> Iterator[str]:
    rule = work.mapping.returns.columns.get("quantity")
    if work.mapping.returns.whole_order or rule is None or rule.column is None:
        return
    below, rows = sql.rows(work.connection, f"SELECT count(*) FILTER (quantity < 0), count(*) FROM {READ}")[0]
    if below >= ENOUGH * rows:
        yield (
            f"{below} of {rows} returns have a negative quantity: add sign: drop to returns.columns.quantity, as in "
            f"{{column: {rule.column}, sign: drop}}"
        )


def _no_common_value(work: Work, name: str) -> Iterator[str]:
    """Yield advice for a key whose values in the returns the lines don't have."""
    if _share(work, name, name) > 0:
        return
    what = f"no {name} of the returns is one of the order lines'"
    other = next((other for other in OTHER_IDS if other != name and _share(work, name, other) >= ENOUGH), None)
    part = next((part for part in PARTS if _share(work, name, name, returned=part) >= ENOUGH), None)
    case = next((case for case in CASES if _share(work, name, name, case=case) >= ENOUGH), None)
    of_lines = next((part for part in PARTS if _share(work, name, name, line=part) >= ENOUGH), None)
    if case is not None:
        yield f"{what}, but it is in {case} case: add case: {case} to returns.columns.{name}"
    elif part is not None:
        yield f"{what}, but a part of it is: add extract: '{part}' to returns.columns.{name}"
    elif of_lines is not None:
        yield f"{what}, but it is a part of theirs: add extract: '{of_lines}' to order_lines.columns.{name}"
    elif other is not None:
        yield f"{what}, but it is a {other}: map this column to {other} under returns.columns"
    elif name == "order_id" and "customer_id" not in work.mapping.returns.keys:
        yield f"{what}: {_by_customer(work)}"
    else:
        yield f"{what}: map another column to returns.columns.{name}"


def _by_customer(work: Work) -> str:
    """Say how returns with numbers of their own are matched; for rows among the lines this was tried on them."""
    match = "match: {by: [customer_id, product_id], prefer: [price_minor, quantity], choose: latest}"
    rule, file = work.mapping.returns.rows, work.mapping.file_of_lines
    own = {name: work.mapping.order_lines.columns.get(name) for name in ("customer_id", "product_id")}
    columns = {name: column for name, column in own.items() if column is not None}
    if rule is None or len(columns) < len(own):
        return (
            "map another column to returns.columns.order_id; or, where none has the order's number and one has the "
            f"customer's, {match}"
        )
    cells = rows.cells_of(work, ORDER_LINES, file, columns)
    is_return = conditions.all_hold(rule, rows.reading(work, file))
    keys = ", ".join(item.parse for item in cells)
    back, sold = (f"SELECT {keys} FROM {rows.layers(file, cells, where)}" for where in (is_return, f"NOT {is_return}"))
    found, whole = (
        sql.number(work.connection, f"SELECT count(*) FROM ({query})")
        for query in (f"SELECT * FROM ({back}) SEMI JOIN ({sold}) USING ({keys})", back)
    )
    if found < ENOUGH * whole:
        return "map another column to returns.columns.order_id"
    return (
        "where a column names the order of the sale on both kinds of rows, map it to order_id in order_lines and "
        f"returns; else match by customer and product, which {found} of {whole} have in common with a line: {match}, "
        "with customer_id, product_id and price_minor under returns.columns as under order_lines.columns"
    )


def _too_early(work: Work, match: MatchRule) -> Iterator[str]:
    """Yield advice where every return lies before the first order with its keys."""
    if "returned_at" not in work.mapping.returns.columns:
        return
    keys = ", ".join(map(sql.name, match.by))
    first = f"(SELECT {keys}, min(ordered_at) AS _first FROM {order_lines.TABLE} GROUP BY ALL)"
    found = f"SELECT count(*) FILTER (returned_at < _first), count(*) FROM {READ} JOIN {first} USING ({keys})"
    early, joined = sql.rows(work.connection, found)[0]
    if joined and early == joined:
        yield (
            "all orders with the keys of a return were placed after it: look at the formats of order_lines.ordered_at "
            f"and {RETURNS.name}.returned_at"
        )


def _alike(work: Work, match: MatchRule) -> Iterator[str]:
    """Yield advice for returns that several lines fit: columns of the lines that tell these apart."""
    if not sql.number(work.connection, "SELECT count(*) FROM rejects WHERE rule = 'ambiguous_line'"):
        return
    yield from _of_customer(work, match)
    yield from _other_states(work)
    columns = sql.columns(work.connection, order_lines.TABLE)
    telling = [name for name in TELLING if name in columns and name not in match.prefer and _tells(work, match, name)]
    if telling:
        yield (
            f"several lines have the same {', '.join(match.by)}: where the returns have it too, map "
            f"{' or '.join(telling)} under returns.columns and name it in match, prefer: [{', '.join(telling)}]"
        )
    if match.by == ("order_id",):
        yield "if a return is of all lines of its order, write whole_order: true beside match"


def _tells(work: Work, match: MatchRule, name: str) -> bool:
    """Whether fewer lines share the keys with ``name`` than without it."""
    keys = [sql.name(key) for key in match.by]
    different = [
        sql.number(
            work.connection, f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(names)} FROM {order_lines.TABLE})"
        )
        for names in (keys, [*keys, sql.name(name)])
    ]
    return different[1] > different[0]


def _share(work: Work, name: str, of_line: str, *, returned: str = "", line: str = "", case: str = "") -> float:
    """The share of the different values ``name`` of returns among the values ``of_line``.

    Of both, a part if given, and of the returns in the ``case``.
    """
    if of_line not in sql.columns(work.connection, order_lines.TABLE):
        return 0
    own, theirs = f"{case}({_text(name, returned)})", _text(of_line, line)
    values = f"SELECT DISTINCT {own} AS value FROM {READ} WHERE value <> ''"
    known = f"SELECT {theirs} AS value FROM {order_lines.TABLE}"
    query = f"SELECT count(*) FILTER (value IN ({known})), count(*) FROM ({values})"
    among, different = sql.rows(work.connection, query)[0]
    return float(among) / max(1, int(different))


def _text(name: str, part: str) -> str:
    text = f"{sql.name(name)}::VARCHAR"
    return f"regexp_extract({text}, {sql.text(part)}, 1)" if part else text
