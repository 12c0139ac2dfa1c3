"""What the online state keeps beside counters: lines until their outcome is beyond doubt, events, products, customers.

Each kind has a letter of its own at the start of its keys, and stands as JSON.
"""

import struct
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from features.online_state.counters.layout import LONGEST_ADDRESS, Value, address
from features.online_state.events import Event, LineDelivered, LineReturned, OrderPlaced
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts

LATEST = b"=latest"
"""Where the time of the latest known fact stands."""
CLOSED = b"=closed"
"""Where a mark stands once another state takes this one's place: it is told no more events."""
ABOUT = b"=about"
"""Where `StateAbout` stands; written last, so that a state without it is unfinished."""

_TIME = struct.Struct("<q")


@dataclass(frozen=True)
class StateAbout:
    """What a state was built of.

    ``seed``: the digest of the seed. ``recipe``: what its counters follow from, as `features.recipe.Recipe` writes it,
    and ``state_digest`` that of the same recipe.
    ``id_key``: the fingerprint of the key that customer ids were hashed with; None where the source's ids are taken as
    they are. ``as_of``: the time up to which the seed's tables told of the world, in microseconds since 1970.
    ``remember_days``: how long after their close it holds lines.
    """

    seed: str
    recipe: dict[str, Any]
    state_digest: str
    id_key: str | None
    as_of: int | None
    remember_days: int


@dataclass(frozen=True, slots=True)
class Return:
    """The first return of a line; among returns of one moment that of the least id."""

    at: int
    event_id: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What counters hold of a line's outcome: when it became known, and the reason if it came back."""

    returned: bool
    at: int
    reason: str | None = None


@dataclass(slots=True)
class LineRecord:
    """What is known of an ordered line; ``columns`` are those that keys and counters of outcomes need."""

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
    """Where an ordered line stands."""
    return _key(b"l", line_id)


def is_line(key: bytes) -> bool:
    """Whether `line_key` made this key."""
    return key[:1] == b"l"


def is_waiting(key: bytes) -> bool:
    """Whether `waiting_key` made this key."""
    return key[:1] == b"w"


def waiting_key(line_id: str) -> bytes:
    """Where events stand that came before the order of their line."""
    return _key(b"w", line_id)


def event_key(event_id: str) -> bytes:
    """Where an event stands that was applied."""
    return _key(b"e", event_id)


def product_key(product_id: str) -> bytes:
    """Where the facts of a product stand."""
    return _key(b"p", product_id)


def customer_key(customer_id: str) -> bytes:
    """Where the facts of a customer stand."""
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
    return orjson.dumps([product.department, product.category, product.brand, product.supplier, product.launched_at])


def read_product(value: bytes) -> ProductFacts:
    """Read what `write_product` wrote."""
    return ProductFacts(*orjson.loads(value))


def write_customer(customer: CustomerFacts) -> bytes:
    """Write the facts of a customer; `read_customer` reads them."""
    return orjson.dumps([customer.registered_at, customer.birth_year, customer.title])


def read_customer(value: bytes) -> CustomerFacts:
    """Read what `write_customer` wrote."""
    return CustomerFacts(*orjson.loads(value))


def write_events(events: list[Event]) -> bytes:
    """Write events, each with its kind; `read_events` reads them."""
    return orjson.dumps([{"kind": type(event).__name__, **asdict(event)} for event in events])


def read_events(value: bytes | None) -> list[Event]:
    """Read what `write_events` wrote; none where there is nothing."""
    return [] if value is None else [_read_event(content) for content in orjson.loads(value)]


def write_latest(time: int) -> bytes:
    """Write the time of the latest known fact."""
    return _TIME.pack(time)


def read_latest(value: bytes | None) -> int | None:
    """Read what `write_latest` wrote."""
    return None if value is None else int(_TIME.unpack(value)[0])


def write_about(about: StateAbout) -> bytes:
    """Write what a state was built of."""
    return orjson.dumps(asdict(about))


def read_about(value: bytes | None) -> StateAbout | None:
    """Read what `write_about` wrote; None for a state that is unfinished."""
    return None if value is None else StateAbout(**orjson.loads(value))


def _read_event(content: dict[str, Any]) -> Event:
    match content.pop("kind"):
        case "OrderPlaced":
            order = content.pop("order")
            lines = tuple(_read_order_line(line) for line in order.pop("lines"))
            who = order.pop("customer")
            customer = None if who is None else CustomerFacts(**who)
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
