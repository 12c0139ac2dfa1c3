"""A return of more pieces than one line has, where equal lines of its order have them together.

An export with a row for each piece has such lines. The return becomes one on each line, with so many pieces as the line
has left.
"""

from data import sql
from data.sources.mapped import order_lines
from data.sources.mapped.returns import placed_returns
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

HOW = "spread_over_equal_lines"
"""How such a return was placed, as the decisions on ``returns.line_id`` count it."""


def place(work: Work) -> None:
    """Place such returns into ``placed``, once for each line; those of the table ``candidates`` are ambiguous.

    Lines are equal where their content is, apart from their id. Returns take the pieces of their lines in the order of
    time. Where the lines that are left have fewer pieces, the return stays unplaced.
    """
    _find(work)
    if sql.number(work.connection, "SELECT count(*) FROM wide"):
        _spread(work)
    sql.run(work.connection, "DROP TABLE wide")


def _spread(work: Work) -> None:
    upto = "sum({0}) OVER (PARTITION BY _block ORDER BY {1})"
    returns = (
        f"SELECT *, {upto.format('_pieces', '_nth')} AS _upto FROM (SELECT DISTINCT _block, _return, _pieces, _nth"
    )
    lines = f"SELECT *, {upto.format('_left', '_id')} AS _upto FROM (SELECT DISTINCT _block, _line, _left, _id"
    share = "least(one._upto, other._upto) - greatest(one._upto - one._pieces, other._upto - other._left)"
    whole = "SELECT _block, sum(_left) AS _whole FROM lines_of_blocks GROUP BY _block"
    sql.run(work.connection, f"CREATE TABLE lines_of_blocks AS {lines} FROM wide)")
    sql.run(
        work.connection,
        f"INSERT INTO placed SELECT _return, _line, {share} AS _share, '{HOW}' FROM ({returns} FROM wide)) AS one "
        f"JOIN lines_of_blocks AS other USING (_block) JOIN ({whole}) USING (_block) "
        "WHERE one._upto <= _whole AND _share > 0",
    )
    sql.run(work.connection, "DROP TABLE lines_of_blocks")


def _find(work: Work) -> None:
    """Make the table ``wide``: open returns and their lines with ``_left`` pieces, all of one class, ``_block``."""
    order = placed_returns.order(work)
    taken = "SELECT _line, sum(_pieces) AS _taken FROM placed GROUP BY _line"
    classes = (
        f"SELECT _row AS _line, line_id AS _id, min(_row) OVER (PARTITION BY {order_lines.content(work)}) AS _block "
        f"FROM {order_lines.TABLE}"
    )
    open_ = (
        "SELECT _return, _line, _id, _pieces, _nth, _block, _ordered - coalesce(_taken, 0) AS _left FROM pairs "
        f"JOIN (SELECT _row AS _return, row_number() OVER (ORDER BY {order}) AS _nth FROM {READ} AS returned) "
        "USING (_return) "
        f"JOIN ({classes}) USING (_line) LEFT JOIN ({taken}) USING (_line) "
        "ANTI JOIN placed USING (_return) ANTI JOIN candidates USING (_return) WHERE _in_time"
    )
    contested = "SELECT _line FROM candidates"
    sql.run(
        work.connection,
        f"CREATE TABLE wide AS SELECT * FROM ({open_}) WHERE _left > 0 "
        "QUALIFY min(_block) OVER (PARTITION BY _return) = max(_block) OVER (PARTITION BY _return) "
        f"AND NOT bool_or(_line IN ({contested})) OVER (PARTITION BY _return)",
    )
