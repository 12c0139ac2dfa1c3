"""What the state knows of a basket beside its features: the latest fact, and who and what is new to it."""

from collections.abc import Sequence
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

_CUSTOMER, _PRODUCT = ("customer_id",), ("product_id",)


@dataclass(frozen=True)
class Known:
    """The latest facts, the days with facts, and whom and what the state knows: by a fact or by an order.

    ``counted_until``: the latest fact or close that counters hold. ``buyers``: the customers of whose orders something
    is counted.
    """

    latest: Latest
    counted_until: int | None
    days_record: bytes | None
    customers: AbstractSet[str]
    products: AbstractSet[str]
    buyers: AbstractSet[str]

    @property
    def days(self) -> FactDays:
        """The days with facts, read from their record: few settings ask for them."""
        return read_days(self.days_record, self.latest)

    def is_new_customer(self, order: Order) -> bool:
        """Whether the order names a customer of whom nothing is known; a guest is none."""
        return order.customer_id is not None and order.customer_id not in self.customers

    def new_products(self, order: Order) -> int:
        """Count the lines whose product is not known."""
        return sum([line.product_id not in self.products for line in order.lines])


def look(layouts: Sequence[Layout], snapshot: Snapshot, orders: Sequence[Order]) -> Known:
    """Look up the customers and products of ``orders``, and the latest facts, in one read of the store."""
    customers = {order.customer_id: None for order in orders if order.customer_id is not None}
    products = {line.product_id: None for order in orders for line in order.lines}
    of_customer, of_product = ([each for each in layouts if each.columns == name] for name in (_CUSTOMER, _PRODUCT))
    bought = [(each, layout.address({"customer_id": each})) for each in customers for layout in of_customer]
    sold = [(each, layout.address({"product_id": each})) for each in products for layout in of_product]
    wanted = (
        [(each, customer_key(each)) for each in customers],
        [(each, product_key(each)) for each in products],
        [(each, key) for each, key in bought if key is not None],
        [(each, key) for each, key in sold if key is not None],
    )
    times, days, close, *found = snapshot.get([LATEST, DAYS, COUNTED, *[key for part in wanted for _, key in part]])
    records = iter(found)
    named, on_sale, buyers, counted = (
        {owner for (owner, _), record in zip(part, records, strict=False) if record is not None} for part in wanted
    )
    latest = read_latest(times)
    return Known(latest, later_of(latest, read_counted(close)), days, named | buyers, on_sale | counted, buyers)
