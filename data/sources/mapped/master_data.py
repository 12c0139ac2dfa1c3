"""Products and customers: read from a separate file, or collected from the file of the order lines."""

from data import sql
from data.attributes import extended
from data.schema import PRODUCTS, Table
from data.sources.mapped import left_out, order_lines, rows
from data.sources.mapped.mapping.tables import TableRule
from data.sources.mapped.rows import Work
from data.sources.mapped.signs import idle_rules


def select(work: Work, table: Table) -> str:
    """SQL: the canonical ``table``, `PRODUCTS` or `CUSTOMERS`.

    There is one row a key: each column has the most frequent value of the key's rows (the smallest on a tie; an empty
    cell is no value), and keys with several values are counted. From a separate file, all its keys are in the table;
    from the file of the order lines, those of the lines. Without a rule, the table has the keys of the lines alone.
    """
    rule = work.mapping.products if table.name == PRODUCTS.name else work.mapping.customers
    if rule is None:
        return _keys(table)
    table = extended(table, work.mapping.declared)
    if rule.file in (None, work.mapping.file_of_lines):
        return _gathered(work, table, rule)
    return _from_own_file(work, table, rule)


def _from_own_file(work: Work, table: Table, rule: TableRule) -> str:
    typed, file = f"typed_{table.name}", str(rule.file)
    where = left_out.kept(work, table, file, rule.leave_out)
    idle_rules.of_table(work, table.name, file, f"{table.name}.leave_out", rule.leave_out)
    rows.read(work, table, file, rows.cells_of(work, table, file, rule.cells), typed, where=where)
    left_out.drop_guests(work, table, typed)
    names = [name for name in table.names if name in rule.cells]
    once = f"SELECT {', '.join(map(sql.name, names))} FROM {typed}"
    repeated = f"SELECT {table.key} FROM {typed} GROUP BY 1 HAVING count(*) > 1"
    count = sql.number(work.connection, f"SELECT count(*) FROM ({repeated})")
    if not count:
        return once
    work.decide(f"{table.name}.{table.key}", "rows_of_one_key", count)
    sql.run(work.connection, f"CREATE TABLE {typed}_several AS FROM {typed} SEMI JOIN ({repeated}) USING ({table.key})")
    query = f"(SELECT DISTINCT {table.key} FROM {typed}_several) AS keys"
    for name in (name for name in names if name != table.key):
        _most_frequent(work, table, f"{typed}_several", name)
        query += f" LEFT JOIN {typed}_several_{name} USING ({table.key})"
    several = f"SELECT {', '.join(map(sql.name, names))} FROM {query}"
    return f"{once} ANTI JOIN ({repeated}) USING ({table.key}) UNION ALL {several}"


def _keys(table: Table) -> str:
    return f"SELECT DISTINCT {table.key} FROM {order_lines.TABLE} WHERE {table.key} IS NOT NULL"


def _gathered(work: Work, table: Table, rule: TableRule) -> str:
    typed, file = f"typed_{table.name}", work.mapping.file_of_lines
    lines = sql.number(work.connection, f"SELECT count(*) FROM {order_lines.TABLE}")
    whole = sql.number(work.connection, f"SELECT count(*) FROM {rows.rows_of(file)}") == lines
    where = "TRUE" if whole else f"_row IN (SELECT _row FROM {order_lines.TABLE})"
    rows.read(work, table, file, rows.cells_of(work, table, file, rule.cells), typed, "blanked", where=where)
    query = f"({_keys(table)}) AS keys"
    names = [name for name in table.names if name in rule.cells and name != table.key]
    for name in names:
        _most_frequent(work, table, typed, name)
        query += f" LEFT JOIN {typed}_{name} USING ({table.key})"
    return f"SELECT {', '.join(map(sql.name, (table.key, *names)))} FROM {query}"


def _most_frequent(work: Work, table: Table, typed: str, name: str) -> None:
    """Make the table ``TYPED_NAME``: each key with its most frequent value, and count the keys with several values."""
    column, key = sql.name(name), table.key
    sql.run(
        work.connection,
        f"CREATE TABLE {typed}_{name} AS "
        f"SELECT {key}, first({column} ORDER BY n DESC, {column}) AS {column}, count(*) AS _values FROM "
        f"(SELECT {key}, {column}, count(*) AS n FROM {typed} WHERE {column} IS NOT NULL GROUP BY ALL) GROUP BY {key}",
    )
    conflicts = sql.number(work.connection, f"SELECT count(*) FROM {typed}_{name} WHERE _values > 1")
    work.decide(f"{table.name}.{name}", "conflicts", conflicts)
    sql.run(work.connection, f"ALTER TABLE {typed}_{name} DROP _values")
