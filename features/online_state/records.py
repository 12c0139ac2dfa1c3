"""The records of the online state beside counters: open lines, events, products and customers, as JSON.

A line is kept until its outcome can no longer change. The first letter of a key names the kind of its record.
"""

import struct
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from features.online_state.counters.layout import LONGEST_ADDRESS, Value, address
from features.online_state.events import Event, LineDelivered, LineReturned, OrderPlaced
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts

LATEST = b"=latest"
"""The key of the time of the latest known fact."""
CLOSED = b"=closed"
"""The key of a mark: another state has replaced this one, and this one takes no more events."""
ABOUT = b"=about"
"""The key of `StateAbout`. It is written last, so that a state without it is unfinished."""

_TIME = struct.Struct("<q")


@dataclass(frozen=True)
class StateAbout:
    """What a state was built from.

    ``seed``: the digest of the seed. ``recipe``: the recipe of the features, as `features.recipe.Recipe` writes it.
    ``state_digest``: the digest of the contents that follow from this recipe (`StateContents.digest`).
    ``id_key``: the fingerprint of the key that hashed the customer ids; None where no key did. ``as_of``: the time of
    the latest fact in the seed's tables, in microseconds since 1970. ``remember_days``: how many days after its close
    the state keeps a line. ``reading``: how the shop's mapping reads keys and labels, as `data.reading.reading.Reading`
    writes it; empty where nothing but the plain reading applies.
    """

    seed: str
    recipe: dict[str, Any]
    state_digest: str
    id_key: str | None
    as_of: int | None
    remember_days: int
    reading: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give the description as JSON. A plain reading is left out, as in states of earlier versions."""
        content = asdict(self)
        return content if self.reading else {name: value for name, value in content.items() if name != "reading"}


@dataclass(frozen=True, slots=True)
class Return:
    """The first return of a line; among returns of the same time, the one with the smallest id."""

    at: int
    event_id: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The outcome of a line as counters hold it: the time when it became known, and the reason of a return."""

    returned: bool
    at: int
    reason: str | None = None


@dataclass(slots=True)
class LineRecord:
    """The known facts of an ordered line; ``columns`` are the columns that counters of outcomes need."""

    order_id: str
    ordered_at: int
    columns: dict[str, Value]
    closes_at: int | None = None
    recorded: bool = True
    delivered_at: int | None = None
    returned: Return | None = None
    counted: Counted | None = None
    scheduled: int | None = field(default=None)


def line_key(line_id: str) -> bytes:
    """The key of an ordered line."""
    return _key(b"l", line_id)


def is_line(key: bytes) -> bool:
    """Whether `line_key` made this key."""
    return key[:1] == b"l"


def is_waiting(key: bytes) -> bool:
    """Whether `waiting_key` made this key."""
    return key[:1] == b"w"


def waiting_key(line_id: str) -> bytes:
    """The key of the events that arrived before the order of their line."""
    return _key(b"w", line_id)


def event_key(event_id: str) -> bytes:
    """The key of an event that was applied."""
    return _key(b"e", event_id)


def product_key(product_id: str) -> bytes:
    """The key of the facts of a product."""
    return _key(b"p", product_id)


def customer_key(customer_id: str) -> bytes:
    """The key of the facts of a customer."""
    return _key(b"c", customer_id)


def write_line(line: LineRecord) -> bytes:
    """Write a line; `read_line` reads it."""
    return orjson.dumps(line)


def read_line(value: bytes) -> LineRecord:
    """Read what `write_line` wrote."""
    content = orjson.loads(value)
    returned, counted = content.pop("returned"), content.pop("counted")
    return LineRecord(
        **content,
        returned=None if returned is None else Return(**returned),
        counted=None if counted is None else Counted(**counted),
    )


def write_product(product: ProductFacts) -> bytes:
    """Write the facts of a product; `read_product` reads them."""
    facts = [product.department, product.category, product.brand, product.supplier, product.launched_at]
    return orjson.dumps([*facts, product.attributes] if product.attributes else facts)


def read_product(value: bytes) -> ProductFacts:
    """Read what `write_product` wrote."""
    return ProductFacts(*orjson.loads(value))


def write_customer(customer: CustomerFacts) -> bytes:
    """Write the facts of a customer; `read_customer` reads them."""
    facts = [customer.registered_at, customer.birth_year, customer.title]
    return orjson.dumps([*facts, customer.attributes] if customer.attributes else facts)


def read_customer(value: bytes) -> CustomerFacts:
    """Read what `write_customer` wrote."""
    return CustomerFacts(*orjson.loads(value))


def write_events(events: list[Event]) -> bytes:
    """Write events, each with its kind; `read_events` reads them."""
    return orjson.dumps([{"kind": type(event).__name__, **asdict(event)} for event in events])


def read_events(value: bytes | None) -> list[Event]:
    """Read what `write_events` wrote; an empty list for None."""
    return [] if value is None else [_read_event(content) for content in orjson.loads(value)]


def write_latest(time: int) -> bytes:
    """Write the time of the latest known fact."""
    return _TIME.pack(time)


def read_latest(value: bytes | None) -> int | None:
    """Read what `write_latest` wrote."""
    return None if value is None else int(_TIME.unpack(value)[0])


def write_about(about: StateAbout) -> bytes:
    """Write what a state was built from."""
    return orjson.dumps(about.as_json())


def read_about(value: bytes | None) -> StateAbout | None:
    """Read what `write_about` wrote; None for a state that is unfinished."""
    return None if value is None else StateAbout(**orjson.loads(value))


def _read_event(content: dict[str, Any]) -> Event:
    match content.pop("kind"):
        case "OrderPlaced":
            order = content.pop("order")
            lines = tuple(_read_order_line(line) for line in order.pop("lines"))
            facts = order.pop("customer")
            customer = None if facts is None else CustomerFacts(**facts)
            line_ids = tuple(content.pop("line_ids"))
            return OrderPlaced(**content, line_ids=line_ids, order=Order(**order, lines=lines, customer=customer))
        case "LineDelivered":
            return LineDelivered(**content)
        case _:
            return LineReturned(**content)


def _read_order_line(content: dict[str, Any]) -> OrderLine:
    product = content.pop("product")
    return OrderLine(**content, product=None if product is None else ProductFacts(**product))


def _key(kind: bytes, name: str) -> bytes:
    key = kind + name.encode("utf-8", "surrogatepass")
    return key if len(key) <= LONGEST_ADDRESS else kind + address(["", name])
