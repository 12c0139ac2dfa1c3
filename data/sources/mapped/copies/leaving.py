"""Rows that leave an input because another copy of their record counts."""

from data import sql
from data.sources.mapped.names import table_of
from data.sources.mapped.rows import Work, rows_of

JOINED = "joined"
"""What a file feeds whose columns are read as columns of another file."""


def drop(work: Work, name: str, rows: str, what: str) -> None:
    """Drop the ``rows`` (a query of ``_row``) of the input ``name``, and count them as left out under ``what``."""
    gone = f"SELECT _row, _file FROM {rows_of(name)} SEMI JOIN ({rows}) USING (_row)"
    sql.run(work.connection, f"CREATE OR REPLACE TEMP TABLE _gone AS {gone}")
    count = sql.number(work.connection, "SELECT count(*) FROM _gone")
    if not count:
        return
    table, copy = rows_of(name), sql.name(f"kept_{name}")
    sql.run(work.connection, f"CREATE TABLE {copy} AS FROM {table} ANTI JOIN _gone USING (_row)")
    kind = sql.rows(
        work.connection,
        f"SELECT table_type FROM information_schema.tables WHERE table_name = {sql.text(f'rows_{name}')}",
    )
    sql.run(work.connection, f"DROP {'VIEW' if kind[0][0] == 'VIEW' else 'TABLE'} {table}")
    sql.run(work.connection, f"ALTER TABLE {copy} RENAME TO {table}")
    work.let_go(
        table_of(work.mapping, name) or JOINED,
        "copy",
        f"SELECT {sql.text(what)}, _file, count(*) FROM _gone GROUP BY ALL",
    )
