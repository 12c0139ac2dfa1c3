"""What the state knows of a basket beside its features: the latest fact, and who and what is new to it."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from features.online_state.counters.layout import Layout
from features.online_state.fact_days import FactDays
from features.online_state.order import Order
from features.online_state.records import (
    COUNTED,
    DAYS,
    LATEST,
    Latest,
    customer_key,
    later_of,
    product_key,
    read_counted,
    read_days,
    read_latest,
)
from features.stores.store import Snapshot

_KEYS = {"customer_id": customer_key, "product_id": product_key}


@dataclass(frozen=True)
class Known:
    """The latest facts, the days with facts, and whom and what the state knows: by a fact or by an order.

    ``counted_until``: the latest fact or close that counters hold. ``buyers``: the customers of whose orders something
    is counted.
    """

    latest: Latest
    counted_until: int | None
    days: FactDays
    customers: frozenset[str]
    products: frozenset[str]
    buyers: frozenset[str]

    def is_new_customer(self, order: Order) -> bool:
        """Whether the order names a customer of whom nothing is known; a guest is none."""
        return order.customer_id is not None and order.customer_id not in self.customers

    def new_products(self, order: Order) -> int:
        """Count the lines whose product is not known."""
        return sum(line.product_id not in self.products for line in order.lines)


def look(layouts: Sequence[Layout], snapshot: Snapshot, orders: Sequence[Order]) -> Known:
    """Look up the customers and products of ``orders``, and the latest facts, in one read of the store."""
    customers = {order.customer_id for order in orders if order.customer_id is not None}
    products = {line.product_id for order in orders for line in order.lines}
    keys = [*_keys("customer_id", customers, layouts), *_keys("product_id", products, layouts)]
    times, days, close, *found = snapshot.get([LATEST, DAYS, COUNTED, *[key for _, key in keys]])
    latest = read_latest(times)
    there = [(owner, key) for (owner, key), value in zip(keys, found, strict=True) if value is not None]
    known = {owner for owner, _ in there}
    return Known(
        latest,
        later_of(latest, read_counted(close)),
        read_days(days, latest),
        frozenset(each for name, each in known if name == "customer_id"),
        frozenset(each for name, each in known if name == "product_id"),
        frozenset(each for (name, each), key in there if name == "customer_id" and key != customer_key(each)),
    )


def _keys(name: str, ids: AbstractSet[str], layouts: Sequence[Layout]) -> Iterator[tuple[tuple[str, str], bytes]]:
    """The store's keys of the facts and counters of each owner; ``name`` is the column that names owners."""
    own = [layout for layout in layouts if layout.columns == (name,)]
    for each in ids:
        yield (name, each), _KEYS[name](each)
        for layout in own:
            address = layout.address({name: each})
            if address is not None:
                yield (name, each), address
