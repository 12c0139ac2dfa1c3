"""The values of a watched column on the rows that stay, the most frequent first."""

from data import sql
from data.personal_data.masking import is_shown, shown
from data.sources.mapped.cleaning import clean
from data.sources.mapped.rows import Work, rows_of
from data.sources.mapped.signs.watched import Watched

MOST = 1000

Counted = list[tuple[str, int]]
"""Values of a column, each with the number of its rows."""


def values(work: Work, column: Watched, stays: str) -> Counted:
    """Give the filled values of a column, each with its count; at most `MOST`.

    ``stays``: a query of ``_row`` of the rows that are looked at.
    """
    cell = clean(sql.name(column.name))
    query = f"SELECT {cell}, count(*) FROM {rows(work, column)} WHERE {cell} <> '' AND _row IN ({stays}) GROUP BY 1"
    found = sql.rows(work.connection, f"{query} ORDER BY 2 DESC, 1 LIMIT {MOST}")
    return [(str(value), int(count)) for value, count in found]


def rows(work: Work, column: Watched) -> str:
    """SQL: the rows of the column's input with the column: prepared ones have it where the mapping names it."""
    file, origin, name = column.file, column.origin, sql.name(column.name)
    if column.name in sql.columns(work.connection, f"rows_{file}"):
        return rows_of(file)
    if not origin.other:
        return f"(SELECT rowid AS _row, {name} FROM {sql.name(f'file_{file}')})"
    by = work.mapping.files[file].join[origin.other]
    own, key = clean(f"own.{sql.name(by.from_)}"), clean(f"other.{sql.name(by.to)}")
    cells = f"(SELECT rowid AS _row, {sql.name(origin.column)} AS _cell FROM {sql.name(f'file_{origin.other}')})"
    once = f"{rows_of(origin.other)} AS other JOIN {cells} AS cells ON other._row = cells._row"
    return f"(SELECT own._row, cells._cell AS {name} FROM {rows_of(file)} AS own JOIN ({once}) ON {own} = {key})"


def described(found: Counted, what: str) -> str:
    """Write the first of the values with their counts of ``what``; of one that may be personal, its shape."""
    return ", ".join(f"{shown(value)!r} on {count} {what}" for value, count in found[:5])


def condition(found: Counted, whole: Counted, *, rather_others: bool = False) -> str:
    """Write the test of a condition that holds for the values ``found`` among the ``whole`` filled values of a column.

    No value that may be personal stands in it: where one is found, or by ``rather_others``, the test names the other
    values.
    """
    texts = [value for value, _ in found]
    if all(map(is_shown, texts)) and not rather_others:
        return f"is: [{', '.join(map(repr, texts))}]"
    others = [value for value, _ in whole if value not in texts]
    named = [value for value in others if is_shown(value)]
    rest = "" if len(named) == len(others) else ", and the values that may be personal and stay"
    return f"is_not: [{', '.join(map(repr, ('', *named)))}{rest}]"
