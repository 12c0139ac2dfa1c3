"""Each return on one line: decided by whole groups of returns and lines, and never by the order of rows.

A return and a line that fit each other alone are placed first. The others are decided in rounds, until one places none:

1. Of the lines with enough pieces left, ``match.prefer`` and ``match.choose`` leave the candidates of each return.
2. Candidates that are equal in everything but their id are exchangeable: the first of them take such returns.
3. Where the returns of a set of lines are all of its pieces, all of these lines came back, whichever way round.

A return of more pieces than any of its lines has is spread over equal ones (`spread`). What is left fits several lines
that differ. Such a return is refused, and the outcome of these lines is unknown.
"""

from data import sql
from data.schema import ORDER_LINES, TIME
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.returns import blocks, leftovers, pairs, placed_returns, spread
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

DECIDED = ("preferred", "latest", "equal_lines", "all_pieces_returned")
"""How a return that several lines fit was placed, as the decisions on ``returns.line_id`` count it."""


def place(work: Work, rule: MatchRule) -> None:
    """Make the table ``placed`` (``_return``, ``_line``, ``_pieces``, ``_how``), and refuse the other returns."""
    sql.run(
        work.connection,
        "CREATE TABLE placed AS SELECT _return, _line, _pieces, 'only' AS _how FROM pairs "
        "WHERE _in_time AND _pieces <= _ordered "
        "QUALIFY count(*) OVER (PARTITION BY _return) = 1 AND count(*) OVER (PARTITION BY _line) = 1",
    )
    _open(work, rule)
    _find_candidates(work, rule)
    while _has_candidates(work) and _place_blocks(work):
        _close_placed(work)
        _find_candidates(work, rule)
    spread.place(work)
    leftovers.refuse(work, rule)
    used = {how for (how,) in sql.rows(work.connection, "SELECT DISTINCT _how FROM placed")}
    for how in (how for how in (*DECIDED, spread.HOW) if how in used):
        placed = f"SELECT DISTINCT _return AS _row FROM placed WHERE _how = '{how}'"
        work.decide_rows("returns.line_id", how, work.mapping.file_of_returns, placed)
    _count_disagreeing(work, rule)
    for table in ("open_pairs", "contested_lines", "candidates", "pairs"):
        sql.run(work.connection, f"DROP TABLE {table}")


def _has_candidates(work: Work) -> bool:
    """Whether a return is left to decide; in most files each fits one line, and no block has to be laid out."""
    return sql.number(work.connection, "SELECT count(*) FROM candidates") > 0


def _place_blocks(work: Work) -> int:
    """Place returns by the first way of `blocks` that places any; count them."""
    return blocks.place_exchangeable(work) or blocks.place_full_sets(work) or blocks.place_full_groups(work)


def _open(work: Work, rule: MatchRule) -> None:
    """Make the tables of what is not decided yet.

    ``open_pairs``: returns and lines with ``_score``, their agreement in ``match.prefer``, and ``_nth``, the place of
    the return by time. ``contested_lines``: ``_left`` pieces; ``_class``, equal for exchangeable lines; ``_group``,
    equal for lines with the same keys; and ``_place`` by time.
    """
    line = f"JOIN {order_lines.TABLE} AS line ON _line = line._row" if rule.prefer else ""
    sql.run(
        work.connection,
        f"CREATE TABLE open_pairs AS SELECT _return, _line, _pieces, {_score(work, rule)} AS _score, "
        f"dense_rank() OVER (ORDER BY {placed_returns.order(work)}) AS _nth "
        "FROM (FROM pairs ANTI JOIN placed USING (_return) WHERE _in_time AND _pieces <= _ordered) "
        f"JOIN {READ} AS returned ON _return = returned._row {line}",
    )
    content = order_lines.content(work)
    keys = ", ".join(pairs.group_key(work, name) for name in rule.by)
    sql.run(
        work.connection,
        "CREATE TABLE contested_lines AS SELECT _row AS _line, ordered_at AS _ordered_at, "
        "quantity AS _ordered, quantity AS _left, "
        f"min(_row) OVER (PARTITION BY {content}) AS _class, min(_row) OVER (PARTITION BY {keys}) AS _group, "
        f"row_number() OVER (PARTITION BY {keys} ORDER BY ordered_at, {content}, line_id) AS _place "
        f"FROM {order_lines.TABLE} AS line SEMI JOIN open_pairs ON line._row = open_pairs._line",
    )


def _score(work: Work, rule: MatchRule) -> str:
    """SQL: agreement in the preferred columns as a number, in which the first column outweighs all others."""
    agree = (
        f"CASE WHEN {_agree(work, name)} THEN {2**place} ELSE 0 END" for place, name in enumerate(rule.prefer[::-1])
    )
    return " + ".join(agree) or "0"


def _count_disagreeing(work: Work, rule: MatchRule) -> None:
    """Count the returns on a line of another size, price or such, because no line agrees better in ``prefer``."""
    for name in rule.prefer:
        both = f"returned.{sql.name(name)} IS NOT NULL AND line.{sql.name(name)} IS NOT NULL"
        other = (
            f"SELECT _return AS _row FROM placed JOIN {READ} AS returned ON _return = returned._row "
            f"JOIN {order_lines.TABLE} AS line ON _line = line._row WHERE {both} AND NOT {_agree(work, name)}"
        )
        work.decide_rows("returns.line_id", f"other {name}", work.mapping.file_of_returns, other)


def _agree(work: Work, name: str) -> str:
    if ORDER_LINES.column(name).dtype == TIME:
        return pairs.equal(work, (name,))
    return " = ".join(f"lower(trim(CAST({alias}.{sql.name(name)} AS VARCHAR)))" for alias in ("returned", "line"))


def _find_candidates(work: Work, rule: MatchRule) -> None:
    """Make the table ``candidates``: the open pairs that capacity, ``prefer`` and ``choose`` leave to each return."""
    fitting = "SELECT * FROM open_pairs JOIN contested_lines USING (_line) WHERE _pieces <= _left"
    each = "OVER (PARTITION BY _return)"
    how = f"CASE WHEN min(_score) {each} < _score THEN 'preferred' ELSE 'only' END AS _how"
    query = f"SELECT *, {how} FROM ({fitting}) QUALIFY _score = max(_score) {each}"
    if rule.choose == "latest":
        how = f"CASE WHEN min(_ordered_at) {each} < _ordered_at THEN 'latest' ELSE _how END AS _how"
        query = f"SELECT * REPLACE ({how}) FROM ({query}) QUALIFY _ordered_at = max(_ordered_at) {each}"
    sql.run(work.connection, f"CREATE OR REPLACE TABLE candidates AS {query}")


def _close_placed(work: Work) -> None:
    """Take the placed returns out of the open ones, and their pieces off the lines."""
    sql.run(work.connection, "DELETE FROM open_pairs WHERE _return IN (SELECT _return FROM placed)")
    sql.run(
        work.connection,
        "UPDATE contested_lines SET _left = _ordered - taken FROM "
        "(SELECT _line, sum(_pieces) AS taken FROM placed SEMI JOIN contested_lines USING (_line) GROUP BY 1) "
        "AS of_line "
        "WHERE contested_lines._line = of_line._line",
    )
