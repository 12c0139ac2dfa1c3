"""Returns in rows of their own: in a separate file, or among the order lines."""

from dataclasses import replace

from data import sql
from data.schema import ORDER_LINES, RETURNS
from data.sources.mapped import comments, conditions, left_out, order_lines, rows
from data.sources.mapped.mapping.tables import MatchRule, ReturnsRule
from data.sources.mapped.returns import (
    equal_rows,
    float_ids,
    matching,
    of_left_out,
    other_writing,
    pairs,
    placed_returns,
    unplaced,
    unreadable,
    whole_orders,
)
from data.sources.mapped.returns.amounts import two_signs
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work
from data.sources.mapped.signs import idle_rules


def place(work: Work, rule: ReturnsRule) -> None:
    """Make `placed_returns.TABLE`: the returns that name their line, or find it by ``rule.match``.

    Raises
    ------
    UserError
        See `float_ids.unite` and `unplaced.refuse_if_none_is_placed`.
    """
    _read(work, rule)
    query = _by_line_id(work) if rule.match is None else _matched(work, rule, rule.match)
    if rule.columns["return_id"].generated:
        others = [sql.name(name) for name in placed_returns.own_columns(work) if name not in ("_row", "_file")]
        number = f"row_number() OVER (PARTITION BY line_id ORDER BY returned_at, {', '.join((*others, '_row'))})"
        query = f"SELECT *, line_id || '-' || {number} AS return_id FROM ({query})"
    placed_returns.make(work, query)
    sql.run(work.connection, "DROP TABLE IF EXISTS placed")


def _read(work: Work, rule: ReturnsRule) -> None:
    """Make the table `READ`: typed rows, unreadable ones marked. Rows among the lines count pieces without a sign.

    An empty key is no unreadable cell: of `MatchRule.by` it is refused later, of `MatchRule.prefer` it says nothing.
    """
    file = work.mapping.file_of_returns
    keys = {name: column for name, column in rule.columns.items() if name not in RETURNS.names}
    own = {name: column for name, column in rule.columns.items() if name not in keys}
    named = [
        replace(cell, column=replace(cell.column, nullable=True))
        for cell in rows.cells_of(work, ORDER_LINES, file, keys)
    ]
    cells = [*rows.cells_of(work, RETURNS, file, own), *named, *comments.cells(work, file)]
    where = _where(work, rule, file)
    for cell in (cell for cell in cells if cell.column.name == "quantity"):
        two_signs.refuse(work, cell, rule.columns["quantity"], where)
    rows.read(work, RETURNS, file, cells, READ, "marked", where=where)
    if rule.rows is not None and "quantity" in own:
        sql.run(work.connection, f"UPDATE {READ} SET quantity = abs(quantity) WHERE quantity < 0")
    if rule.columns["return_id"].generated:
        equal_rows.count(work, file)


def _where(work: Work, rule: ReturnsRule, file: str) -> str:
    """SQL over the prepared rows: whether a row is a return; rows that a rule leaves out are counted."""
    if rule.rows is None:
        where = left_out.kept(work, RETURNS, file, rule.leave_out)
        idle_rules.of_table(work, RETURNS.name, file, "returns.leave_out", rule.leave_out)
        return where
    left_out.refuse_unreadable(work, file, {left_out.RETURNS: rule.rows, **rule.leave_out})
    reading = rows.reading(work, file)
    among_lines = conditions.all_hold(rule.rows, reading)
    found = conditions.any_rule(rule.leave_out, reading)
    counts = f"SELECT {found} AS rule, _file, count(*) FROM {rows.rows_of(file)} WHERE {among_lines}"
    work.let_go(RETURNS.name, "left out", f"{counts} AND rule IS NOT NULL GROUP BY ALL")
    idle_rules.of_table(work, RETURNS.name, file, "returns.leave_out", rule.leave_out)
    return f"{among_lines} AND ({found}) IS NULL"


def _by_line_id(work: Work) -> str:
    """SQL: the readable returns, with the line that they name; whether it exists is left to validation."""
    float_ids.unite(work, ("line_id",))
    of_left_out.let_go(work, ("line_id",), f"SELECT _row FROM {READ} ANTI JOIN {order_lines.TABLE} USING (line_id)")
    other_writing.note(work, "line_id")
    unplaced.doubt(work, f"SELECT line_id FROM {READ} WHERE _broken")
    if "returned_at" in work.mapping.returns.columns:
        return _values(work, {}, f"{READ} AS returned")
    lonely = f"{READ} ANTI JOIN {order_lines.TABLE} USING (line_id)"
    rule = "SELECT _row, 'unknown_line' AS rule, line_id AS found"
    unplaced.reject(work, f"{rule} FROM {lonely} WHERE NOT _broken")
    lines = f"(SELECT line_id, min(closes_at) AS closes_at FROM {order_lines.TABLE} GROUP BY line_id) AS line"
    return _values(work, {}, f"{READ} AS returned JOIN {lines} USING (line_id)")


def _matched(work: Work, rule: ReturnsRule, match: MatchRule) -> str:
    """SQL: the returns that found their line; the others are refused."""
    if not rule.whole_order:
        _refuse_no_pieces(work)
    float_ids.unite(work, match.by)
    unreadable.refuse(work, match)
    pairs.find(work, match)
    of_left_out.let_go(work, match.by, f"SELECT _row FROM {READ} ANTI JOIN pairs ON _row = _return")
    if "order_id" in match.by:
        other_writing.note(work, "order_id", tuple(name for name in match.by if name != "order_id"))
    (whole_orders if rule.whole_order else matching).place(work, match)
    unplaced.refuse_if_none_is_placed(work, match)
    return _values(
        work,
        {"line_id": "line.line_id"},
        f"placed JOIN {READ} AS returned ON _return = returned._row "
        f"JOIN {order_lines.TABLE} AS line ON _line = line._row",
    )


def _refuse_no_pieces(work: Work) -> None:
    """Refuse returns of less than one piece, which would fit every line."""
    none = f"SELECT _row, 'below_minimum' AS rule, quantity::VARCHAR AS found FROM {READ} WHERE quantity < 1"
    unplaced.reject(work, f"{none} AND NOT _broken", "quantity")
    sql.run(work.connection, f"UPDATE {READ} SET _broken = TRUE WHERE quantity < 1")


def _values(work: Work, more: dict[str, str], source: str) -> str:
    """SQL: the placed returns of ``source`` in all columns of a return; without a date, known at their line's close."""
    rule = work.mapping.returns
    values = {name: f"returned.{sql.name(name)}" for name in placed_returns.own_columns(work)} | more
    if rule.whole_order:
        values["quantity"] = "line.quantity"
        if "return_id" in values:
            values["return_id"] = "returned.return_id || '-' || _number"
    elif rule.match is not None:
        values["quantity"] = "placed._pieces"
        values |= {"return_id": _id_of_part()} if "return_id" in values else {}
    if "returned_at" not in rule.columns:
        values["returned_at"] = "line.closes_at"
    columns = ", ".join(f"{value} AS {sql.name(name)}" for name, value in values.items())
    return f"SELECT {columns} FROM {source} WHERE NOT returned._broken"


def _id_of_part() -> str:
    """SQL: the id of a return, numbered where the return is spread over several lines."""
    each = "OVER (PARTITION BY _return{0})"
    number = f"row_number() {each.format(' ORDER BY line.line_id')}"
    return f"returned.return_id || CASE WHEN count(*) {each.format('')} > 1 THEN '-' || {number} ELSE '' END"
