"""Rules of the mapping that match no row: each is reported with 0, and with the values that its columns have.

A rule that is spelt otherwise than the file, ``storno`` for ``Storniert``, leaves nothing out and breaks nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

from data import sql
from data.personal_data import judgement
from data.reading.guests import CERTAIN
from data.schema import CUSTOMERS
from data.sources.mapped import conditions
from data.sources.mapped.cells import source
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.conditions import Condition
from data.sources.mapped.rows import Gone, Work, most_frequent, reading, rows_of

SHOWN, LOOKED_AT = 5, 1000
"""Values of a column that a notice shows, and those that are judged before."""

Tests = tuple[Condition, ...]


def of_table(work: Work, table: str, file: str, key: str, rules: Mapping[str, Tests]) -> None:
    """Count 0 rows of ``file`` for each of ``rules`` that left none out of ``table``, and give a notice of it.

    ``key``: the key of the mapping under which the rules stand.
    """
    hit = {item.rule for item in work.gone if (item.table, item.why) == (table, "left out")}
    idle = [name for name in rules if name not in hit]
    if not idle:
        return
    files = sql.rows(work.connection, f"SELECT DISTINCT _file FROM {rows_of(file)} ORDER BY 1")
    for name in idle:
        work.gone += [Gone(table, str(each), "left out", name, 0) for (each,) in files]
        notice(work, file, f"{key}: the rule {name!r}", rules[name])


def notice(work: Work, file: str, rule: str, tests: Tests) -> None:
    """Give a notice of a ``rule`` with the conditions ``tests``, under which no row of ``file`` is counted.

    A rule that may match none is none to notice: a preset names the states of all exports of its layout.
    """
    if any(test.optional for test in tests):
        return
    met = conditions.all_hold(tests, reading(work, file))
    if count := sql.number(work.connection, f"SELECT count(*) FROM {rows_of(file)} WHERE {met}"):
        work.notice(f"{rule} adds nothing: the rows that it matches, {count:,}, are left out before it or are no lines")
        return
    seen = "; ".join(_seen(work, file, column) for column in dict.fromkeys(test.column for test in tests))
    work.notice(
        f"{rule} matched no row; {seen}. Write the rule's values as the file does; or set optional: true beside them, "
        "if other exports have such rows; or remove the rule"
    )


def of_guests(work: Work) -> None:
    """Count the rows with each value that stands for a guest, and give a notice of a value that no row has.

    A usual value such as 0 may be absent: another spelling of it is found by `placeholders`.
    """
    rule = work.mapping.order_lines.columns.get(CUSTOMERS.key)
    if rule is None or not rule.missing:
        return
    file = work.mapping.file_of_lines
    read = replace(reading(work, file), missing=())
    cell = source(rule.model_copy(update={"missing": ()}), read)
    for value in filter(None, rule.missing):
        count = sql.number(work.connection, f"SELECT count(*) FROM {rows_of(file)} WHERE {cell} = {sql.text(value)}")
        work.record(f"order_lines.{CUSTOMERS.key}", f"stands_for_guest: {value}", count)
        if not count and value not in CERTAIN:
            work.notice(
                f"order_lines.columns.{CUSTOMERS.key}.missing: no row has the value {value!r}, so no line is a guest's "
                "by it. Write the value as the file does, or remove it"
            )


def _seen(work: Work, file: str, column: str) -> str:
    cells = f"SELECT {source(ColumnRule(column=column), reading(work, file))} AS cell FROM {rows_of(file)}"
    filled = f"SELECT DISTINCT cell FROM ({cells}) WHERE cell IS NOT NULL ORDER BY 1 LIMIT {LOOKED_AT}"
    values = [str(value) for (value,) in sql.rows(work.connection, filled)]
    if not values:
        return f"the column {column!r} is empty"
    if judgement.is_personal(column, values):
        return f"the column {column!r} has other values, which may be personal and are not shown"
    return f"the column {column!r} has {most_frequent(work, cells, SHOWN)}"
