"""The record of one order: every fact that still holds of it, and what the counters hold of its lines.

A fact is kept as the event that states it. So the record is what the events amount to, in whatever order they came.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

import orjson

from features.language.nodes import LineEvent
from features.online_state.counters.layout import Value
from features.online_state.events import (
    LineDelivered,
    LineReturned,
    LineShipped,
    OrderCancelled,
    OrderChanged,
    OrderContent,
    OrderPlaced,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
    version,
)
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts


@dataclass(slots=True)
class LineFacts:
    """What is known of a line beside its order; returns and their withdrawals by the return's id, refunds by event."""

    shipped: LineShipped | None = None
    delivered: LineDelivered | None = None
    requested: ReturnRequested | None = None
    returns: dict[str, LineReturned] = field(default_factory=dict)
    withdrawn: dict[str, ReturnCancelled] = field(default_factory=dict)
    refunds: dict[str, Refunded] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a line as counters hold it: ``columns`` are those that the line has for this event alone."""

    event: LineEvent
    at: int
    columns: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class CountedLine:
    """What the counters hold of a line: its ``columns`` by name, and its events."""

    columns: dict[str, Value]
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class OrderRecord:
    """An order; ``content`` is None as long as only cancellations of it are known.

    ``told`` are the ids of all events that stated a content, ascending. ``cancelled`` has cancellations by the id of
    their event. ``lines`` and ``counted`` have lines by their ids. ``scheduled`` are the times on the agenda of closes,
    ascending.
    """

    order_id: str
    content: OrderContent | None = None
    told: list[str] = field(default_factory=list)
    cancelled: dict[str, OrderCancelled] = field(default_factory=dict)
    lines: dict[str, LineFacts] = field(default_factory=dict)
    counted: dict[str, CountedLine] = field(default_factory=dict)
    scheduled: list[int] = field(default_factory=list)

    def facts(self, line_id: str) -> LineFacts:
        """What is known of a line; a line without facts yet gets an empty entry."""
        return self.lines.setdefault(line_id, LineFacts())

    def cancellation(self, line_id: str, since: int) -> OrderCancelled | None:
        """Give the first cancellation of the line at ``since`` (microseconds since 1970) or later; None without one.

        Each statement stands by itself: a line that was cancelled stays so, whatever is cancelled after it. Only a
        correction of the same statement, which has the id of its event, takes it back.
        """
        told = [each for each in self.cancelled.values() if cancels(each, line_id) and each.cancelled_at >= since]
        return min(told, key=lambda each: (each.cancelled_at, version(each)), default=None)

    def learn_cancellation(self, event: OrderCancelled) -> None:
        """Add a cancellation, unless a later statement with its id is known.

        Tables hold a time for each line and no id of an event. So an event is what they state of a line where it says
        the same time, and its corrections hold over the tables from then on.
        """
        known = self.cancelled.get(event.event_id)
        if known is not None and version(known) > version(event):
            return
        for line_id in self.lines:
            stated = self.cancelled.get(of_tables(line_id))
            meant = not event.line_ids or line_id in event.line_ids
            if stated is not None and meant and stated.cancelled_at == event.cancelled_at:
                del self.cancelled[stated.event_id]
        self.cancelled[event.event_id] = event


def cancels(event: OrderCancelled, line_id: str) -> bool:
    """Whether a cancellation is of the line: of the whole order, or of lines that it names."""
    return event.line_ids is None or line_id in event.line_ids


def of_tables(line_id: str) -> str:
    """The id of the cancellation that tables state of a line; no event has one with this sign."""
    return f"\x1f{line_id}"


def write(record: OrderRecord) -> bytes:
    """Write an order; `read` reads it. Missing values are left out."""
    return orjson.dumps(
        {
            "order_id": record.order_id,
            "content": None if record.content is None else content_as_json(record.content),
            "told": record.told,
            "cancelled": [lean(each) for _, each in sorted(record.cancelled.items())],
            "lines": {line_id: _facts_as_json(facts) for line_id, facts in sorted(record.lines.items())},
            "counted": {
                line_id: [each.columns, _entries_as_json(each)] for line_id, each in sorted(record.counted.items())
            },
            "scheduled": record.scheduled,
        }
    )


def read(value: bytes) -> OrderRecord:
    """Read what `write` wrote."""
    content = orjson.loads(value)
    return OrderRecord(
        content["order_id"],
        None if content["content"] is None else content_from_json(content["content"]),
        content["told"],
        {each["event_id"]: cancelled_from_json(each) for each in content["cancelled"]},
        {line_id: _facts_from_json(facts) for line_id, facts in content["lines"].items()},
        {line_id: _counted_from_json(*each) for line_id, each in content["counted"].items()},
        content["scheduled"],
    )


def lean(fact: Any) -> dict[str, Any]:
    """Give the fields of a flat dataclass that are not None."""
    kind: Any = type(fact)
    return {name: value for name in _names(kind) if (value := getattr(fact, name)) is not None}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def content_as_json(event: OrderContent) -> dict[str, Any]:
    """Give an event with an order as JSON."""
    found = lean(event)
    order = lean(event.order)
    order["lines"] = [_line_as_json(line) for line in event.order.lines]
    if event.order.customer is not None:
        order["customer"] = lean(event.order.customer)
    return {**found, "order": order}


def content_from_json(content: dict[str, Any]) -> OrderContent:
    """Read what `content_as_json` gave."""
    order = content.pop("order")
    order["lines"] = tuple([_line_from_json(line) for line in order["lines"]])
    order.setdefault("customer_id", None)
    if "customer" in order:
        order["customer"] = CustomerFacts(**order["customer"])
    kind = OrderChanged if "changed_at" in content else OrderPlaced
    content["line_ids"] = tuple(content["line_ids"])
    return kind(**content, order=Order(**order))


def cancelled_from_json(content: dict[str, Any]) -> OrderCancelled:
    """Read a cancellation that `lean` gave."""
    if "line_ids" in content:
        content["line_ids"] = tuple(content["line_ids"])
    return OrderCancelled(**content)


def _line_as_json(line: OrderLine) -> dict[str, Any]:
    found = lean(line)
    if line.product is not None:
        found["product"] = lean(line.product)
    return found


def _line_from_json(content: dict[str, Any]) -> OrderLine:
    if "product" in content:
        content["product"] = ProductFacts(**content["product"])
    return OrderLine(**content)


def _facts_as_json(facts: LineFacts) -> dict[str, Any]:
    single = {name: getattr(facts, name) for name in ("shipped", "delivered", "requested")}
    many = {name: getattr(facts, name) for name in ("returns", "withdrawn", "refunds")}
    found: dict[str, Any] = {name: lean(each) for name, each in single.items() if each is not None}
    return found | {name: _leaned(told for _, told in sorted(each.items())) for name, each in many.items() if each}


def _leaned(facts: Iterable[Any]) -> list[dict[str, Any]]:
    return [lean(each) for each in facts]


def _facts_from_json(content: dict[str, Any]) -> LineFacts:
    returns = [LineReturned(**each) for each in content.get("returns", ())]
    withdrawn = [ReturnCancelled(**each) for each in content.get("withdrawn", ())]
    refunds = [Refunded(**each) for each in content.get("refunds", ())]
    return LineFacts(
        LineShipped(**content["shipped"]) if "shipped" in content else None,
        LineDelivered(**content["delivered"]) if "delivered" in content else None,
        ReturnRequested(**content["requested"]) if "requested" in content else None,
        {each.identity: each for each in returns},
        {each.return_id: each for each in withdrawn},
        {each.event_id: each for each in refunds},
    )


def _entries_as_json(line: CountedLine) -> list[Any]:
    return [[each.event, each.at, dict(each.columns)] for each in line.entries]


def _counted_from_json(columns: dict[str, Value], entries: list[Any]) -> CountedLine:
    return CountedLine(columns, [Entry(LineEvent(event), at, tuple(own.items())) for event, at, own in entries])
