"""What became of an event that the state still holds, as things stand now."""

from features.online_state import records
from features.online_state.changes import ahead, line_events, orders, people, products, reactions
from features.online_state.changes.work import Reading
from features.online_state.events import (
    CustomerChanged,
    CustomerContacted,
    CustomerErased,
    CustomersMerged,
    Event,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ProductChanged,
    Reacted,
    Receipt,
    Status,
)


def look_up(work: Reading, event_id: str) -> Receipt | None:
    """Give the receipt that the event would get now; None for an event that is not known, or no longer."""
    (value,) = work.store.get([records.event_key(event_id)])
    told = records.read_events(value)
    if not told:
        return None
    return ahead.standing_to_come(work, told) or ahead.noting_time(work, told[-1], _standing(work, told[-1]))


def _standing(work: Reading, event: Event) -> Receipt:
    match event:
        case OrderPlaced() | OrderChanged() | OrderCancelled():
            record = work.order(records.order_key(event.order_id))
            lost = None if isinstance(event, OrderCancelled) else orders.lost(work, record, event)
            return lost or (_forgotten(event) if record is None else orders.standing(work, record, event))
        case ProductChanged():
            return products.standing(work.products([event.product_id])[event.product_id].changes, event)
        case CustomerChanged() | CustomersMerged() | CustomerErased():
            return people.standing_person(work.customer(event.customer_id), event)
        case Reacted() | CustomerContacted():
            return reactions.standing(work, event)
        case _:
            (owner,) = work.store.get([records.line_key(event.line_id)])
            if owner is None:
                return Receipt(event.event_id, Status.WAITING)
            record = work.order(records.order_key(owner.decode("utf-8", "surrogatepass")))
            return _forgotten(event) if record is None else line_events.standing(work, record, event)


def _forgotten(event: Event) -> Receipt:
    return Receipt(event.event_id, Status.APPLIED, "its order can no longer change, and is forgotten")
