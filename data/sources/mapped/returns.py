"""Returns from a mapped source: from a separate file, or from a flag or date in the file of the order lines.

The lines of refused returns are recorded: without a readable return, such a line would count as kept.
"""

from data import sql
from data.errors import UserError
from data.schema import ORDER_LINES, RETURNS, Reason
from data.sources.mapped import comments, order_lines, rows
from data.sources.mapped.mapping import ReturnsRule
from data.sources.mapped.rows import Work
from data.sources.params import CommentParams

TABLE = "typed_returns"


def read(work: Work, params: CommentParams) -> None:
    """Make the table `TABLE` of returns, and ``unreadable_returns`` with the ``line_id`` of refused returns."""
    rule = work.mapping.returns
    if rule.file in (None, work.mapping.file_of_lines):
        found = _beside_lines(work, rule)
    else:
        found = _from_own_file(work, rule, str(rule.file))
    sql.run(work.connection, f"CREATE TABLE found_returns AS {found}")
    refused = "SELECT DISTINCT line_id FROM found_returns WHERE _broken AND line_id IS NOT NULL"
    sql.run(work.connection, f"CREATE TABLE unreadable_returns AS {refused}")
    sql.run(work.connection, f"CREATE TABLE {TABLE} AS SELECT * EXCLUDE (_broken) FROM found_returns WHERE NOT _broken")
    sql.run(work.connection, "DROP TABLE found_returns")
    if "reason" in rule.columns:
        _translate_reasons(work, rule)
    if rule.comment is not None:
        comments.read_reasons(work, TABLE, params)


def select(work: Work) -> str:
    """SQL: the canonical returns."""
    names = sql.columns(work.connection, TABLE)
    return f"SELECT {', '.join(sql.name(name) for name in RETURNS.names if name in names)} FROM {TABLE}"


def _beside_lines(work: Work, rule: ReturnsRule) -> str:
    """SQL: one return of each line with the flag, or without a flag in the mapping, with a date of return.

    By default all pieces of the line came back.
    """
    file = work.mapping.file_of_lines
    cells = [*rows.cells_of(work, RETURNS, file, rule.columns), *comments.cells(work, file)]
    returned = "_row IN (SELECT _row FROM typed_order_lines WHERE _flag = 'returned')"
    if not rule.flag:
        given = next(item.text for item in cells if item.column.name == "returned_at")
        returned = f"{given} IS NOT NULL AND _row IN (SELECT _row FROM {order_lines.TABLE})"
    rows.read(work, RETURNS, file, cells, "read_returns", "marked", returned)
    values = {
        "return_id": "lines.line_id || '-1'",
        "line_id": "lines.line_id",
        "returned_at": "lines.closes_at",
        "quantity": "lines.quantity",
    } | {item.column.name: f"beside.{sql.name(item.column.name)}" for item in cells}
    columns = ", ".join(f"{value} AS {sql.name(name)}" for name, value in values.items())
    return f"SELECT {columns}, _broken FROM read_returns AS beside JOIN {order_lines.TABLE} AS lines USING (_row)"


def _from_own_file(work: Work, rule: ReturnsRule, file: str) -> str:
    """SQL: the rows of a file of returns, each with its line."""
    own = {name: column for name, column in rule.columns.items() if name not in rule.match}
    keys = {name: column for name, column in rule.columns.items() if name in rule.match}
    cells = [*rows.cells_of(work, RETURNS, file, own), *rows.cells_of(work, ORDER_LINES, file, keys)]
    cells += comments.cells(work, file)
    rows.read(work, RETURNS, file, cells, "read_returns", "marked")
    query = _find_lines(work, rule.match) if rule.match else "FROM read_returns"
    if rule.columns["return_id"].generated:
        number = "row_number() OVER (PARTITION BY line_id, _broken ORDER BY returned_at, _row)"
        query = f"SELECT *, line_id || '-' || {number} AS return_id FROM ({query})"
    return query


def _find_lines(work: Work, match: tuple[str, ...]) -> str:
    """SQL: returns matched with the line of the same values in ``match``; returns without such a line become rejects.

    Where several lines match, the first return is given to the first of these lines, the second to the second, and so
    on; further returns are given to the last of these lines.
    """
    keys = ", ".join(map(sql.name, match))
    numbered = f"SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY _row) AS _nth FROM read_returns"
    lines = (
        f"SELECT {keys}, line_id, row_number() OVER (PARTITION BY {keys} ORDER BY ordered_at, line_id) AS _nth_line, "
        f"count(*) OVER (PARTITION BY {keys}) AS _lines FROM {order_lines.TABLE}"
    )
    agree = " AND ".join(f"found.{key} IS NOT DISTINCT FROM lines.{key}" for key in map(sql.name, match))
    sql.run(
        work.connection,
        f"CREATE TABLE matched_returns AS SELECT found.* EXCLUDE ({keys}, _nth), lines.line_id "
        f"FROM ({numbered}) AS found LEFT JOIN ({lines}) AS lines ON {agree} AND _nth_line = least(_nth, _lines)",
    )
    sql.run(
        work.connection,
        "INSERT INTO rejects SELECT 'returns', _file || ':row ' || (_row + 1), 'line_id', 'unknown_line', NULL "
        "FROM matched_returns WHERE line_id IS NULL AND NOT _broken",
    )
    return "FROM matched_returns WHERE line_id IS NOT NULL"


def _translate_reasons(work: Work, rule: ReturnsRule) -> None:
    """Replace the shop's own reasons by `Reason` codes; `UserError` that lists all reasons missing from the mapping."""
    codes = {own: reason.value for own, reason in (rule.reasons or {code.value: code for code in Reason}).items()}
    unknown = sql.rows(
        work.connection,
        f"SELECT reason, count(*) FROM {TABLE} WHERE reason NOT IN ({sql.texts(codes)}) "
        "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
    )
    if unknown:
        raise UserError(
            expected=f"returns.reasons of the mapping to translate every reason to one of {', '.join(Reason)}",
            found="not in it: " + ", ".join(f"{own!r} ({count} returns)" for own, count in unknown),
            fix=f"add a line for each under returns.reasons, such as {unknown[0][0]}: OTHER",
        )
    cases = " ".join(f"WHEN {sql.text(own)} THEN '{code}'" for own, code in codes.items())
    sql.run(work.connection, f"UPDATE {TABLE} SET reason = CASE reason {cases} END")
