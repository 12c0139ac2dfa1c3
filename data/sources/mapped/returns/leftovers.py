"""The returns that matching could not place: refused with the rule that says why, and their lines put in doubt."""

from data import sql
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.returns import pairs, unplaced
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

BLAMED = {"unknown_line": "line_id", "ambiguous_line": "line_id", "above_ordered": "quantity"}
"""The rules of matching, each with the column that its rejects name."""

MEANT = {"unknown_line": "pairs", "ambiguous_line": "candidates", "above_ordered": "(FROM pairs WHERE _in_time)"}
"""SQL: the returns and the lines that they may be of, by the rule that refuses these returns."""


def refuse(work: Work, rule: MatchRule) -> None:
    """Refuse the returns that are not in the table ``placed``.

    `unknown_line`: no line with the same keys was ordered before. `above_ordered`: such lines have too few pieces left.
    `ambiguous_line`: several of the table ``candidates`` fit. All these lines are in doubt. So are lines of an order
    that was named with a time that does not fit, or with a product that it lacks.
    """
    by = ", ".join(rule.by)
    described = unplaced.described(rule.by, "returned")
    fits = f"': ' || _fit || ' lines fit, which match [{by}] does not tell apart'"
    above = "': ' || quantity || ' pieces, and fewer are left'"
    if work.mapping.returns.whole_order:
        above = "': another return of this whole order comes before'"
    near = "SELECT _return, count(*) FILTER (_in_time) AS _known FROM pairs ANTI JOIN placed USING (_return) GROUP BY 1"
    sql.run(
        work.connection,
        "CREATE TABLE left_over AS SELECT _row, "
        "CASE WHEN _fit > 0 THEN 'ambiguous_line' "
        "WHEN _known > 0 THEN 'above_ordered' ELSE 'unknown_line' END AS rule, "
        f"{described} || CASE rule WHEN 'ambiguous_line' THEN {fits} WHEN 'above_ordered' THEN {above} ELSE '' END "
        "AS found "
        f"FROM (FROM {READ} WHERE NOT _broken) AS returned ANTI JOIN placed ON returned._row = placed._return "
        f"LEFT JOIN ({near}) AS near "
        "ON returned._row = near._return "
        "LEFT JOIN (SELECT _return, count(*) AS _fit FROM candidates GROUP BY _return) AS fitting "
        "ON returned._row = fitting._return",
    )
    broken = {name for (name,) in sql.rows(work.connection, "SELECT DISTINCT rule FROM left_over")}
    for name in (name for name in BLAMED if name in broken):
        unplaced.reject(work, f"FROM left_over WHERE rule = '{name}'", BLAMED[name])
        if name != "unknown_line" or "order_id" in rule.by:
            _doubt(work, name, MEANT[name])
    if "unknown_line" in broken and "order_id" in rule.by:
        _doubt_orders(work, rule)
    sql.run(work.connection, "DROP TABLE left_over")


def _doubt(work: Work, rule: str, lines: str) -> None:
    refused = f"SELECT _row FROM left_over WHERE rule = '{rule}'"
    meant = f"SELECT _line FROM {lines} WHERE _return IN ({refused})"
    unplaced.doubt(work, f"SELECT line_id FROM {order_lines.TABLE} WHERE _row IN ({meant})")


def _doubt_orders(work: Work, rule: MatchRule) -> None:
    """Put lines in doubt of an order that has none with the other keys of a return: one of them came back.

    They are the lines of the return's product, where the order has it in another size or such, and else all lines.
    """
    named = f"(FROM {READ} ANTI JOIN pairs ON _row = _return) AS returned"
    lonely = "returned._row IN (SELECT _row FROM left_over WHERE rule = 'unknown_line')"
    same = f"line.product_id = returned.{sql.name('product_id')}" if "product_id" in rule.by else "FALSE"
    sql.run(
        work.connection,
        f"CREATE TABLE of_orders AS SELECT returned._row AS _return, line._row AS _line, coalesce({same}, FALSE) "
        f"AS _same FROM {named} JOIN {order_lines.TABLE} AS line ON {pairs.equal(work, ('order_id',))} WHERE {lonely}",
    )
    meant = "SELECT _return, _line FROM of_orders QUALIFY _same = bool_or(_same) OVER (PARTITION BY _return)"
    unplaced.doubt(work, f"SELECT line_id FROM {order_lines.TABLE} WHERE _row IN (SELECT _line FROM ({meant}))")
    returns = "SELECT DISTINCT _return AS _row FROM of_orders"
    work.decide_rows("returns.line_id", "order_without_such_a_line", work.mapping.file_of_returns, returns)
    sql.run(work.connection, "DROP TABLE of_orders")
