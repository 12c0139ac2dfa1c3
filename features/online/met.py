"""Whom and what the state has met before: by a fact, or by an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.online_state.counters.layout import Layout
from features.online_state.order import Order


@dataclass(frozen=True, slots=True)
class Met:
    """The ``customers`` and ``products`` of the asked orders of which the state knows anything.

    ``buyers``: the customers of whose orders something is counted.
    """

    customers: frozenset[str]
    products: frozenset[str]
    buyers: frozenset[str]

    def is_new_customer(self, order: Order) -> bool:
        """Whether the order names a customer of whom nothing is known; a guest is none."""
        return order.customer_id is not None and order.customer_id not in self.customers

    def new_products(self, order: Order) -> int:
        """Count the lines whose product is not known."""
        return sum(line.product_id not in self.products for line in order.lines)


class Meeting:
    """Finds whom and what the state has met, in what was read of it for features."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        self._width = len(layouts)
        self._of_customer, self._of_product = (
            [place for place, layout in enumerate(layouts) if layout.columns == (name,)]
            for name in ("customer_id", "product_id")
        )

    def of(
        self,
        orders: Sequence[tuple[Order, Sequence[int]]],
        told: tuple[set[str], set[str]],
        addresses: Sequence[bytes | None],
        found: Mapping[bytes, bytes | None],
    ) -> Met:
        """Find them among ``orders``, each with the places of its asked lines.

        Parameters
        ----------
        told
            The customers and the products of which a fact is known.
        addresses, found
            The keys of the counters of the asked lines, by line and layout; and the records at these keys.
        """
        (customers, products), buyers, first = told, set[str](), 0
        for order, places in orders:
            who = order.customer_id
            if who is not None and self._counted(self._of_customer, first, addresses, found):
                buyers.add(who)
            for place in places:
                product_id = order.lines[place].product_id
                if product_id not in products and self._counted(self._of_product, first, addresses, found):
                    products.add(product_id)
                first += self._width
        return Met(frozenset(customers | buyers), frozenset(products), frozenset(buyers))

    @staticmethod
    def _counted(
        of_owner: Sequence[int], first: int, addresses: Sequence[bytes | None], found: Mapping[bytes, bytes | None]
    ) -> bool:
        for place in of_owner:
            address = addresses[first + place]
            if address is not None and found[address] is not None:
                return True
        return False
