"""Ids of returns that no order line has, and that one has in another writing: `1001` for `#1001` or `SO-01001`."""

from data import sql
from data.personal_data.masking import shown
from data.sources.mapped import order_lines
from data.sources.mapped.returns import pairs
from data.sources.mapped.returns.moments import READ
from data.sources.mapped.rows import Work

NUMBER = "^[^0-9]*0*([0-9].*)$"
"""The part of an id behind its signs, letters and zeros."""
DECISION = "written_otherwise"


def number(column: str) -> str:
    """SQL: the part of an id that both writings have; empty where it has none."""
    return f"regexp_extract({column}, {sql.text(NUMBER)}, 1)"


def note(work: Work, name: str, others: tuple[str, ...] = ()) -> None:
    """Count and name the returns whose id ``name`` is that of a line by its `number` alone.

    Parameters
    ----------
    others
        More keys that such a line shares with its return.
    """
    column = sql.name(name)
    known = f"(SELECT DISTINCT {column} FROM {order_lines.TABLE})"
    lonely = f"SELECT *, {number(column)} AS _number FROM {READ} ANTI JOIN {known} USING ({column}) WHERE NOT _broken"
    if not sql.number(work.connection, f"SELECT count(*) FROM ({lonely}) WHERE _number <> ''"):
        return
    same = pairs.equal(work, others) if others else "TRUE"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE other_writing AS SELECT returned._row, returned.{column} AS written, "
        f"min(line.{column}) AS meant FROM ({lonely}) AS returned JOIN {order_lines.TABLE} AS line "
        f"ON returned._number = {number(f'line.{column}')} AND returned._number <> '' AND {same} "
        f"GROUP BY ALL HAVING count(DISTINCT line.{column}) = 1",
    )
    file = work.mapping.file_of_returns
    work.decide_rows(f"returns.{name}", DECISION, file, "SELECT _row FROM other_writing")
    first = sql.rows(
        work.connection, "SELECT written, meant, count(*) OVER () FROM other_writing ORDER BY _row LIMIT 1"
    )
    for written, meant, count in first:
        (place,) = work.places(file, "SELECT min(_row) AS _row FROM other_writing")
        work.notice(
            f"returns.columns.{name}: {count:,} returns have an id that no line has, and that one has in another "
            f"writing: {shown(str(written))!r} at {place} is {shown(str(meant))!r} in the order lines. They are "
            f"refused, and their lines may count as kept. {alike(work, name)}"
        )
    sql.run(work.connection, "DROP TABLE other_writing")


def alike(work: Work, name: str) -> str:
    """Say how ids are written alike: by a part of them, where it tells the order lines' ids apart as the whole does."""
    column = sql.name(name)
    figures = f"count(DISTINCT {column}), count(DISTINCT {number(column)}), count(*) FILTER ({number(column)} = '')"
    whole, parts, none = sql.rows(work.connection, f"SELECT {figures} FROM {order_lines.TABLE}")[0]
    tables = (work.mapping.order_lines, work.mapping.returns)
    rules = [rule for table in tables if (rule := table.columns.get(name)) is not None]
    if whole != parts or none or any(rule.column is None or rule.extract for rule in rules):
        return "Export both files with the ids in one form"
    where = f"order_lines.columns.{name} and returns.columns.{name}"
    return f"Read them alike: extract: '{NUMBER}' beside the column, under {where}"
