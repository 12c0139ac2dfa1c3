"""Applies changes of a product; orders that were placed after a late change are counted again."""

from collections.abc import Mapping
from typing import Any, TypeVar

from features.online_state import profiles, records
from features.online_state.changes.links import orders_of
from features.online_state.changes.settling import columns_of, settle
from features.online_state.changes.work import Work
from features.online_state.events import CustomerChanged, ProductChanged, Receipt, Status, version
from features.online_state.order_record import lean

Told = TypeVar("Told", ProductChanged, CustomerChanged)


def change(work: Work, event: ProductChanged) -> Receipt:
    """Add the change to what is known of the product."""
    product = work.products([event.product_id])[event.product_id]
    since = add(product.changes, event)
    if since is None:
        return superseded(event)
    key = records.product_key(event.product_id)
    work.store.put(key, profiles.write_product(product))
    work.changed(key)
    count_again(work, key, since)
    return standing(product.changes, event)


def add(changes: dict[str, Told], event: Told) -> int | None:
    """Add a change of facts; give the time after which orders count again, None where a later statement is known."""
    known = changes.get(event.event_id)
    if known is not None and version(known) > version(event):
        return None
    changes[event.event_id] = event
    return event.changed_at if known is None else min(known.changed_at, event.changed_at)


def standing(
    changes: Mapping[str, ProductChanged | CustomerChanged], event: ProductChanged | CustomerChanged
) -> Receipt:
    """Give the receipt of a change among the ``changes`` of its product or customer, as things stand.

    Of two values that are known from the same time on, that of the greater event id holds, as in the tables.
    """
    if changes.get(event.event_id) != event:
        return superseded(event)
    own, lost = _given(event), dict[str, str]()
    for other in sorted(changes.values(), key=lambda each: each.event_id):
        if other.changed_at == event.changed_at and other.event_id > event.event_id:
            values = _given(other)
            lost |= {name: other.event_id for name in own if values.get(name, own[name]) != own[name]}
    why = "; ".join(f"{name} is as the event {by} says, of the same time" for name, by in sorted(lost.items()))
    return Receipt(event.event_id, Status.NOT_COUNTED if lost and len(lost) == len(own) else Status.APPLIED, why)


def _given(event: ProductChanged | CustomerChanged) -> dict[str, Any]:
    """The values that a change states, by name."""
    found = lean(event.facts)
    found |= {f"attributes.{name}": value for name, value in found.pop("attributes", {}).items()}
    named = event.name if isinstance(event, ProductChanged) else None
    return found if named is None else {**found, "name": named}


def superseded(event: ProductChanged | CustomerChanged) -> Receipt:
    """The receipt of a change that `add` did not add."""
    return Receipt(event.event_id, Status.NOT_COUNTED, "a later statement with the same id is known")


def count_again(work: Work, owner: bytes, since: int) -> None:
    """Count the remembered orders of a product or customer again that were placed after ``since``."""
    for record in orders_of(work, owner, since):
        settle(work, record, columns_of(work, record))
