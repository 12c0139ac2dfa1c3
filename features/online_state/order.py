"""An order online: a basket to score, or an order that was placed.

Times are whole microseconds since 1970, UTC. Money is in whole minor units. None is a missing value.
Customer ids are those of the validated tables, that is, keyed hashes where the shop's ids were hashed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data.attributes import Value


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """The facts of a product beside its id; ``attributes`` has those known, by name."""

    department: str | None = None
    category: str | None = None
    brand: str | None = None
    supplier: str | None = None
    launched_at: int | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """The facts of a customer beside the id; ``attributes`` has those known, by name."""

    registered_at: int | None = None
    birth_year: int | None = None
    title: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order.

    ``product`` holds facts that the caller gives; a missing fact is looked up in the state. ``size`` and ``color`` are
    in lower case. ``closes_at`` (the time when the outcome is decided, where the shop gives it) and
    ``outcome_recorded`` belong to placed orders; a line to score has neither. ``sizes_on_sale`` belongs to a line
    to score, and no event has it: the sizes of the product that the customer can choose now, in lower case, None where
    the shop does not give them. So does ``line_id``, the shop's own id of the line, which the prediction log keeps: a
    placed order has the ids of its lines beside it. ``attributes`` has those of the line itself, by name.
    """

    product_id: str
    quantity: int
    price_minor: int
    list_price_minor: int | None = None
    size: str | None = None
    color: str | None = None
    product: ProductFacts | None = None
    closes_at: int | None = None
    outcome_recorded: bool = True
    sizes_on_sale: tuple[str, ...] | None = None
    line_id: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """The lines of one order, and the columns that they share.

    ``customer_id`` is None for a guest. ``basket_id`` is the shop's id of the basket before it becomes an order; it
    joins the scores of the basket with the later order.
    """

    customer_id: str | None
    ordered_at: int
    lines: tuple[OrderLine, ...]
    voucher_used: bool | None = None
    payment_method: str | None = None
    channel: str | None = None
    region: str | None = None
    customer: CustomerFacts | None = None
    basket_id: str | None = None
