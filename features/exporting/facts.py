"""Products and customers of the online state as rows of canonical tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from data.attributes import Attribute
from data.schema import CUSTOMERS, PRODUCTS
from features.online_state.events import FROM_TABLES
from features.online_state.order import CustomerFacts, ProductFacts
from features.online_state.profiles import CustomerRecord, ProductRecord

Row = dict[str, Any]


@dataclass(frozen=True)
class FactRows:
    """Rows of changes, and of customers with ``merged_into`` and ``erased_at`` as events state them."""

    product_changes: list[Row] = field(default_factory=list)
    customer_changes: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)


def add_product(rows: FactRows, record: ProductRecord, attributes: Sequence[Attribute]) -> None:
    """Add the changes of a product."""
    own = [each for each in attributes if each.table == PRODUCTS.name]
    rows.product_changes.extend(
        {"change_id": each.event_id, "product_id": each.product_id, "changed_at": each.changed_at, "name": each.name}
        | _given(each.facts, own)
        for each in record.changes.values()
    )


def add_customer(rows: FactRows, record: CustomerRecord, attributes: Sequence[Attribute]) -> None:
    """Add the changes of a customer, and what became of the account."""
    own = [each for each in attributes if each.table == CUSTOMERS.name]
    rows.customer_changes.extend(
        {"change_id": each.event_id, "customer_id": each.customer_id, "changed_at": each.changed_at}
        | _given(each.facts, own)
        for each in record.changes.values()
    )
    if record.merged is not None and record.merged.event_id != FROM_TABLES:
        rows.customers.append({"customer_id": record.merged.customer_id, "merged_into": record.merged.into})
    if record.erased is not None:
        rows.customers.append({"customer_id": record.erased.customer_id, "erased_at": record.erased.erased_at})


def _given(facts: ProductFacts | CustomerFacts, attributes: Sequence[Attribute]) -> Row:
    plain = {each.name: getattr(facts, each.name) for each in fields(facts) if each.name != "attributes"}
    return plain | {each.column: facts.attributes.get(each.name) for each in attributes}
