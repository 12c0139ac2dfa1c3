"""Copies of a record by the id that they share: equal ones count once, and of others the mapping chooses one."""

from data import sql
from data.errors import UserError
from data.sources.mapped.cleaning import clean
from data.sources.mapped.copies.comparing import WAYS, cells, comparable, equally, refuse_incomparable
from data.sources.mapped.copies.leaving import drop
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import Work, rows_of


def drop_copies(
    work: Work, name: str, key: tuple[str, ...], rule: CopiesRule | None, *, apart: str = "FALSE", must: bool = True
) -> None:
    """Keep one copy of each record of the input ``name`` by the shop's columns ``key``, and count the others.

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
    parts = ", ".join(clean(sql.name(column)) for column in key)
    whole = parts if len(key) == 1 else f"concat_ws(' ', {parts})"
    own = f"SELECT *, {whole} AS _key, {apart} AS _apart FROM {rows_of(name)}"
    # Hashes of keys group faster than keys do, and hardly any key is left to be compared.
    alike = f"SELECT hash(_key) AS _hash FROM ({own}) GROUP BY 1 HAVING count(*) > 1"
    many = "_key <> '' QUALIFY count(*) OVER (PARTITION BY _key, _apart) > 1"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE _copies AS FROM ({own}) WHERE hash(_key) IN ({alike}) AND {many}",
    )
    if not sql.number(work.connection, "SELECT count(*) FROM _copies"):
        return
    compared = cells(work, name, rule)
    if rule is not None and rule.newest_by is not None:
        refuse_incomparable(work, name, rule, "_copies")
    if rule is None or rule.newest_by is None:
        equal = ", ".join(sql.name(column) for column in compared)
        further = (
            f"SELECT _row FROM _copies QUALIFY row_number() OVER (PARTITION BY _key, _apart, {equal} ORDER BY _row) > 1"
        )
        drop(work, name, further, "identical_copies")
        sql.run(work.connection, f"DELETE FROM _copies WHERE _row NOT IN (SELECT _row FROM {rows_of(name)})")
    if rule is not None and not rule.identical:
        _count_ties(work, name, rule, compared)
        best = f"row_number() OVER (PARTITION BY _key, _apart ORDER BY {_best(rule, compared)}, _row DESC)"
        drop(work, name, f"SELECT _row FROM _copies QUALIFY {best} > 1", "other_copies")
    elif must or rule is not None:
        _refuse_different(work, name, key[0], compared)


def _count_ties(work: Work, name: str, rule: CopiesRule, compared: list[str]) -> None:
    """Count the records whose best copies are equally new, or full, and differ: the last row of them counts."""
    content = f"hash({', '.join(sql.name(column) for column in compared)})"
    place = f"rank() OVER (PARTITION BY _key, _apart ORDER BY {_best(rule, compared)})"
    best = f"SELECT _row, _key, _apart, {content} AS _content FROM _copies QUALIFY {place} = 1"
    ties = f"SELECT max(_row) AS _row FROM ({best}) GROUP BY _key, _apart HAVING count(DISTINCT _content) > 1"
    work.decide_rows(f"files.{name}", f"last_row_of_{equally(rule)}", name, ties)


def _best(rule: CopiesRule, compared: list[str]) -> str:
    if rule.newest_by is not None:
        return f"{comparable(rule)} DESC NULLS LAST"
    return " + ".join(f"coalesce({clean(sql.name(column))} <> '', FALSE)::INT" for column in compared) + " DESC"


def _refuse_different(work: Work, name: str, key: str, compared: list[str]) -> None:
    groups = "FROM _copies GROUP BY _key, _apart HAVING count(*) > 1"
    count = sql.number(work.connection, f"SELECT count(*) FROM (SELECT 1 {groups})")
    if not count:
        return
    first = f"FROM _copies WHERE _key = (SELECT min(_key) FROM (SELECT _key {groups}))"
    kinds = ", ".join(f"count(DISTINCT coalesce({sql.name(column)}, ''))" for column in compared)
    differ = [
        column
        for column, number in zip(compared, sql.rows(work.connection, f"SELECT {kinds} {first}")[0], strict=True)
        if number > 1
    ]
    place = sql.rows(work.connection, f"SELECT _row {first} ORDER BY _row LIMIT 1")[0][0]
    fix = f"set copies under files.{name} of the mapping: {WAYS}"
    if name in (rule.file for _, rule in work.mapping.changes):
        fix = (
            f"{key!r} is no id of the changes: map change_id: {{generated: by_position}} in its place. If they are "
            f"copies of one change all the same, {fix}"
        )
    elif others := sorted(_ids(work, name) & set(differ)):
        fix = (
            f"{key!r} is no id of the rows, as copies name another {others[0]!r}: map {{generated: by_position}} in "
            f"its place, or a column that tells the rows apart. If they are copies all the same, {fix}"
        )
    else:
        fix = _of_parts(work, name, key, set(differ)) or fix
    raise UserError(
        expected=f"each {key!r} of files.{name} once, or in equal copies",
        found=f"{count} of them in copies that differ, first at {work.place(name, place)}: other "
        f"{', '.join(map(repr, differ))}",
        fix=fix,
    )


def _of_parts(work: Work, name: str, key: str, differ: set[str]) -> str:
    """Say what to map where the rows of one id are its parts, one a return or a shipment; empty where they are copies.

    To choose one of them would lose the pieces of the others.
    """
    mapping = work.mapping
    if name != mapping.file_of_lines or not _mostly(work, "count(DISTINCT _file) = 1"):
        return ""
    back = sorted(differ & _columns_of_returns(work))
    if any(_mostly(work, f"count(DISTINCT nullif({clean(sql.name(column))}, '')) > 1") for column in back):
        return (
            f"a row stands for each return, as those of one {key!r} differ in {', '.join(map(repr, back))}: name the "
            f"file again, files.returned: {{path: {mapping.files[name].path}}}; set returns.file: returned; map "
            f"line_id: {key} and return_id: {{generated: by_position}} under returns.columns; and leave the rows "
            f"without a return out by returns.leave_out: {{not_returned: {{column: {back[0]}, empty: true}}}}"
        )
    pieces = sorted(differ & set(mapping.order_lines.columns["quantity"].sources))
    if not pieces:
        return ""
    return (
        f"the rows of one {key!r} are most likely its parts, such as shipments, as they differ in {pieces[0]!r}: map "
        "quantity to a column with all pieces of the line. If they are copies of one row all the same, set copies "
        f"under files.{name} of the mapping: {WAYS}"
    )


def _mostly(work: Work, holds: str) -> bool:
    """Whether ``holds``, SQL over the copies of one id, is true of most ids in copies."""
    each = f"SELECT {holds} AS holds FROM _copies GROUP BY _key, _apart HAVING count(*) > 1"
    return bool(sql.rows(work.connection, f"SELECT 2 * count(*) FILTER (holds) > count(*) FROM ({each})")[0][0])


def _columns_of_returns(work: Work) -> set[str]:
    """The shop's columns of returns that stand beside their lines."""
    if not work.mapping.has_returns_beside_lines:
        return set()
    return {column for rule in work.mapping.returns.columns.values() for column in rule.sources}


def _ids(work: Work, name: str) -> set[str]:
    """The shop's columns of the input that name lines, orders and products: copies of one row agree in them."""
    mapping = work.mapping
    rules = [mapping.order_lines.columns] if name == mapping.file_of_lines else []
    rules += [mapping.returns.columns] if name == mapping.file_of_returns else []
    named = (columns[each] for columns in rules for each in ("line_id", "order_id", "product_id") if each in columns)
    return {column for rule in named for column in rule.sources}
