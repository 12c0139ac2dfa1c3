"""Later facts of products and customers: one row for each change, and master data as they were before the first one.

Changes of one product or customer apply by their time, and those of one moment in the order of their ids. An empty cell
says nothing, as a field that an event leaves out.
"""

from collections.abc import Iterator, Sequence

from data import sql
from data.attributes import Kind, extended
from data.errors import UserError
from data.schema import CHANGES, Table
from data.sources.mapped import left_out, order_lines, rows, times
from data.sources.mapped.mapping.changes import ChangesRule
from data.sources.mapped.rows import Work
from data.sources.mapped.signs import idle_rules

TIME = "changed_at"
DIGITS = 9
"""Digits of a number in a generated id, with zeros before it: as texts, such ids sort as their numbers do."""
TYPES = {Kind.CATEGORY: "VARCHAR", Kind.NUMBER: "DOUBLE", Kind.FLAG: "BOOLEAN"}


def read(work: Work) -> None:
    """Make the table ``typed_TABLE`` of each table of changes that the mapping feeds, and count what was decided."""
    for owner, rule in work.mapping.changes:
        table = _table(work, owner)
        typed = _typed(table)
        where = left_out.kept(work, table, rule.file, rule.leave_out)
        idle_rules.of_table(work, table.name, rule.file, f"{table.name}.leave_out", rule.leave_out)
        rows.read(work, table, rule.file, rows.cells_of(work, table, rule.file, rule.cells), typed, where=where)
        left_out.drop_guests(work, table, typed)
        _compare_keys(work, owner, rule)
        _end_days(work, table, rule)
        if rule.columns[table.key].generated:
            _number(work, owner, typed)
        _count(work, owner, rule)


def selects(work: Work) -> dict[Table, str]:
    """SQL of each table of changes that the mapping feeds; a table without rows is none, and is left out."""
    queries = {}
    for owner, rule in work.mapping.changes:
        table = _table(work, owner)
        names = [name for name in table.names if name in rule.cells]
        if sql.number(work.connection, f"SELECT count(*) FROM {_typed(table)}"):
            queries[CHANGES[owner.name]] = f"SELECT {', '.join(map(sql.name, names))} FROM {_typed(table)}"
    return queries


def before(work: Work, owner: Table, query: str) -> str:
    """SQL: the rows of ``owner`` before the first change, from ``query``, its rows by their own rule.

    A product or customer that changes alone name gets a row with its key and no other value. Of master data as of now,
    a value that changes follow is missing, and counted: nobody could know it when earlier orders were placed.
    """
    rule = dict(work.mapping.changes).get(owner)
    if rule is None:
        return query
    key, own, given = owner.key, work.mapping.master_data(owner), f"given_{owner.name}"
    names = [] if own is None else [each for each in _table(work, owner).names if each in own.cells and each != key]
    shared = [name for name in names if name in rule.cells]
    sql.run(work.connection, f"CREATE TABLE {given} AS {query}")
    if shared:
        _compare(work, owner, rule, shared)
    cells = ", ".join((key, *(_of_start(rule, name, shared) for name in names), *_undeclared(work, owner, names)))
    start = f"SELECT {cells} FROM {given} AS given {_bounds(owner) if shared else ''}"
    bare = f"SELECT DISTINCT {key} FROM {_typed(_table(work, owner))}"
    return f"{start} UNION ALL BY NAME (FROM ({bare}) ANTI JOIN {given} USING ({key}))"


def _of_start(rule: ChangesRule, name: str, shared: Sequence[str]) -> str:
    """SQL over given master data and `_bounds`: the value of the column before the first change."""
    column = sql.name(name)
    if name not in shared or rule.master_data_as_of == "start":
        return f"given.{column}"
    return f"CASE WHEN {_last(name)} IS NULL THEN given.{column} END AS {column}"


def _undeclared(work: Work, owner: Table, names: Sequence[str]) -> Iterator[str]:
    """SQL of the attributes that changes alone have: of the start, nothing is known of them."""
    for each in work.mapping.declared:
        if each.table == owner.name and each.column not in names:
            yield f"NULL::{TYPES[each.kind]} AS {sql.name(each.column)}"


def _compare(work: Work, owner: Table, rule: ChangesRule, shared: Sequence[str]) -> None:
    """Compare given master data with the first and last value of changes, and say whether they seem of another time."""
    bounds = ", ".join(
        f"{end}({sql.name(name)} ORDER BY {TIME}, change_id) FILTER ({sql.name(name)} IS NOT NULL) AS {called(name)}"
        for name in shared
        for end, called in (("first", _first), ("last", _last))
    )
    changes = f"{_typed(_table(work, owner))} GROUP BY {owner.key}"
    sql.run(work.connection, f"CREATE TABLE bounds_{owner.name} AS SELECT {owner.key}, {bounds} FROM {changes}")
    key = f"{CHANGES[owner.name].name}.master_data_as_of"
    for name in shared:
        own = f"given.{sql.name(name)}"
        counted = (f"{own} = {_last(name)}", f"{own} <> {_last(name)}", f"{_first(name)} <> {_last(name)}")
        as_last, other, moved = (f"count(*) FILTER ({each})" for each in counted)
        stale = f"count(*) FILTER ({counted[0]} AND {counted[2]})"
        query = f"SELECT {as_last}, {other}, {moved}, {stale} FROM given_{owner.name} AS given {_bounds(owner)}"
        same, different, changed, today = sql.rows(work.connection, f"{query} WHERE {own} IS NOT NULL")[0]
        place = f"{owner.name}.{name}"
        if rule.master_data_as_of == "now":
            work.decide(place, "read_from_changes", same + different)
            work.decide(place, "differs_from_last_change", different)
            if different > same:
                work.notice(
                    f"{place}: of {same + different:,} values that changes date, {different:,} are not those of the "
                    f"last change, and none is read. Where they are those of before the first change, set {key}: start"
                )
        elif 2 * today > changed:
            work.notice(
                f"{place}: of {changed:,} values that changed, {today:,} are those of the last change, so that orders "
                f"before it would have a value of later. Where the file is of today, set {key}: now"
            )


def _bounds(owner: Table) -> str:
    return f"LEFT JOIN bounds_{owner.name} AS bounds USING ({owner.key})"


def _first(name: str) -> str:
    return sql.name(f"first_{name}")


def _last(name: str) -> str:
    return sql.name(f"last_{name}")


def _compare_keys(work: Work, owner: Table, rule: ChangesRule) -> None:
    """Count the products or customers of changes that no order line names.

    Raises
    ------
    UserError
        No order line names any of them: the file most likely writes the ids otherwise.
    """
    table, key = _table(work, owner), owner.key
    keys = f"SELECT DISTINCT {key} FROM {_typed(table)}"
    lonely = f"SELECT count(*) FROM ({keys}) ANTI JOIN {order_lines.TABLE} USING ({key})"
    found, all_keys = (sql.number(work.connection, query) for query in (lonely, f"SELECT count(*) FROM ({keys})"))
    work.decide(f"{table.name}.{key}", "of_no_order_line", found)
    if found and found == all_keys:
        read = ", ".join(map(repr, rule.columns[key].reads))
        raise UserError(
            expected=f"ids in {table.name}.columns.{key}, column {read} of {rule.file}, that order lines have",
            found=f"none, of {found:,}",
            fix="compare the columns, and read the ids alike, such as by extract; or remove the section where its file "
            "is of other orders",
        )


def _end_days(work: Work, table: Table, rule: ChangesRule) -> None:
    """Set dates without a time to the end of their day, in a shop whose orders have times of day; count them.

    What a date says became known at some time of that day, and no order before may have it.
    """
    mark = rows.date_of(TIME)
    if not order_lines.orders_have_times(work, order_lines.TABLE):
        return
    zone = rule.columns[TIME].timezone or work.mapping.timezone
    found = sql.number(work.connection, f"SELECT count(*) FROM {_typed(table)} WHERE {mark}")
    work.decide(f"{table.name}.{TIME}", "date_as_end_of_day", found)
    sql.run(work.connection, f"UPDATE {_typed(table)} SET {TIME} = {times.day_end(TIME, zone)} WHERE {mark}")


def _number(work: Work, owner: Table, typed: str) -> None:
    """Give the changes of each product or customer ids by their order in the input."""
    place = f"row_number() OVER (PARTITION BY {owner.key} ORDER BY _row)"
    number = f"{owner.key} || '-' || printf('%0{DIGITS}d', {place})"
    sql.run(work.connection, f"CREATE TABLE numbered AS SELECT *, {number} AS change_id FROM {typed}")
    sql.run(work.connection, f"DROP TABLE {typed}")
    sql.run(work.connection, f"ALTER TABLE numbered RENAME TO {typed}")


def _count(work: Work, owner: Table, rule: ChangesRule) -> None:
    """Count empty cells behind a value, which stays, and values of one column that differ at one moment."""
    table, key = _table(work, owner), owner.key
    so_far = f"PARTITION BY {key} ORDER BY {TIME}, change_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    for name in (name for name in table.names if name in rule.cells and name not in (table.key, key, TIME)):
        cell = sql.name(name)
        earlier = f"SELECT {cell} AS cell, count({cell}) OVER ({so_far}) AS earlier FROM {_typed(table)}"
        stays = f"SELECT count(*) FROM ({earlier}) WHERE cell IS NULL AND earlier > 0"
        work.decide(f"{table.name}.{name}", "empty_changes_nothing", sql.number(work.connection, stays))
        several = f"SELECT 1 FROM {_typed(table)} GROUP BY {key}, {TIME} HAVING count(DISTINCT {cell}) > 1"
        count = sql.number(work.connection, f"SELECT count(*) FROM ({several})")
        work.decide(f"{table.name}.{name}", "last_id_of_a_moment", count)


def _table(work: Work, owner: Table) -> Table:
    return extended(CHANGES[owner.name], work.mapping.declared)


def _typed(table: Table) -> str:
    return f"typed_{table.name}"
