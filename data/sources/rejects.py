"""The table of rejects of a session: each row that a source refuses, with a value that may be kept."""

from collections.abc import Callable

import duckdb
import pyarrow as pa

from data import sql
from data.personal_data import cells, masking
from data.personal_data.shapes import shape
from data.schema import REJECTS

PLAIN, ODD, SHIFTED = "plain", "odd", "shifted"
"""How a value is looked at: one of its column's kind; one that is not, as a text in a column of numbers; or one of a
row whose cells stand in the columns of others, of which the shape alone is kept."""

_NEW = "_new_rejects"


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``rejects``, empty."""
    columns = ", ".join(f"{sql.name(column.name)} VARCHAR" for column in REJECTS.columns)
    sql.run(connection, f"CREATE TABLE rejects ({columns})")


def add(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Add the rows of ``query``: table, key, column, rule and value; no personal data of a key or value is kept.

    A sixth column may say how the value is looked at, one of `PLAIN`, `ODD` and `SHIFTED`; without it, as `PLAIN`.
    """
    names = [column.name for column in REJECTS.columns]
    kinds = ", ".join(f"{sql.name(name)} VARCHAR" for name in names)
    sql.run(connection, f"CREATE TEMP TABLE {_NEW} ({kinds}, looked_at VARCHAR DEFAULT {sql.text(PLAIN)})")
    width = len(sql.rows(connection, f"DESCRIBE {query}"))
    columns = ", ".join(map(sql.name, [*names, "looked_at"][:width]))
    if sql.number(connection, f"INSERT INTO {_NEW} ({columns}) {query}"):  # most rules find nothing to refuse
        _hide(connection, "key", PLAIN, _key)
        for how, hidden in ((PLAIN, masking.shown), (ODD, _odd), (SHIFTED, _shape)):
            _hide(connection, "value", how, hidden)
        sql.run(connection, f"INSERT INTO rejects SELECT {', '.join(map(sql.name, names))} FROM {_NEW}")
    sql.run(connection, f"DROP TABLE {_NEW}")


def _hide(connection: duckdb.DuckDBPyConnection, column: str, how: str, hidden: Callable[[str], str]) -> None:
    """Replace the texts of a new ``column`` that may not be kept; each different text is looked at once."""
    where = "" if column == "key" else f" AND looked_at = {sql.text(how)}"
    query = f"SELECT DISTINCT {sql.name(column)} FROM {_NEW} WHERE {sql.name(column)} IS NOT NULL{where}"
    texts = [str(text) for (text,) in sql.rows(connection, query)]
    changed = {text: kept for text in texts if (kept := hidden(text)) != text}
    if not changed:
        return
    pairs = pa.table({"own": list(changed), "kept": list(changed.values())})
    connection.from_arrow(pairs).create("_kept_texts")
    sql.run(
        connection,
        f"UPDATE {_NEW} SET {sql.name(column)} = kept FROM _kept_texts WHERE {sql.name(column)} = own{where}",
    )
    sql.run(connection, "DROP TABLE _kept_texts")


def _key(key: str) -> str:
    """Give a key as it is where nothing in it is surely personal: ids are often like phone numbers."""
    return key if cells.certain(key) is None else masking.shown(key)


def _odd(value: str) -> str:
    return masking.shown(value, fits=False)


def _shape(value: str) -> str:
    return f"<of a shifted row: {shape(value)}>"
