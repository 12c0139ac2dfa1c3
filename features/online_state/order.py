"""An order as the online side knows it: a basket that is asked about, or one that was placed.

Times are whole microseconds since 1970, UTC; money is whole minor units; None stands for a missing value.
Customer ids are those of the validated tables, so keyed hashes already.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is known of a product beside its id."""

    department: str | None = None
    category: str | None = None
    brand: str | None = None
    supplier: str | None = None
    launched_at: int | None = None


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is known of a customer beside the id."""

    registered_at: int | None = None
    birth_year: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order.

    ``product`` are facts that the caller gives; those that it leaves out are looked up in the state. ``size`` and
    ``color`` are in lower case. ``closes_at`` (when the outcome is decided, where the shop itself says so) and
    ``outcome_recorded`` are of lines that were ordered; a line that is asked about has neither. ``sizes_on_sale`` are
    the sizes of the product that the customer could choose now, in lower case, None where the shop doesn't say: of a
    line that is asked about, and no part of an event.
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


@dataclass(frozen=True, slots=True)
class Order:
    """The lines of one order, and what they share.

    ``customer_id`` is None for a guest. ``basket_id`` is what the shop calls the basket before it is an order: what was
    said of it can be joined by it with the order that followed.
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
