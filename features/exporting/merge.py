"""Merges rows of the online state into the canonical tables of a snapshot, by SQL that runs out of core.

An order that an event stated replaces its rows. Of an order that the tables state, the facts of its lines are merged
into its rows, which keep all other columns. Everything that no event changed stays as it was.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.backends.duckdb import Backend

from data import facts, sql, tables
from data.attributes import Attribute, extended
from data.schema import CHANGES, CUSTOMER_CHANGES, CUSTOMERS, LONGEST_ID, ORDER_LINES, PRODUCT_CHANGES, PRODUCTS, Table
from data.schema import RETURNS as BACK
from data.validation import accounts
from features.exporting.orders import OF_FIRST_RETURN, TIMES

Row = dict[str, Any]
KNOWN = pa.schema([("line_id", pa.string()), ("return_id", pa.string())])
OF_LINES = pa.schema([("line_id", pa.string()), ("order_id", pa.string()), ("present", pa.bool_())])
MARKED = pa.schema([("customer_id", pa.string()), ("merged_into", pa.string()), ("erased_at", pa.timestamp("us"))])
AT_ONCE = 100_000
"""Customers that are held as Python objects at once."""
ALL = (ORDER_LINES, BACK, PRODUCTS, PRODUCT_CHANGES, CUSTOMERS, CUSTOMER_CHANGES)


class Merge:
    """A merge in ``backend``, a database of its own, into the tables in ``snapshot``.

    `add` takes rows, part by part; `merge` makes the tables ``new_…`` of them; `write` writes these.
    """

    def __init__(self, backend: Backend, snapshot: Path, attributes: Sequence[Attribute]) -> None:
        self._backend, self._snapshot = backend, snapshot
        self.tables = {table.name: extended(table, attributes) for table in ALL}
        self._schemas = {
            ORDER_LINES.name: _with(self.tables[ORDER_LINES.name], "stated"),
            BACK.name: _with(self.tables[BACK.name], "of_tables"),
            PRODUCT_CHANGES.name: _with(self.tables[PRODUCT_CHANGES.name]),
            CUSTOMER_CHANGES.name: _with(self.tables[CUSTOMER_CHANGES.name]),
            "known": KNOWN,
            "of_lines": OF_LINES,
            "marked": MARKED,
        }
        for name, schema in self._schemas.items():
            empty = schema.empty_table()
            backend.con.register("empty_rows", empty)
            self._run(f"CREATE TABLE told_{name} AS SELECT * FROM empty_rows")
            backend.con.unregister("empty_rows")
        self._present = {table.name: self._view(table) for table in self.tables.values()}

    def add(self, name: str, rows: Sequence[Row]) -> None:
        """Add rows of order_lines, returns, a table of changes, ``known``, ``of_lines`` or ``marked``."""
        if rows:
            self._backend.con.register("some_rows", _arrow(rows, self._schemas[name]))
            self._run(f"INSERT INTO told_{name} SELECT * FROM some_rows")
            self._backend.con.unregister("some_rows")

    def merge(self) -> None:
        """Make the new tables.

        Raises
        ------
        UserError
            Merged accounts lead in a circle.
        """
        self._lines()
        self._returns()
        for table in CHANGES.values():
            self._new(table.name, f"{self._anti(table.name, 'change_id')} UNION ALL BY NAME FROM told_{table.name}")
        self._bare(PRODUCTS.name, "product_id", f"SELECT product_id FROM told_{PRODUCT_CHANGES.name}")
        self._customers()

    def keep(self, living: Iterable[str]) -> int:
        """Forget all customers of the new tables but ``living``; their orders are nobody's. Give their number."""
        con = self._backend.con
        self._run("CREATE TABLE living (customer_id VARCHAR)")
        source = iter(living)
        while some := list(islice(source, AT_ONCE)):
            con.register("some_living", pa.table({"customer_id": pa.array(some, pa.string())}))
            self._run("INSERT INTO living SELECT * FROM some_living")
            con.unregister("some_living")
        gone = "customer_id IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM living)"
        orders = f"SELECT customer_id FROM new_{ORDER_LINES.name} WHERE {gone}"
        number = sql.number(con, f"SELECT count(DISTINCT customer_id) FROM ({orders})")
        self._run(f"UPDATE new_{ORDER_LINES.name} SET customer_id = NULL WHERE {gone}")
        for name in (CUSTOMERS.name, CUSTOMER_CHANGES.name):
            self._run(f"DELETE FROM new_{name} WHERE {gone}")
        no_more = "merged_into NOT IN (SELECT customer_id FROM living)"
        self._run(f"UPDATE new_{CUSTOMERS.name} SET merged_into = NULL WHERE {no_more}")
        return number

    def write(self, folder: Path) -> dict[str, int]:
        """Write the new tables into ``folder``, a table of changes only where it has rows; give the rows of each."""
        found = {}
        for name, table in self.tables.items():
            filled = [each for each in table.names if self._is_kept(name, table, each)]
            rows = self._backend.con.sql(f"SELECT {_listed(filled)} FROM new_{name}")
            if name in (each.name for each in CHANGES.values()) and not self._count(name):
                continue
            found[name] = tables.write(table, rows, folder)
        return found

    def _view(self, table: Table) -> set[str]:
        """Make the view ``base_…`` of a table of the snapshot, with every column; give the columns of the file."""
        own = set(tables.columns(table, self._snapshot)) if self._has(table) else set()
        dtypes = {field.name: field.type for field in table.arrow()}
        types = {name: "TIMESTAMP" if pa.types.is_timestamp(dtype) else _SQL[dtype] for name, dtype in dtypes.items()}
        columns = ", ".join(
            sql.name(name) if name in own else f"NULL::{types[name]} AS {sql.name(name)}" for name in table.names
        )
        source = (
            f"read_parquet({sql.text(str(tables.path(table, self._snapshot)))})" if own else "(SELECT 1 WHERE false)"
        )
        self._run(f"CREATE VIEW base_{table.name} AS SELECT {columns} FROM {source}")
        return own

    def _has(self, table: Table) -> bool:
        of_changes = table.name in (each.name for each in CHANGES.values())
        return not of_changes or table.name in (each.name for each in facts.changes_in(self._snapshot))

    def _lines(self) -> None:
        names = self.tables[ORDER_LINES.name].names
        merged = ", ".join(f"{_merged_fact(name)} AS {sql.name(name)}" for name in names)
        told, base = f"told_{ORDER_LINES.name}", f"base_{ORDER_LINES.name}"
        self._new(
            ORDER_LINES.name,
            f"""
            SELECT {_listed(names)} FROM {base}
            ANTI JOIN (SELECT order_id FROM {told} WHERE stated) USING (order_id)
            ANTI JOIN (SELECT line_id FROM {told} WHERE NOT stated) USING (line_id)
            UNION ALL SELECT {merged} FROM {told} t LEFT JOIN {base} b USING (line_id) WHERE NOT t.stated
            UNION ALL SELECT {_listed(names)} FROM {told} WHERE stated
            """,
        )

    def _returns(self) -> None:
        """Replace the returns that the state knows of; one that validation refused before is none of them, and stays.

        A shop's return may be one of several lines, and the id of a table's row is its own: the line follows the id.
        """
        names = self.tables[BACK.name].names
        told, base = f"told_{BACK.name}", f"(SELECT *, {_identity} AS identity FROM base_{BACK.name})"
        merged = ", ".join(_merged_return(name) for name in names)
        united = f"""
            SELECT {_listed(names)}, identity, 0 AS origin FROM {base}
            ANTI JOIN told_of_lines USING (line_id)
            UNION ALL SELECT {_listed(names)}, identity, 1 FROM {base} b
            SEMI JOIN (SELECT line_id FROM told_of_lines WHERE present) p USING (line_id)
            ANTI JOIN (SELECT line_id, return_id AS identity FROM told_known) k USING (line_id, identity)
            UNION ALL SELECT {merged}, t.return_id, 2 FROM {told} t
            LEFT JOIN {base} b ON b.line_id = t.line_id AND b.identity = t.return_id WHERE t.of_tables
            UNION ALL SELECT {_listed(names)}, return_id, 3 FROM {told} WHERE NOT of_tables
        """
        others = ", ".join(sql.name(name) for name in names if name != "return_id")
        longer = "identity || '/' || line_id"
        own = f"CASE WHEN length({longer}) > {LONGEST_ID} THEN sha256({longer}) ELSE {longer} END"
        place = "row_number() OVER (PARTITION BY identity ORDER BY origin, line_id)"
        self._new(
            BACK.name,
            f"SELECT CASE WHEN {place} = 1 THEN identity ELSE {own} END AS return_id, {others} FROM ({united})",
        )

    def _customers(self) -> None:
        named = f"SELECT customer_id FROM told_{CUSTOMER_CHANGES.name} UNION SELECT customer_id FROM told_marked"
        self._bare(CUSTOMERS.name, "customer_id", f"{named} UNION SELECT merged_into FROM told_marked")
        self._run("""
            CREATE TABLE marks AS SELECT customer_id, max(merged_into) AS merged_into, max(erased_at) AS erased_at
            FROM told_marked GROUP BY customer_id
        """)
        for name in accounts.COLUMNS:
            self._run(f"""
                UPDATE new_customers SET {name} = m.{name} FROM marks m
                WHERE m.customer_id = new_customers.customer_id AND m.{name} IS NOT NULL
            """)
        facts_of = [
            each for each in self.tables[CUSTOMERS.name].names if each not in (CUSTOMERS.key, *accounts.COLUMNS)
        ]
        nothing = ", ".join(f"{sql.name(each)} = NULL" for each in facts_of)
        self._run(f"UPDATE new_customers SET {nothing} WHERE erased_at IS NOT NULL")
        found = accounts.find(self._backend, self._backend.table("new_customers"))
        if found is None:
            return
        for name, resolve in ((ORDER_LINES.name, found.lines), (CUSTOMER_CHANGES.name, found.changes)):
            resolved = resolve(self._backend.table(f"new_{name}"))
            self._run(f"CREATE TABLE resolved AS {self._backend.compile(resolved)}")
            self._run(f"DROP TABLE new_{name}")
            self._run(f"ALTER TABLE resolved RENAME TO new_{name}")

    def _bare(self, name: str, key: str, named: str) -> None:
        """Give each product or customer that events name a row, with its key alone where the snapshot has none."""
        in_orders = f"SELECT {key} FROM told_{ORDER_LINES.name}"
        new = f"SELECT DISTINCT {key} FROM ({named} UNION {in_orders}) WHERE {key} IS NOT NULL"
        self._new(name, f"FROM base_{name} UNION ALL BY NAME SELECT * FROM ({new}) ANTI JOIN base_{name} USING ({key})")

    def _anti(self, name: str, key: str) -> str:
        return f"SELECT base_{name}.* FROM base_{name} ANTI JOIN told_{name} USING ({key})"

    def _new(self, name: str, query: str) -> None:
        self._run(f"CREATE TABLE new_{name} AS {query}")

    def _is_kept(self, name: str, table: Table, column: str) -> bool:
        """Whether a column is written: one that the snapshot has or has to have, or that some row fills."""
        if column in self._present[name] or column in table.required:
            return True
        return bool(sql.number(self._backend.con, f"SELECT count({sql.name(column)}) FROM new_{name}"))

    def _count(self, name: str) -> int:
        return sql.number(self._backend.con, f"SELECT count(*) FROM new_{name}")

    def _run(self, statement: str) -> None:
        sql.run(self._backend.con, statement)


_SQL = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN", pa.float64(): "DOUBLE"}
_identity = (
    "CASE WHEN ends_with(return_id, '/' || line_id) THEN left(return_id, -1 - length(line_id)) ELSE return_id END"
)


def _merged_fact(name: str) -> str:
    """The column of a line that the tables state.

    The state holds each time that they state, so a missing one was corrected: its event is void. What a line was
    exchanged for belongs to a return, and the tables may say it without one.
    """
    column = sql.name(name)
    if name in TIMES:
        return f"t.{column}"
    if name in OF_FIRST_RETURN:
        returned = "t.line_id IN (SELECT line_id FROM told_known)"
        return f"CASE WHEN {returned} THEN t.{column} ELSE coalesce(t.{column}, b.{column}) END"
    return f"CASE WHEN b.line_id IS NULL THEN t.{column} ELSE b.{column} END"


def _merged_return(name: str) -> str:
    """The column of a return that the tables state: as it stands there, with the pieces that count now."""
    column = sql.name(name)
    if name == "quantity":
        return f"t.{column}"
    if name == "refunded_minor":
        return f"coalesce(t.{column}, b.{column})"
    return f"CASE WHEN b.line_id IS NULL THEN t.{column} ELSE b.{column} END"


def _with(table: Table, *flags: str) -> pa.Schema:
    columns = [pa.field(field.name, field.type) for field in table.arrow()]
    return pa.schema([*columns, *(pa.field(flag, pa.bool_()) for flag in flags)])


def _arrow(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table: times are microseconds, flags may be 0 and 1, what a row lacks is missing."""
    return pa.table([_array([row.get(each.name) for row in rows], each.type) for each in schema], schema=schema)


def _array(values: list[Any], dtype: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(dtype):
        return pa.array(values, pa.int64()).cast(dtype)
    if pa.types.is_boolean(dtype):
        return pa.array([None if each is None else bool(each) for each in values], dtype)
    return pa.array(values, dtype)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(sql.name(name) for name in names)
