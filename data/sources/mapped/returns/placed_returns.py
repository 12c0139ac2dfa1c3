"""The returns that are placed on a line, in the form of the canonical table."""

from data import sql
from data.schema import RETURNS
from data.sources.mapped import order_lines, rows, times
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

TABLE = "typed_returns"


def own_columns(work: Work) -> list[str]:
    """Name the columns of the rows read that belong to a return itself, not to the line that it names."""
    of_lines = [name for name in work.mapping.returns.keys if name not in RETURNS.names]
    others = {*of_lines, *(f"_date_{name}" for name in of_lines), "_broken"}
    return [name for name in sql.columns(work.connection, READ) if name not in others]


def order(work: Work) -> str:
    """SQL: the order of rows ``returned``: by time, then by content; their order in the file decides last."""
    own = [f"returned.{sql.name(name)}" for name in own_columns(work) if name not in ("_row", "_file")]
    first = ["returned.returned_at"] if "returned_at" in work.mapping.returns.columns else []
    return ", ".join((*first, *own, "returned._row"))


def make(work: Work, query: str) -> None:
    """Make the table `TABLE` of the rows of ``query``, and drop the rows as they were read."""
    sql.run(work.connection, f"CREATE TABLE {TABLE} AS {query}")
    sql.run(work.connection, f"DROP TABLE {READ}")


def end_days(work: Work) -> None:
    """Set dates without a time to the end of their day, in a shop whose orders have times of day; count them.

    What a date says happened at some time of that day: it is known at its end, and never lies before an order of the
    day.
    """
    known = [*map(sql.name, sql.columns(work.connection, TABLE))]
    dated = [name for name in ("returned_at", "requested_at") if rows.date_of(name) in known]
    if not dated or not order_lines.orders_have_times(work, order_lines.TABLE):
        return
    for name in dated:
        zone = work.mapping.returns.columns[name].timezone or work.mapping.timezone
        marked = rows.date_of(name)
        sql.run(work.connection, f"UPDATE {TABLE} SET {name} = {times.day_end(name, zone)} WHERE {marked}")
        count = sql.number(work.connection, f"SELECT count(*) FROM {TABLE} WHERE {marked}")
        work.decide(f"{RETURNS.name}.{name}", "date_as_end_of_day", count)
