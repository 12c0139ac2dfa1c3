"""An order of the online state as rows of canonical tables: what its facts amount to.

It is the way back of `features.seeding.orders`. A fact that validation would refuse, such as a delivery before the
order, counts nowhere: it is left out, as its row would go with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from data.attributes import Attribute
from data.outcome import OutcomeParams
from data.schema import ORDER_LINES
from features.online_state.events import FROM_TABLES, LineReturned
from features.online_state.order_life import LineLife, asks_for_what_is_there, is_plausible, lives
from features.online_state.order_record import OrderRecord

Row = dict[str, Any]
TIMES = ("shipped_at", "delivered_at", "cancelled_at")
OF_FIRST_RETURN = ("exchanged_for_product", "exchanged_for_size")
"""The columns of order lines that events of lines fill; all others come from the order itself."""


@dataclass(frozen=True)
class OrderRows:
    """Rows of orders.

    ``lines``: rows of order lines; ``stated``: whether an event stated the order, and not the tables. ``returns``:
    rows of returns; ``of_tables``: whether the tables state the return. ``known``: each return that the state knows of,
    also one that was taken back. ``of_lines``: every line that the state knows of, and whether its order still has it.
    """

    lines: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    known: list[Row] = field(default_factory=list)
    of_lines: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Terms:
    """What decides over facts: the rule for outcomes, the longest delay in microseconds, the shop's attributes.

    A fact after ``until`` (microseconds since 1970) is not known yet: it is none of the tables.
    """

    outcome: OutcomeParams
    max_delay: int
    attributes: tuple[Attribute, ...]
    until: int

    def has(self, life: LineLife, time: int | None) -> bool:
        """Whether a fact of that time may stand in the tables: not before its order, nor too late, nor ahead."""
        return time is not None and life.ordered_at <= time <= min(life.ordered_at + self.max_delay, self.until)


def add(rows: OrderRows, record: OrderRecord, terms: Terms) -> None:
    """Add the rows of an order; an order of which only cancellations are known has none."""
    if record.content is None or record.content.order.ordered_at > terms.until:
        return
    stated = record.content.event_id != FROM_TABLES
    found = lives(record, terms.outcome)
    present = {line.line_id for line in found}
    for line_id, facts in record.lines.items():
        rows.of_lines.append({"line_id": line_id, "order_id": record.order_id, "present": line_id in present})
        rows.known.extend(
            {"line_id": line_id, "return_id": each} for each in sorted({*facts.returns, *facts.withdrawn})
        )
    for line in found:
        back = list(_returns(line, terms))
        rows.returns.extend(back)
        rows.lines.append(_line(record, line, terms) | {"stated": stated})


def _line(record: OrderRecord, life: LineLife, terms: Terms) -> Row:
    if record.content is None:
        raise ValueError("a line has a row only in an order that is known")
    order, line, facts = record.content.order, life.line, life.facts

    def held(time: int | None) -> int | None:
        return time if terms.has(life, time) else None

    cancelled = record.cancellation(life.line_id, life.ordered_at)
    exchanged = next((each for each in _standing(life, terms) if each.exchanged_for is not None), None)
    own = {each.column: line.attributes.get(each.name) for each in terms.attributes if each.table == ORDER_LINES.name}
    return {
        "line_id": life.line_id,
        "order_id": record.order_id,
        "customer_id": order.customer_id,
        "product_id": line.product_id,
        "ordered_at": order.ordered_at,
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "list_price_minor": line.list_price_minor,
        "size": line.size,
        "color": line.color,
        "voucher_used": order.voucher_used,
        "payment_method": order.payment_method,
        "channel": order.channel,
        "region": order.region,
        "delivered_at": None if facts.delivered is None else held(facts.delivered.delivered_at),
        "closes_at": line.closes_at,
        "outcome_recorded": line.outcome_recorded,
        "cancelled_at": held(None if cancelled is None else cancelled.cancelled_at),
        "shipped_at": None if facts.shipped is None else held(facts.shipped.shipped_at),
        "exchanged_for_product": exchanged and exchanged.exchanged_for,
        "exchanged_for_size": exchanged and exchanged.exchanged_size,
        **own,
    }


def _standing(life: LineLife, terms: Terms) -> list[LineReturned]:
    """The returns that are known by now and were not taken back, by time and id."""
    known = [told for told in life.facts.returns.values() if told.returned_at <= terms.until]
    standing = [told for told in known if not life.is_withdrawn(told)]
    return sorted(standing, key=lambda each: (each.returned_at, each.identity))


def _returns(life: LineLife, terms: Terms) -> Iterator[Row]:
    """The returns with the pieces that the line still had; late ones, too, which count nowhere."""
    left = life.line.quantity
    for told in _standing(life, terms):
        pieces = min(left, life.line.quantity if told.quantity is None else told.quantity)
        if not pieces or not terms.has(life, told.returned_at):
            continue
        left -= pieces
        yield {
            "return_id": told.identity,
            "line_id": life.line_id,
            "returned_at": told.returned_at,
            "quantity": pieces,
            "reason": told.reason,
            "reason_inferred": told.reason_inferred,
            "reason_detail": told.reason_detail,
            "requested_at": _asked(life, terms),
            "condition": told.condition,
            "refunded_minor": _refunded(life, told.identity),
            "of_tables": told.event_id == FROM_TABLES,
        }


def _asked(life: LineLife, terms: Terms) -> int | None:
    asked = life.facts.requested
    if asked is None or not life.ordered_at <= asked.requested_at <= terms.until:
        return None
    return asked.requested_at if asks_for_what_is_there(life, asked) else None


def _refunded(life: LineLife, identity: str) -> int | None:
    """The money paid back for a return: by its events, or by tables, which hold the sum of events of before."""
    told = life.facts.refunds.values()
    own = [each for each in told if each.return_id == identity and is_plausible(life, each)]
    of_tables = sum(each.refunded_minor for each in own if each.event_id == identity)
    of_events = sum(each.refunded_minor for each in own if each.event_id != identity)
    return max(of_tables, of_events) if own else None
