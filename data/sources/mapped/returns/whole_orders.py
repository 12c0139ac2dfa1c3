"""Returns that name an order, of which all pieces of all lines came back."""

from data import sql
from data.sources.mapped import order_lines
from data.sources.mapped.mapping.tables import MatchRule
from data.sources.mapped.returns import leftovers, placed_returns
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work


def place(work: Work, rule: MatchRule) -> None:
    """Make the table ``placed``: every line of a return's order, numbered from 1 in ``_number``.

    Of several returns of one order, the first by time counts; the others are refused, as nothing is left to return.
    """
    order = placed_returns.order(work)
    sql.run(
        work.connection,
        "CREATE TABLE placed AS SELECT _return, _line, "
        "row_number() OVER (PARTITION BY _return ORDER BY line_id) AS _number "
        f"FROM (SELECT _return, _line FROM pairs JOIN {READ} AS returned ON _return = returned._row WHERE _in_time "
        f"QUALIFY row_number() OVER (PARTITION BY _line ORDER BY {order}) = 1) "
        f"JOIN {order_lines.TABLE} AS line ON _line = line._row",
    )
    sql.run(work.connection, "CREATE TABLE candidates AS FROM pairs LIMIT 0")
    leftovers.refuse(work, rule)
    for table in ("candidates", "pairs"):
        sql.run(work.connection, f"DROP TABLE {table}")
