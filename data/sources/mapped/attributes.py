"""Products and customers: read from a separate file, or collected from the file of the order lines."""

from data import sql
from data.schema import PRODUCTS, Table
from data.sources.mapped import order_lines, rows
from data.sources.mapped.mapping import TableRule
from data.sources.mapped.rows import Work


def select(work: Work, table: Table) -> str:
    """SQL: the canonical ``table``, `PRODUCTS` or `CUSTOMERS`.

    With a separate file, each of its rows is a row of the table. From the file of the order lines, there is one row a
    key: each column has the most frequent value of the key's rows (the smallest on a tie), and keys with several values
    are counted. Without a rule, the table has the keys alone.
    """
    rule = work.mapping.products if table is PRODUCTS else work.mapping.customers
    if rule is None:
        return _keys(table)
    if rule.file in (None, work.mapping.file_of_lines):
        return _gathered(work, table, rule)
    typed = f"typed_{table.name}"
    rows.read(work, table, str(rule.file), rows.cells_of(work, table, str(rule.file), rule.columns), typed)
    return f"SELECT * EXCLUDE (_row, _file) FROM {typed}"


def _keys(table: Table) -> str:
    return f"SELECT DISTINCT {table.key} FROM {order_lines.TABLE} WHERE {table.key} IS NOT NULL"


def _gathered(work: Work, table: Table, rule: TableRule) -> str:
    typed, file = f"typed_{table.name}", work.mapping.file_of_lines
    rows.read(work, table, file, rows.cells_of(work, table, file, rule.columns), typed, "blanked")
    query = f"({_keys(table)}) AS keys"
    names = [name for name in table.names if name in rule.columns and name != table.key]
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
