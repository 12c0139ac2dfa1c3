"""Names what two statements with one id say differently, with both values where these name no person."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from data.times import iso
from features.online_state.events import CustomerChanged, Event, OrderChanged, OrderPlaced, recorded_at
from features.online_state.order import OrderLine

PRIVATE = ("customer_id", "into", "customer", "about")
"""Fields that may tell who a customer is, and digests of them: they are named without their values."""
WORDS = {"about": "the customer, the order or the topic"}
"""What fields without a name on the wire stand for."""
MOST = 5
"""Most differences that are named; an order may have a hundred lines."""


def differences(known: Event, event: Event) -> str:
    """Name the fields that differ, at most `MOST`."""
    found = [*_of_events(known, event)]
    more = f", and {len(found) - MOST} more" if len(found) > MOST else ""
    return (", ".join(found[:MOST]) or "the same fields") + more


def _of_events(known: Event, event: Event) -> Iterator[str]:
    if isinstance(known, OrderPlaced | OrderChanged) and isinstance(event, OrderPlaced | OrderChanged):
        yield from _of_fields(known, event, leaving=("order", "line_ids", "recorded_at"))
        yield from _of_fields(known.order, event.order, leaving=("lines",))
        yield from _of_lines(_lines(known), _lines(event))
    elif isinstance(known, CustomerChanged):
        yield from _of_fields(known, event, leaving=("facts", "recorded_at"))
        yield from ("facts",) if known.facts != getattr(event, "facts", None) else ()
    else:
        yield from _of_fields(known, event, leaving=("recorded_at", "unknown"))
    if recorded_at(known) != recorded_at(event):
        yield f"recorded_at {iso(recorded_at(known))} before, {iso(recorded_at(event))} now"


def _lines(event: OrderPlaced | OrderChanged) -> dict[str, OrderLine]:
    return dict(zip(event.line_ids, event.order.lines, strict=False))


def _of_lines(known: dict[str, OrderLine], lines: dict[str, OrderLine]) -> Iterator[str]:
    for line_id in dict.fromkeys([*known, *lines]):
        if line_id not in lines:
            yield f"line {line_id} before only"
        elif line_id not in known:
            yield f"line {line_id} now only"
        else:
            yield from (f"{each} in line {line_id}" for each in _of_fields(known[line_id], lines[line_id]))
    if set(known) == set(lines) and list(known) != list(lines):
        yield "the sequence of its lines"


def _of_fields(known: Any, other: Any, leaving: tuple[str, ...] = ()) -> Iterator[str]:
    names = [each.name for each in fields(known) if each.name not in leaving]
    for name in names:
        one, two = getattr(known, name), getattr(other, name, None)
        if one != two and name in PRIVATE:
            yield WORDS.get(name, name)
        elif one != two:
            yield f"{name} {_shown(name, one)} before, {_shown(name, two)} now"


def _shown(name: str, value: Any) -> str:
    return iso(value) if name.endswith("_at") and isinstance(value, int) else repr(value)
