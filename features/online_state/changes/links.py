"""Which orders a product is in, and which a customer placed, by the time of the order: what a late fact may change."""

import hashlib
from collections.abc import Iterator

from features.online_state import records
from features.online_state.changes.work import Work
from features.online_state.order_record import OrderRecord
from features.stores import entry
from features.stores.store import Agenda

ALL = 1 << 30
"""More orders than a state remembers of one product or customer."""


def link(work: Work, record: OrderRecord, *, there: bool) -> None:
    """Note the order with its products and the customer that has it after all merges, or take the notes off again."""
    if record.content is None:
        return
    order, key = record.content.order, records.order_key(record.order_id)
    owners = {records.product_key(line.product_id) for line in order.lines}
    if order.customer_id is not None:
        owners.add(records.customer_key(work.survivor(order.customer_id).customer_id))
    for owner in sorted(owners):
        change = work.store.schedule if there else work.store.unschedule
        change(Agenda.ORDERS, number_of(owner), entry.pack(order.ordered_at, key))


def orders_of(work: Work, owner: bytes, since: int) -> Iterator[bytes]:
    """Give the keys of the remembered orders of a product or customer that were placed after ``since``."""
    number = number_of(owner)
    found = work.store.due(Agenda.ORDERS, number + 1, ALL, since=(number, entry.start(since + 1)))
    for _, member in found:
        yield entry.unpack(member)[1]


def number_of(owner: bytes) -> int:
    """The number that stands for a product or customer: two may share one, and then only more orders are looked at."""
    return int.from_bytes(hashlib.blake2b(owner, digest_size=7).digest(), "big")
