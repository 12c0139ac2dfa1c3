"""Copies of a record in exports that overlap: which one counts, by a rule of the mapping, and how many do not.

Copies share an id. Where rows have no id of their own, the unit is the order, all of whose rows come from one file; or,
for returns, the whole row.
"""

from data import sql
from data.errors import UserError
from data.sources.mapped import cut_orders
from data.sources.mapped.cleaning import clean
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.names import table_of
from data.sources.mapped.rows import Work, most_frequent, rows_of
from data.sources.mapped.times import one_of

JOINED = "joined"
"""What a file feeds whose columns are read as columns of another file."""

WAYS = "{newest_by: COLUMN} (the copy with the largest value in it), or fullest (the copy with the most filled cells)"


def drop_by_id(
    work: Work, name: str, key: str, rule: CopiesRule | None, *, apart: str = "FALSE", must: bool = True
) -> None:
    """Keep one copy of each record of the input ``name`` by the shop's column ``key``, and count the others.

    Parameters
    ----------
    apart
        SQL over a row: rows for which it is true are no copies of others.
    must
        Whether copies that differ are an error where no rule chooses; otherwise they stay.

    Raises
    ------
    UserError
        Copies differ, and the mapping does not say which one counts.
    """
    own = f"SELECT *, {clean(sql.name(key))} AS _key, {apart} AS _apart FROM {rows_of(name)}"
    # Hashes of keys group faster than keys do, and hardly any key is left to be compared.
    alike = f"SELECT hash(_key) AS _hash FROM ({own}) GROUP BY 1 HAVING count(*) > 1"
    many = "_key <> '' QUALIFY count(*) OVER (PARTITION BY _key, _apart) > 1"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE _copies AS FROM ({own}) WHERE hash(_key) IN ({alike}) AND {many}",
    )
    if not sql.number(work.connection, "SELECT count(*) FROM _copies"):
        return
    cells = _cells(work, name, rule)
    if rule is not None and rule.newest_by is not None:
        _refuse_incomparable(work, name, rule, "_copies")
    if rule is None or rule.newest_by is None:
        equal = ", ".join(sql.name(column) for column in cells)
        further = (
            f"SELECT _row FROM _copies QUALIFY row_number() OVER (PARTITION BY _key, _apart, {equal} ORDER BY _row) > 1"
        )
        _drop(work, name, further, "identical_copies")
        sql.run(work.connection, f"DELETE FROM _copies WHERE _row NOT IN (SELECT _row FROM {rows_of(name)})")
    if rule is not None and not rule.identical:
        _count_ties(work, name, rule, cells)
        best = f"row_number() OVER (PARTITION BY _key, _apart ORDER BY {_best(rule, cells)}, _row DESC)"
        _drop(work, name, f"SELECT _row FROM _copies QUALIFY {best} > 1", "other_copies")
    elif must or rule is not None:
        _refuse_different(work, name, key, cells)


def drop_by_order(work: Work, name: str, order: str, rule: CopiesRule | None) -> None:
    """Keep the rows of each order from one file only, by the shop's column ``order``, and count the others.

    An order that is cut between files, with other products in each, keeps all rows (`cut_orders`).

    Raises
    ------
    UserError
        An order stands in several files, and the mapping does not say that they overlap; or it says that copies are
        identical, and they are not.
    """
    cells = _cells(work, name, rule)
    digest = f"hash({', '.join(sql.name(column) for column in cells)})"
    newest = "NULL"
    if rule is not None and rule.newest_by is not None:
        _refuse_incomparable(work, name, rule, rows_of(name))
        newest = f"max({_comparable(rule)})"
    filled = " + ".join(f"count(nullif({sql.name(column)}, ''))" for column in cells)
    part = f"{clean(sql.name(order))} AS _key, _file, list_sort(list({digest})) AS _content, {newest} AS _newest"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE _parts AS SELECT {part}, {filled} AS _filled FROM {rows_of(name)} "
        "WHERE _key <> '' GROUP BY 1, 2 QUALIFY count(*) OVER (PARTITION BY _key) > 1",
    )
    cut_orders.keep(work, name, order)
    found = sql.rows(work.connection, "SELECT _key, min(_file), max(_file) FROM _parts GROUP BY 1 ORDER BY 1")
    if found and rule is None:
        raise UserError(
            expected=f"each order in one of the files of {name}, because its rows have no id of their own",
            found=f"{len(found)} orders in several files, such as {found[0][0]!r} in {found[0][1]} and {found[0][2]}",
            fix=f"set copies under files.{name} of the mapping: identical, if the exports overlap; fullest or "
            "{newest_by: COLUMN}, if rows have changed from one export to the other",
        )
    if rule is not None and rule.identical:
        _refuse_changed_orders(work, name)
    elif rule is not None and found:
        _count_tied_orders(work, name, order, rule)
    best = "_file" if rule and rule.identical else "_newest DESC NULLS LAST, _filled DESC, _file DESC"
    others = f"SELECT _key, _file FROM _parts QUALIFY row_number() OVER (PARTITION BY _key ORDER BY {best}) > 1"
    keyed = f"SELECT _row, {clean(sql.name(order))} AS _key, _file FROM {rows_of(name)}"
    _drop(work, name, f"SELECT _row FROM ({keyed}) SEMI JOIN ({others}) USING (_key, _file)", "copies_of_orders")


def drop_by_content(work: Work, name: str, rule: CopiesRule | None) -> None:
    """Keep one of the rows of several files that are equal in all columns; equal rows of one file stay.

    Raises
    ------
    UserError
        Files share rows, and the mapping does not say that they overlap.
    """
    equal = ", ".join(sql.name(column) for column in _cells(work, name, rule))
    place = f"row_number() OVER (PARTITION BY _file, {equal} ORDER BY _row)"
    numbered = f"SELECT _row, {equal}, {place} AS _nth FROM {rows_of(name)}"
    further = f"SELECT _row FROM ({numbered}) QUALIFY row_number() OVER (PARTITION BY {equal}, _nth ORDER BY _row) > 1"
    count = sql.number(work.connection, f"SELECT count(*) FROM ({further})")
    if rule is None and count:
        raise UserError(
            expected=f"files of {name} without common rows, because its rows have no id of their own",
            found=f"{count} rows that stand in several files",
            fix=f"set copies: identical under files.{name} of the mapping, if the files overlap",
        )
    _drop(work, name, further, "identical_copies")


def _cells(work: Work, name: str, rule: CopiesRule | None) -> list[str]:
    """Name the columns that copies are compared in."""
    apart = {"_row", "_file", rule.newest_by if rule else None}
    return [column for column in sql.columns(work.connection, f"rows_{name}") if column not in apart]


def _comparable(rule: CopiesRule) -> str:
    """SQL: the cell of ``newest_by`` as a text that sorts as its time or number does; null where it is neither."""
    cell = clean(sql.name(str(rule.newest_by)))
    number = f"printf('%040.10f', TRY_CAST({cell} AS DOUBLE))"
    times = [f"try_strptime({cell}, {sql.text(layout)})" for layout in rule.format]
    time = one_of(times or [f"TRY_CAST({cell} AS TIMESTAMP)"])
    return f"coalesce(strftime({time}, '%Y%m%d%H%M%S%f'), {number})"


def _refuse_incomparable(work: Work, name: str, rule: CopiesRule, rows: str) -> None:
    """Refuse copies whose order can't be told: compared as texts, the older one would count."""
    cell = clean(sql.name(str(rule.newest_by)))
    cells = f"SELECT {cell} AS cell FROM {rows} WHERE {cell} <> '' AND {_comparable(rule)} IS NULL"
    if found := most_frequent(work, cells, 3):
        raise UserError(
            expected=f"numbers or times in the column {rule.newest_by!r}, which tells the newest copy in {name}",
            found=found,
            fix=f"set copies under files.{name} of the mapping: {{newest_by: {rule.newest_by}, format: …}}, "
            'with codes of strftime, such as "%d.%m.%Y"',
        )


def _count_ties(work: Work, name: str, rule: CopiesRule, cells: list[str]) -> None:
    """Count the records whose best copies are equally new, or full, and differ: the last row of them counts."""
    content = f"hash({', '.join(sql.name(column) for column in cells)})"
    place = f"rank() OVER (PARTITION BY _key, _apart ORDER BY {_best(rule, cells)})"
    best = f"SELECT _row, _key, _apart, {content} AS _content FROM _copies QUALIFY {place} = 1"
    ties = f"SELECT max(_row) AS _row FROM ({best}) GROUP BY _key, _apart HAVING count(DISTINCT _content) > 1"
    work.decide_rows(f"files.{name}", f"last_row_of_{_equal(rule)}", name, ties)


def _count_tied_orders(work: Work, name: str, order: str, rule: CopiesRule) -> None:
    """Count the orders whose best copies in several files are equally new and full, and differ: see `_count_ties`."""
    place = "rank() OVER (PARTITION BY _key ORDER BY _newest DESC NULLS LAST, _filled DESC)"
    best = f"SELECT _key, _content FROM _parts QUALIFY {place} = 1"
    ties = f"SELECT _key FROM ({best}) GROUP BY 1 HAVING count(DISTINCT _content) > 1"
    keyed = f"SELECT {clean(sql.name(order))} AS _key, max(_row) AS _row FROM {rows_of(name)} GROUP BY 1"
    work.decide_rows(
        f"files.{name}",
        f"last_file_of_{_equal(rule)}",
        name,
        f"SELECT _row FROM ({keyed}) SEMI JOIN ({ties}) USING (_key)",
    )


def _equal(rule: CopiesRule) -> str:
    return "equally_full" if rule.newest_by is None else f"equally_new by {rule.newest_by}"


def _best(rule: CopiesRule, cells: list[str]) -> str:
    if rule.newest_by is not None:
        return f"{_comparable(rule)} DESC NULLS LAST"
    return " + ".join(f"coalesce({clean(sql.name(column))} <> '', FALSE)::INT" for column in cells) + " DESC"


def _drop(work: Work, name: str, rows: str, what: str) -> None:
    """Drop the ``rows`` (a query of ``_row``) of the input, and count them as left out under ``what``."""
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


def _refuse_different(work: Work, name: str, key: str, cells: list[str]) -> None:
    groups = "FROM _copies GROUP BY _key, _apart HAVING count(*) > 1"
    count = sql.number(work.connection, f"SELECT count(*) FROM (SELECT 1 {groups})")
    if not count:
        return
    first = f"FROM _copies WHERE _key = (SELECT min(_key) FROM (SELECT _key {groups}))"
    kinds = ", ".join(f"count(DISTINCT coalesce({sql.name(column)}, ''))" for column in cells)
    differ = [
        column
        for column, number in zip(cells, sql.rows(work.connection, f"SELECT {kinds} {first}")[0], strict=True)
        if number > 1
    ]
    place = sql.rows(work.connection, f"SELECT _row {first} ORDER BY _row LIMIT 1")[0][0]
    fix = f"set copies under files.{name} of the mapping: {WAYS}"
    if others := sorted(_ids(work, name) & set(differ)):
        fix = (
            f"{key!r} is no id of the rows, as copies name another {others[0]!r}: map {{generated: by_position}} in "
            f"its place, or a column that tells the rows apart. If they are copies all the same, {fix}"
        )
    raise UserError(
        expected=f"each {key!r} of files.{name} once, or in equal copies",
        found=f"{count} of them in copies that differ, first at {work.place(name, place)}: other "
        f"{', '.join(map(repr, differ))}",
        fix=fix,
    )


def _ids(work: Work, name: str) -> set[str]:
    """The shop's columns of the input that name lines, orders and products: copies of one row agree in them."""
    mapping = work.mapping
    rules = [mapping.order_lines.columns] if name == mapping.file_of_lines else []
    rules += [mapping.returns.columns] if name == mapping.file_of_returns else []
    named = (columns[each] for columns in rules for each in ("line_id", "order_id", "product_id") if each in columns)
    return {column for rule in named for column in rule.sources}


def _refuse_changed_orders(work: Work, name: str) -> None:
    changed = sql.rows(
        work.connection,
        "SELECT _key, min(_file), max(_file) FROM _parts GROUP BY 1 HAVING count(DISTINCT _content) > 1 "
        "ORDER BY 1 LIMIT 1",
    )
    if changed:
        order, first, second = changed[0]
        raise UserError(
            expected=f"equal copies of each order in the files of {name}, as files.{name}.copies says",
            found=f"order {order!r} with other rows in {first} than in {second}",
            fix=f"set copies under files.{name} of the mapping: {WAYS}",
        )
