"""Returns that are placed together on the lines of a block, where it makes no difference which takes which.

Returns and lines of a block are laid side by side as intervals of pieces: a return is placed on the line whose interval
holds its own. Without returns of several pieces, both are in order of time; else the largest come first, so that a
return rarely lies across two lines. A return that does is left to the next round.
"""

from data import sql
from data.sources.mapped.rows import Work


def place_exchangeable(work: Work) -> int:
    """Place the returns whose candidates are exchangeable; count them."""
    of_returns = (
        "SELECT _return, min(_class) AS _block FROM candidates GROUP BY _return HAVING min(_class) = max(_class)"
    )
    _lay_out(work, of_returns)
    how = "CASE WHEN _lines > 1 THEN 'equal_lines' ELSE _how END"
    return _accept(work, f"SELECT _return, _line, _pieces, {how} AS _how FROM fits")


def place_full_sets(work: Work) -> int:
    """Place the returns with the same candidates, if they are at least all pieces of these; count them."""
    sets = "SELECT _return, list(_line ORDER BY _line) AS _set FROM candidates GROUP BY _return"
    _lay_out(work, f"SELECT _return, min(_return) OVER (PARTITION BY _set) AS _block FROM ({sets})")
    return _accept_full(work, ">=")


def place_full_groups(work: Work) -> int:
    """Place all returns with the same keys, if they are exactly all pieces of their candidates; count them."""
    _lay_out(work, "SELECT DISTINCT _return, _group AS _block FROM candidates")
    return _accept_full(work, "=")


def _lay_out(work: Work, of_returns: str) -> None:
    """Make the tables ``blocks`` and ``fits`` (a ``_return`` and the ``_line`` whose interval holds its own).

    Of each block there are ``_lines``, ``_left`` (their pieces) and ``_back`` (the pieces of its returns).
    ``of_returns``: SQL that gives each ``_return`` its ``_block``.
    """
    member = f"CREATE OR REPLACE TABLE members AS SELECT * FROM candidates JOIN ({of_returns}) USING (_return)"
    sql.run(work.connection, member)
    returns, lines = (
        "SELECT DISTINCT _block, _return, _pieces, _nth, _how",
        "SELECT DISTINCT _block, _line, _left, _place",
    )
    of_lines = f"SELECT _block, count(*) AS _lines, sum(_left) AS _left FROM ({lines} FROM members) GROUP BY _block"
    back = f"SELECT _block, sum(_pieces) AS _back, max(_pieces) AS _most FROM ({returns} FROM members) GROUP BY _block"
    sql.run(
        work.connection,
        "CREATE OR REPLACE TABLE blocks AS SELECT *, _lines > 1 AND _most > 1 AS _packed "
        f"FROM ({of_lines}) JOIN ({back}) USING (_block)",
    )
    upto = "sum({0}) OVER (PARTITION BY _block ORDER BY CASE WHEN _packed THEN {0} END DESC NULLS LAST, {1}) AS _upto"
    packed = "JOIN (SELECT _block, _lines, _packed FROM blocks) USING (_block)"
    line = f"SELECT * EXCLUDE (_lines), {upto.format('_left', '_place')} FROM ({lines} FROM members) {packed}"
    sql.run(
        work.connection,
        "CREATE OR REPLACE TABLE fits AS SELECT one._block, _return, _line, _pieces, _how, _lines "
        f"FROM (SELECT *, {upto.format('_pieces', '_nth')} FROM ({returns} FROM members) {packed}) AS one "
        f"JOIN ({line}) AS other ON one._block = other._block AND one._upto <= other._upto "
        "AND one._upto - _pieces >= other._upto - _left SEMI JOIN candidates USING (_return, _line)",
    )


def _accept_full(work: Work, returned: str) -> int:
    """Place the returns that fill their block; ``returned`` (``=`` or ``>=``) compares their pieces with its own."""
    full = f"SELECT _block, _left FROM blocks WHERE _back {returned} _left"
    whole = f"SELECT _block FROM fits JOIN ({full}) USING (_block) GROUP BY _block, _left HAVING sum(_pieces) = _left"
    rows = "SELECT _return, _line, _pieces, 'all_pieces_returned' AS _how"
    return _accept(work, f"{rows} FROM fits SEMI JOIN ({whole}) USING (_block)")


def _accept(work: Work, query: str) -> int:
    count = sql.number(work.connection, f"INSERT INTO placed {query}")
    for table in ("members", "blocks", "fits"):
        sql.run(work.connection, f"DROP TABLE {table}")
    return count
