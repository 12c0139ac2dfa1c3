"""Reads events."""

import hashlib
import json
from typing import Any

from data.schema import Reason
from features.online_state import events
from serving.http.wire.convert.orders import lower_case, read_content, read_customer, read_product
from serving.http.wire.requests import contacts, facts, lines, orders, reactions
from serving.http.wire.requests.events import Event
from serving.ports import Intake


class CustomerKeyError(Exception):
    """The key in ``field`` of an event names no customer that the event can be about; ``expected`` says what could."""

    def __init__(self, field: str, expected: str) -> None:
        self.field, self.expected = field, expected
        super().__init__(f"{field}: {expected}")


def read_event(event: Event, intake: Intake) -> events.Event:
    """Read one event.

    Raises
    ------
    CustomerKeyError
        An event of a customer has the key of a guest, or merges a customer into itself.
    """
    match event:
        case orders.OrderPlaced() | orders.OrderChanged() | orders.OrderCancelled():
            return _of_order(event, intake)
        case facts.ProductChanged():
            known = read_product(event, intake)
            return events.ProductChanged(
                event.event_id, event.product_id, event.changed_at, known, event.name, event.recorded_at
            )
        case facts.CustomerChanged() | facts.CustomersMerged() | facts.CustomerErased():
            return _of_customer(event, intake)
        case lines.LineReturned() | lines.LineExchanged():
            return _return(event, intake)
        case reactions.Reaction() | contacts.CustomerContacted():
            return _of_log(event, intake)
        case _:
            return _of_line(event)


def _of_log(
    event: reactions.Reaction | contacts.CustomerContacted, intake: Intake
) -> events.Reacted | events.CustomerContacted:
    if isinstance(event, reactions.Reaction):
        return events.Reacted(event.event_id, event.decision_id, event.type, event.reacted_at, event.recorded_at)
    about = json.dumps([customer_of(event, intake), event.order_id, event.topic])
    digest = hashlib.sha256(about.encode()).hexdigest()
    return events.CustomerContacted(event.event_id, digest, event.contacted_at, event.recorded_at)


def customer_of(event: contacts.CustomerContacted, intake: Intake) -> str | None:
    """Give the id that the tables hold for the customer of a contact; None where its order alone says whose it was.

    Raises
    ------
    CustomerKeyError
        There is no order, and the key is that of a guest.
    """
    if event.customer_id is None:
        return None
    found = (
        intake.customer(event.customer_id) if event.order_id else _customer(event.customer_id, "customer_id", intake)
    )
    return found or None


def _of_order(
    event: orders.OrderPlaced | orders.OrderChanged | orders.OrderCancelled, intake: Intake
) -> events.OrderContent | events.OrderCancelled:
    if isinstance(event, orders.OrderCancelled):
        which = None if event.line_ids is None else tuple(event.line_ids)
        return events.OrderCancelled(event.event_id, event.order_id, event.cancelled_at, which, event.recorded_at)
    line_ids, order = read_content(event, intake)
    if isinstance(event, orders.OrderPlaced):
        return events.OrderPlaced(event.event_id, event.order_id, line_ids, order, event.recorded_at)
    return events.OrderChanged(event.event_id, event.order_id, event.changed_at, line_ids, order, event.recorded_at)


def _of_line(
    event: lines.LineShipped | lines.LineDelivered | lines.ReturnRequested | lines.ReturnCancelled | lines.Refunded,
) -> events.LineEvent:
    of_line: dict[str, Any] = {
        "event_id": event.event_id, "line_id": event.line_id, "recorded_at": event.recorded_at,
    }  # fmt: skip
    match event:
        case lines.LineShipped():
            return events.LineShipped(shipped_at=event.shipped_at, **of_line)
        case lines.LineDelivered():
            return events.LineDelivered(delivered_at=event.delivered_at, **of_line)
        case lines.ReturnRequested():
            reason = _code(event.reason)
            return events.ReturnRequested(
                requested_at=event.requested_at, quantity=event.quantity, reason=reason, **of_line
            )
        case lines.ReturnCancelled():
            return events.ReturnCancelled(return_id=event.return_id, cancelled_at=event.cancelled_at, **of_line)
        case lines.Refunded():
            return events.Refunded(
                refunded_at=event.refunded_at,
                refunded_minor=event.refunded_minor,
                return_id=event.return_id,
                **of_line,
            )


def _return(event: lines.LineReturned | lines.LineExchanged, intake: Intake) -> events.LineReturned:
    product = size = None
    if isinstance(event, lines.LineExchanged):
        product, size = event.exchanged_for_product, lower_case(intake.label("size", event.exchanged_for_size))
    return events.LineReturned(
        event_id=event.event_id,
        line_id=event.line_id,
        returned_at=event.returned_at,
        reason=_code(event.reason),
        quantity=event.quantity,
        return_id=event.return_id,
        reason_detail=event.reason_detail,
        condition=intake.label("condition", event.condition),
        exchanged_for=product,
        exchanged_size=size,
        recorded_at=event.recorded_at,
        reason_inferred=event.reason_inferred or None,
    )


def _of_customer(
    event: facts.CustomerChanged | facts.CustomersMerged | facts.CustomerErased, intake: Intake
) -> events.PersonEvent:
    if isinstance(event, facts.CustomerErased):
        customer_id = _somebody(intake.to_erase(event.customer_id), "customer_id")
        return events.CustomerErased(event.event_id, customer_id, event.erased_at, event.recorded_at)
    customer_id = _customer(event.customer_id, "customer_id", intake)
    match event:
        case facts.CustomerChanged():
            known = read_customer(event, intake)
            return events.CustomerChanged(event.event_id, customer_id, event.changed_at, known, event.recorded_at)
        case facts.CustomersMerged():
            into = _customer(event.into, "into", intake)
            if into == customer_id != events.NOBODY:
                raise CustomerKeyError("into", "another customer than customer_id")
            return events.CustomersMerged(event.event_id, customer_id, into, event.merged_at, event.recorded_at)


def _customer(key: str, field: str, intake: Intake) -> str:
    return _somebody(intake.holder(key), field)


def _somebody(customer_id: str | None, field: str) -> str:
    if customer_id is None:
        raise CustomerKeyError(field, "the key of one customer; this one stands for guests, of whom nothing is kept")
    return customer_id


def _code(reason: Reason | None) -> str | None:
    return None if reason is None else reason.value
