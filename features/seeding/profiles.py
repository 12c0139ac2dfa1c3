"""The records of products and customers at the end of the tables."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.attributes import Attribute
from data.schema import CUSTOMERS, PRODUCTS
from features.online_state import profiles
from features.online_state.events import FROM_TABLES, CustomerChanged, CustomersMerged, ProductChanged
from features.online_state.order import CustomerFacts, ProductFacts
from features.online_state.profiles import CustomerRecord, ProductRecord
from features.online_state.seed_file import rows_of_records
from features.seeding import keys

Row = dict[str, Any]


def product_records(
    backend: Backend, products: ir.Table, attributes: Sequence[Attribute], changes: Sequence[Row]
) -> Iterator[pa.RecordBatch]:
    """Give the facts of every product, ascending by the store's key.

    Parameters
    ----------
    products
        The validated table, `features.offline.lines.plain`.
    changes
        Rows of `data.schema.PRODUCT_CHANGES`; times are microseconds.
    """
    own = [each for each in attributes if each.table == PRODUCTS.name]
    later: dict[str, dict[str, ProductChanged]] = {}
    for row in changes:
        facts = ProductFacts(**_facts(row, _names(ProductFacts, row), own))
        told = ProductChanged(row["change_id"], row["product_id"], row["changed_at"], facts, row.get("name"))
        later.setdefault(told.product_id, {})[told.event_id] = told

    def written(row: Row) -> bytes:
        start = ProductFacts(**_facts(row, _names(ProductFacts, row), own))
        return profiles.write_product(ProductRecord(start, later.get(row["product_id"], {})))

    table = _with_unlisted(backend, products, "product_id", later)
    return _records(backend, table.mutate(key=keys.of_fact(keys.PRODUCT, table["product_id"])), written)


def customer_records(
    backend: Backend, customers: ir.Table, attributes: Sequence[Attribute], changes: Sequence[Row]
) -> Iterator[pa.RecordBatch]:
    """Give the facts of every customer, ascending by the store's key; parameters as those of `product_records`."""
    own = [each for each in attributes if each.table == CUSTOMERS.name]
    later: dict[str, dict[str, CustomerChanged]] = {}
    for row in changes:
        facts = CustomerFacts(**_facts(row, _names(CustomerFacts, row), own))
        told = CustomerChanged(row["change_id"], row["customer_id"], row["changed_at"], facts)
        later.setdefault(told.customer_id, {})[told.event_id] = told

    def written(row: Row) -> bytes:
        start = CustomerFacts(**_facts(row, _names(CustomerFacts, row), own))
        into = row.get("merged_into")
        merged = None if into is None else CustomersMerged(FROM_TABLES, row["customer_id"], into, 0)
        return profiles.write_customer(CustomerRecord(start, later.get(row["customer_id"], {}), merged))

    table = _with_unlisted(backend, customers, "customer_id", later)
    return _records(backend, table.mutate(key=keys.of_fact(keys.CUSTOMER, table["customer_id"])), written)


def _with_unlisted(backend: Backend, table: ir.Table, key: str, ids: Iterable[str]) -> ir.Table:
    """Add a row without facts for each of ``ids`` that ``table`` lacks: only changes are known of it."""
    wanted = sorted(ids)
    if not wanted:
        return table
    changed = ibis.memtable(pa.table({key: pa.array(wanted, pa.string())}))
    found = backend.create_table(f"changed_{key}", changed.select(key))
    lacking = found.anti_join(table, key)
    types = table.schema()
    empty = {name: ibis.null().cast(types[name].copy(nullable=True)) for name in table.columns if name != key}
    loose = {name: table[name].cast(types[name].copy(nullable=True)) for name in table.columns}
    filled = {key: lacking[key].cast(types[key].copy(nullable=True)), **empty}
    return table.select(**loose).union(lacking.select(**{name: filled[name] for name in table.columns}))


def _records(backend: Backend, table: ir.Table, written: Callable[[Row], bytes]) -> Iterator[pa.RecordBatch]:
    for batch in keys.by_key(backend, table):
        values = [written(row) for row in batch.to_pylist()]
        yield rows_of_records(batch["key"], pa.array(values, pa.binary()))


def _names(kind: type[ProductFacts] | type[CustomerFacts], row: Row) -> list[str]:
    return [field.name for field in fields(kind) if field.name in row]


def _facts(row: Row, names: Sequence[str], attributes: Sequence[Attribute]) -> Row:
    given = {each.name: row[each.column] for each in attributes if row.get(each.column) is not None}
    return {name: row[name] for name in names} | ({"attributes": given} if given else {})
