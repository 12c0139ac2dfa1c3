"""The rows of an input as the tables read them: joined with other inputs, filled down, and each record once.

The prepared rows of an input are ``rows_NAME``: ``_row`` (its place in the input), ``_file``, and the columns that the
mapping names, as text.
"""

from data import sql
from data.errors import UserError
from data.schema import CUSTOMERS, PRODUCTS
from data.sources.mapped import conditions
from data.sources.mapped.cleaning import clean
from data.sources.mapped.copies import by_content, by_id, by_order
from data.sources.mapped.mapping.files import CopiesRule, FillDownRule
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin
from data.sources.mapped.rows import Work, reading, rows_of

SHAPE = "regexp_replace(regexp_replace(_key, '[0-9]', '9', 'g'), '\\pL', 'x', 'g')"
"""SQL: a key as it may be shown: it can be a customer's."""


def prepare(work: Work, name: str, origins: dict[str, Origin]) -> None:
    """Make the prepared rows of the input ``name``; those of the inputs that it joins exist.

    Parameters
    ----------
    origins
        Where each column that the mapping names stands.

    Raises
    ------
    UserError
        Copies of a record differ, or a key of a joined input stands there twice, and no rule says which one counts; or
        a join finds no row.
    """
    rule = work.mapping.files[name]
    fill = rule.fill_down
    source = _joined(work, name, origins)
    select = ["_row", "_file", *(sql.name(column) for column in origins)]
    if fill is not None:
        several = _has_several_files(work, name)
        source = source if fill.from_each is None else _grouped(source, fill.from_each)
        for column in fill.filled:
            cell = sql.name(column)
            select = [f"{_down(column, fill, several=several)} AS {cell}" if item == cell else item for item in select]
    query = f"SELECT {', '.join(select)} FROM ({source})"
    sql.run(work.connection, f"CREATE VIEW {rows_of(name)} AS {query}")
    _drop_copies(work, name)
    for other, by in rule.join.items():
        own = f"SELECT {clean(sql.name(by.from_))} AS _key FROM {rows_of(name)}"
        keys = f"SELECT {clean(sql.name(by.to))} AS _key FROM {rows_of(other)}"
        lonely = f"SELECT count(*) FROM ({own}) ANTI JOIN ({keys}) USING (_key)"
        found = sql.number(work.connection, lonely)
        work.decide(f"files.{name}", f"rows_without_{other}", found)
        if found and found == sql.number(work.connection, f"SELECT count(*) FROM ({own})"):
            _refuse_unjoined(work, name, other, own, keys)


def _refuse_unjoined(work: Work, name: str, other: str, own: str, keys: str) -> None:
    """Refuse a join that finds no row: all columns of the other input would be empty."""
    by = work.mapping.files[name].join[other]
    here, there = (
        sql.rows(work.connection, f"SELECT min({SHAPE}) FROM ({query}) WHERE _key <> ''")[0][0] for query in (own, keys)
    )
    whole = "SELECT regexp_replace(_key, '[.]0$', '') AS _key FROM ({}) WHERE _key <> ''"
    both = f"SELECT count(*) FROM ({whole.format(own)}) SEMI JOIN ({whole.format(keys)}) USING (_key)"
    fix = f"compare the columns, and set files.{name}.join.{other}: {{from: COLUMN OF {name}, to: COLUMN OF {other}}}"
    if sql.number(work.connection, both):
        fix = "write the ids as text in both files: in one of them they are decimal numbers (float), as in 12001.0"
    raise UserError(
        expected=f"keys in the column {by.from_!r} of {name} that the column {by.to!r} of {other} has",
        found=f"none; with 9 for a digit and x for a letter they are as {here} in {name}, and {there} in {other}",
        fix=fix,
    )


def _grouped(source: str, column: str) -> str:
    """SQL: the rows of ``source`` with ``_group``, which counts the filled cells of ``column`` down the file."""
    filled = f"count(nullif({clean(sql.name(column))}, ''))"
    return (
        f"SELECT *, {filled} OVER (PARTITION BY _file ORDER BY _row ROWS UNBOUNDED PRECEDING) AS _group FROM ({source})"
    )


def _down(column: str, fill: FillDownRule, *, several: bool) -> str:
    """SQL: the cell of ``column``, or the last filled one above it in its group.

    The rows of one group in one file may have no filled cell at all: an export cut the group, and its first row is in
    another file, whose cells they take.
    """
    group = "_group" if fill.within is None else clean(sql.name(fill.within))
    cell = f"nullif({clean(sql.name(column))}, '')"
    down = f"last_value({cell} IGNORE NULLS) OVER (PARTITION BY _file, {group} ORDER BY _row ROWS UNBOUNDED PRECEDING)"
    if not several or fill.within is None:
        return down
    filled = " OR ".join(f"{clean(sql.name(each))} <> ''" for each in fill.columns)
    headless = f"{group} <> '' AND NOT coalesce(bool_or({filled}) OVER (PARTITION BY _file, {group}), FALSE)"
    whole = "ORDER BY _row ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    head = f"first_value({cell} IGNORE NULLS) OVER (PARTITION BY {group} {whole})"
    return f"CASE WHEN {headless} THEN {head} ELSE {down} END"


def _has_several_files(work: Work, name: str) -> bool:
    return sql.number(work.connection, f"SELECT count(DISTINCT _file) FROM {sql.name(f'file_{name}')}") > 1


def _joined(work: Work, name: str, origins: dict[str, Origin]) -> str:
    """SQL: the rows of the input with the columns of the inputs that it joins."""
    rule = work.mapping.files[name]
    select, tables = ["own.rowid AS _row", "own._file"], f"{sql.name(f'file_{name}')} AS own"
    for column, origin in origins.items():
        table = sql.name(f"join_{origin.other}") if origin.other else "own"
        select.append(f"{table}.{sql.name(origin.column)} AS {sql.name(column)}")
    for other, by in rule.join.items():
        alias, key = sql.name(f"join_{other}"), clean(f"own.{sql.name(by.from_)}")
        right = f"(SELECT *, {clean(sql.name(by.to))} AS _key FROM {rows_of(other)})"
        tables += f" LEFT JOIN {right} AS {alias} ON {alias}._key = {key} AND {key} <> ''"
    return f"SELECT {', '.join(select)} FROM {tables}"


def _drop_copies(work: Work, name: str) -> None:
    mapping, rule = work.mapping, work.mapping.files[name].copies
    several = _has_several_files(work, name)
    joins = [by.to for other in mapping.files.values() for joined, by in other.join.items() if joined == name]
    if name == mapping.file_of_lines:
        line, order = mapping.order_lines.columns["line_id"], mapping.order_lines.columns["order_id"]
        apart = (
            "FALSE" if mapping.returns.rows is None else conditions.all_hold(mapping.returns.rows, reading(work, name))
        )
        chosen = rule is not None and not rule.identical and not several
        if line.column is not None or (line.columns and chosen):
            by_id.drop_copies(work, name, line.sources, rule, apart=apart)
        elif several and order.column is not None:
            by_order.drop_copies(work, name, order.column, rule)
    elif joins:
        by_id.drop_copies(work, name, (joins[0],), rule)
    elif name == mapping.file_of_returns:
        own = mapping.returns.columns["return_id"]
        if own.column is not None:
            by_id.drop_copies(work, name, (own.column,), rule)
        elif several:
            by_content.drop_copies(work, name, rule)
    else:
        _drop_copies_of_facts(work, name, rule)


def _drop_copies_of_facts(work: Work, name: str, rule: CopiesRule | None) -> None:
    """Drop the copies of products or customers, or of their changes; equal changes without an id are one."""
    changes = next((each for _, each in work.mapping.changes if each.file == name), None)
    key = _key(work.mapping, name) if changes is None else changes.columns["change_id"].column
    if key is not None:
        by_id.drop_copies(work, name, (key,), rule, must=changes is not None)
    elif changes is not None:
        by_content.drop_equal(work, name, rule)


def _key(mapping: Mapping, name: str) -> str | None:
    """The shop's column of the key of the products or customers that the input feeds."""
    for table, rule in ((PRODUCTS, mapping.products), (CUSTOMERS, mapping.customers)):
        if rule is not None and rule.file == name:
            return rule.columns[table.key].column
    return None
