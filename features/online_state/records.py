"""The records of the online state beside counters and orders: their keys, and those of events and of the state itself.

An order is kept until its outcome can no longer change. The first letter of a key names the kind of its record.
"""

import hashlib
import struct
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple, cast

import orjson

from features.online_state import fact_days
from features.online_state.events import (
    CustomerChanged,
    CustomerContacted,
    CustomerErased,
    CustomersMerged,
    Event,
    LineDelivered,
    LineReturned,
    LineShipped,
    OrderChanged,
    OrderPlaced,
    ProductChanged,
    Reacted,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
)
from features.online_state.fact_days import FactDays
from features.online_state.order import CustomerFacts, ProductFacts
from features.online_state.order_record import cancelled_from_json, content_as_json, content_from_json, lean

LATEST = b"=latest"
"""The key of the time of the latest known fact."""
DAYS = b"=days"
"""The key of the days of which facts are known (`FactDays`); states of earlier versions lack it."""
COUNTED = b"=counted"
"""The key of the latest close of a return window that counters hold. In a seed, closes lie before `LATEST`."""
POSTERIORS = b"=posteriors"
"""The key of what the posteriors have learned but for their levels (`features.posteriors.learned.Learned`)."""
CLOSED = b"=closed"
"""The key of a mark: another state has replaced this one, and this one takes no more events."""
LONGEST_KEY = 200
"""The most bytes of a key of these records: a longer id is hashed. An entry of an agenda may hold such a key."""
ABOUT = b"=about"
"""The key of `StateAbout`. It is written last, so that a state without it is unfinished."""

_TIMES, _TIME, _ABSENT = struct.Struct("<3q"), struct.Struct("<q"), -(1 << 63)


@dataclass(frozen=True)
class StateAbout:
    """What a state was built from.

    ``seed``: the digest of the seed. ``recipe``: the recipe of the features, as `features.recipe.Recipe` writes it.
    ``state_digest``: the digest of the contents that follow from this recipe (`StateContents.digest`).
    ``id_key``: the fingerprint of the key that hashed the customer ids; None where no key did. ``as_of``: the time of
    the latest fact in the seed's tables, in microseconds since 1970. ``remember_days``: how many days after its close
    the state keeps a line. ``reading``: how the shop's mapping reads keys and labels, as `data.reading.reading.Reading`
    writes it; empty where nothing but the plain reading applies. ``learned_day``: the day (since 1970, UTC) as
    which the posteriors hold; None without them.
    """

    seed: str
    recipe: dict[str, Any]
    state_digest: str
    id_key: str | None
    as_of: int | None
    remember_days: int
    reading: dict[str, Any] = field(default_factory=dict)
    learned_day: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the description as JSON. A plain reading and no posteriors are left out, as in states of long ago."""
        content = asdict(self)
        left_out = {"reading": not self.reading, "learned_day": self.learned_day is None}
        return {name: value for name, value in content.items() if not left_out.get(name)}


class Silence(NamedTuple):
    """How long nothing may come before windows no longer close, in microseconds; None: they close whatever comes.

    ``outcome``: after the latest outcome. ``feed``: after the latest fact of any kind.
    """

    outcome: int | None = None
    feed: int | None = None


BY_THE_CLOCK: Final = Silence()
"""Windows close whatever comes."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The time of the latest known fact of each kind, microseconds since 1970; None where none is known."""

    order: int | None = None
    delivery: int | None = None
    outcome: int | None = None

    @property
    def of_all(self) -> int | None:
        """The latest time of any kind."""
        return max((each for each in (self.order, self.delivery, self.outcome) if each is not None), default=None)

    def closing_time(self, now: int, silence: Silence) -> int:
        """The time up to which return windows have closed: an outcome that is not known by then would have come.

        It is ``now`` while facts come. It stops the ``silence`` after the latest fact, and after the latest outcome:
        whether later lines were kept is not known then. A state without facts never stops it.
        """
        ends = ((self.outcome, silence.outcome), (self.of_all, silence.feed))
        return min([now, *(at + most for at, most in ends if at is not None and most is not None)])

    def joined(self, other: "Latest") -> "Latest":
        """Give the later time of each kind."""
        pairs = ((self.order, other.order), (self.delivery, other.delivery), (self.outcome, other.outcome))
        return Latest(*[max((each for each in pair if each is not None), default=None) for pair in pairs])


def order_key(order_id: str) -> bytes:
    """The key of an order (`features.online_state.order_record`)."""
    return _key(b"o", order_id)


def closed_order_key(key: bytes) -> bytes:
    """The key under which the order at ``key`` stays once it can no longer change, for the next export of tables."""
    return b"a" + key[1:]


def is_closed_order(key: bytes) -> bool:
    """Whether `closed_order_key` made this key."""
    return key[:1] == b"a"


def order_of_closed(key: bytes) -> bytes:
    """The key from which `closed_order_key` made this one."""
    return b"o" + key[1:]


def is_order(key: bytes) -> bool:
    """Whether `order_key` made this key."""
    return key[:1] == b"o"


def line_key(line_id: str) -> bytes:
    """The key of the id of a line's order, UTF-8."""
    return _key(b"l", line_id)


def is_waiting(key: bytes) -> bool:
    """Whether `waiting_key` made this key."""
    return key[:1] == b"w"


def waiting_key(line_id: str) -> bytes:
    """The key of the events that arrived before the order of their line."""
    return _key(b"w", line_id)


def event_key(event_id: str) -> bytes:
    """The key of an event that was applied."""
    return _key(b"e", event_id)


def decision_key(decision_id: str) -> bytes:
    """The key of the time at which the action of a decision was accepted."""
    return _key(b"d", decision_id)


def product_key(product_id: str) -> bytes:
    """The key of the facts of a product."""
    return _key(b"p", product_id)


def customer_key(customer_id: str) -> bytes:
    """The key of the facts of a customer."""
    return _key(b"c", customer_id)


def customer_of(key: bytes) -> str:
    """The customer for whom `customer_key` made a key; that of a very long id is a hash."""
    return key[1:].decode("utf-8", "surrogatepass")


def level_key(counters: bytes) -> bytes:
    """The key of the posterior of the entity whose counters stand at the key ``counters``."""
    return b"m" + counters[1:]


def write_events(events: list[Event]) -> bytes:
    """Write events, each with its kind; `read_events` reads them. Missing values are left out."""
    return orjson.dumps([{"kind": type(event).__name__, **_event_as_json(event)} for event in events])


def read_events(value: bytes | None) -> list[Event]:
    """Read what `write_events` wrote; an empty list for None."""
    return [] if value is None else [_read_event(content) for content in orjson.loads(value)]


def write_latest(latest: Latest) -> bytes:
    """Write the times of the latest known facts."""
    return _TIMES.pack(*[_ABSENT if each is None else each for each in (latest.order, latest.delivery, latest.outcome)])


def read_latest(value: bytes | None) -> Latest:
    """Read what `write_latest` wrote; of None, no time is known."""
    times = [] if value is None else _TIMES.unpack(value)
    return Latest(*[None if each == _ABSENT else each for each in times])


def write_counted(at: int) -> bytes:
    """Write the time of the latest close that counters hold."""
    return _TIME.pack(at)


def read_counted(value: bytes | None) -> int | None:
    """Read what `write_counted` wrote; None where no close was counted since the tables."""
    return None if value is None else int(_TIME.unpack(value)[0])


def later_of(latest: Latest, counted: int | None) -> int | None:
    """The later one of the latest fact and the latest close that counters hold; None where neither is known."""
    return max((each for each in (latest.of_all, counted) if each is not None), default=None)


def read_days(value: bytes | None, latest: Latest) -> FactDays:
    """Read the days with facts; of a state that lacks them, no gap is known before its ``latest`` facts."""
    if value is not None:
        return fact_days.read(value)
    return FactDays(*[fact_days.all_until(each) for each in (latest.order, latest.delivery, latest.outcome)])


def write_about(about: StateAbout) -> bytes:
    """Write what a state was built from."""
    return orjson.dumps(about.as_json())


def read_about(value: bytes | None) -> StateAbout | None:
    """Read what `write_about` wrote; None for a state that is unfinished."""
    return None if value is None else StateAbout(**orjson.loads(value))


def _event_as_json(event: Event) -> dict[str, Any]:
    if isinstance(event, OrderPlaced | OrderChanged):
        return content_as_json(event)
    if isinstance(event, ProductChanged | CustomerChanged):
        return {**lean(event), "facts": lean(event.facts)}
    return lean(event)


def _read_event(content: dict[str, Any]) -> Event:
    kind = content.pop("kind")
    match kind:
        case "OrderPlaced" | "OrderChanged":
            return content_from_json(content)
        case "OrderCancelled":
            return cancelled_from_json(content)
        case "ProductChanged":
            return ProductChanged(**{**content, "facts": ProductFacts(**content["facts"])})
        case "CustomerChanged":
            return CustomerChanged(**{**content, "facts": CustomerFacts(**content["facts"])})
        case _:
            return cast("Event", _FLAT[kind](**content))


_FLAT = {
    kind.__name__: kind
    for kind in (
        *(LineShipped, LineDelivered, ReturnRequested, LineReturned, ReturnCancelled, Refunded),
        *(CustomersMerged, CustomerErased, Reacted, CustomerContacted),
    )
}


def _key(kind: bytes, name: str) -> bytes:
    key = kind + name.encode("utf-8", "surrogatepass")
    if len(key) <= LONGEST_KEY:
        return key
    return kind + b"\0" + hashlib.blake2b(key, digest_size=32).hexdigest().encode()
