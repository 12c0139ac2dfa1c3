"""The store's keys of whole tables: DuckDB builds the plain keys, Python functions build keys that must be hashed."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features.online_state import records
from features.online_state.counters.layout import LONGEST_ADDRESS, Layout, address

KINDS = {make(""): make for make in (records.line_key, records.order_key, records.product_key, records.customer_key)}
LINE, ORDER, PRODUCT, CUSTOMER = (kind.decode() for kind in KINDS)
"""The prefixes of the keys of facts."""

BATCH = 10_000
"""Rows that are held as Python objects at once."""


def register(backend: Backend) -> None:
    """Register the Python functions with ``backend``; the caller has to disconnect it in the end."""
    backend.con.create_function("long_address", lambda parts: address(parts).decode(), ["VARCHAR[]"], "VARCHAR")
    backend.con.create_function(
        "long_fact", lambda kind, name: KINDS[kind.encode()](name).decode(), ["VARCHAR", "VARCHAR"], "VARCHAR"
    )


def by_key(backend: Backend, rows: ir.Table) -> Iterator[pa.RecordBatch]:
    """Give the rows in the order of their column ``key``, which is UTF-8 as in the store."""
    return in_order(backend, rows.order_by("key"))


def in_order(backend: Backend, rows: ir.Table) -> Iterator[pa.RecordBatch]:
    """Give the rows in batches of `BATCH`, with the dtypes of the Ibis schema: DuckDB widens some."""
    schema = rows.schema().to_pyarrow()
    for batch in backend.con.sql(backend.compile(rows)).to_arrow_reader(BATCH):
        yield batch.cast(schema)


def of_entity(table: ir.Table, layout: Layout) -> ir.StringValue:
    """`Layout.address` of the entities in ``table``, which has the columns of the key without missing values."""
    parts = [_text(table[name]) for name in layout.columns]
    separator = character(0)
    joined = ibis.literal("k" + layout.key.name)
    for part in parts:
        joined = joined + separator + part
    if not parts:
        return joined
    hashed = ibis.or_(strlen(joined) > LONGEST_ADDRESS, *(part.contains(separator) for part in parts))
    return ibis.ifelse(hashed, long_address(ibis.array([ibis.literal(layout.key.name), *parts])), joined)


def of_entities(layout: Layout, parts: Sequence[pa.Array], entities: int) -> pa.Array:
    """`Layout.address` of entities whose key has these texts, one array for each column; as bytes."""
    names = pa.array(["k" + layout.key.name] * entities, pa.string())
    joined = pc.binary_join_element_wise(names, *(each.cast(pa.string()) for each in parts), "\0")
    keys = joined.cast(pa.binary())
    odd = pc.greater(pc.binary_length(keys), LONGEST_ADDRESS)
    for part in parts:
        odd = pc.or_(odd, pc.match_substring(part.cast(pa.string()), "\0"))
    places = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
    if not len(places):
        return keys
    hashed = [address([layout.key.name, *(part[int(place)].as_py() for part in parts)]) for place in places]
    return pc.replace_with_mask(keys, odd, pa.array(hashed, pa.binary()))


def of_fact(kind: str, name: ir.StringValue) -> ir.StringValue:
    """`records.line_key` and its like; ``kind`` is `LINE`, `ORDER`, `PRODUCT` or `CUSTOMER`."""
    joined = ibis.literal(kind) + name
    return ibis.ifelse(strlen(joined) > records.LONGEST_KEY, long_fact(kind, name), joined)


def _text(value: ir.Value) -> ir.StringValue:
    return value if value.type().is_string() else value.cast("int64").cast("string")


@ibis.udf.scalar.builtin(name="chr")  # type: ignore[untyped-decorator]
def character(code: int) -> str:  # type: ignore[empty-body]
    """The character of a code, as SQL has no literal for the character 0."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def strlen(text: str) -> int:  # type: ignore[empty-body]
    """The number of bytes of a text."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def long_address(parts: list[str]) -> str:  # type: ignore[empty-body]
    """`address`, computed by Python."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def long_fact(kind: str, identity: str) -> str:  # type: ignore[empty-body]
    """A key of `KINDS`, computed by Python."""
