"""The facts of products and customers; an order may add to them."""

from dataclasses import asdict, replace
from typing import TypeVar

from features.online_state import records
from features.online_state.order import CustomerFacts, Order, ProductFacts
from features.stores.store import Transaction

Profile = TypeVar("Profile", ProductFacts, CustomerFacts)


def learn(store: Transaction, order: Order) -> tuple[dict[str, ProductFacts], CustomerFacts]:
    """Add the order's facts to the state; give those of its products, by id, and of its customer."""
    products: dict[str, ProductFacts] = {}
    keys = [records.product_key(line.product_id) for line in order.lines]
    for line, key, value in zip(order.lines, keys, store.get(keys), strict=True):
        known = products.get(line.product_id) or (ProductFacts() if value is None else records.read_product(value))
        learned = _joined(known, line.product)
        if value is None or learned != known:
            store.put(key, records.write_product(learned))
        products[line.product_id] = learned
    return products, CustomerFacts() if order.customer_id is None else _learn_customer(store, order.customer_id, order)


def _learn_customer(store: Transaction, customer_id: str, order: Order) -> CustomerFacts:
    key = records.customer_key(customer_id)
    (value,) = store.get([key])
    known = CustomerFacts() if value is None else records.read_customer(value)
    learned = _joined(known, order.customer)
    if value is None or learned != known:
        store.put(key, records.write_customer(learned))
    return learned


def _joined(known: Profile, given: Profile | None) -> Profile:
    """The known facts, overridden by the given ones that are not None."""
    if given is None:
        return known
    present = {name: value for name, value in asdict(given).items() if value is not None}
    return replace(known, **present | {"attributes": {**known.attributes, **given.attributes}})
