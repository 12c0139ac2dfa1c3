"""Applies changes of a product; orders that were placed after a late change are counted again."""

from features.online_state import profiles, records
from features.online_state.changes.links import orders_of
from features.online_state.changes.settling import columns_of, settle
from features.online_state.changes.work import Work
from features.online_state.events import ProductChanged, Receipt, Status, version


def change(work: Work, event: ProductChanged) -> Receipt:
    """Add the change to what is known of the product."""
    product = work.products([event.product_id])[event.product_id]
    known = product.changes.get(event.event_id)
    if known is not None and version(known) > version(event):
        return Receipt(event.event_id, Status.NOT_COUNTED, "a later statement with the same id is known")
    product.changes[event.event_id] = event
    key = records.product_key(event.product_id)
    work.store.put(key, profiles.write_product(product))
    since = event.changed_at if known is None else min(known.changed_at, event.changed_at)
    count_again(work, key, since)
    return Receipt(event.event_id, Status.APPLIED)


def count_again(work: Work, owner: bytes, since: int) -> None:
    """Count the remembered orders of a product or customer again that were placed after ``since``."""
    for key in list(orders_of(work, owner, since)):
        record = work.order(key)
        if record is not None:
            settle(work, record, columns_of(work, record))
