"""Which orders a product is in, and which a customer placed, by the time of the order: what a late fact may change."""

import hashlib
from functools import lru_cache

from features.online_state import records
from features.online_state.changes.work import Reading, Work
from features.online_state.order_record import OrderRecord
from features.stores import entry
from features.stores.store import Agenda, Entry

ALL = 1 << 30
"""More orders than a state remembers of one product or customer."""


def link(work: Work, record: OrderRecord, *, there: bool) -> None:
    """Note the order with its products and the customer that has it after all merges, or take the notes off again."""
    if record.content is None:
        return
    asked = record.content.order.customer_id
    customer_id = None if asked is None else work.survivor(asked).customer_id
    change = work.store.schedule if there else work.store.unschedule
    for number, member in sorted(notes(record, customer_id)):
        change(Agenda.ORDERS, number, member)


def notes(record: OrderRecord, customer_id: str | None) -> set[Entry]:
    """Give the entries of `Agenda.ORDERS` for an order that is known, one for each product and for its customer."""
    if record.content is None:
        return set()
    order = record.content.order
    member = entry.pack(order.ordered_at, records.order_key(record.order_id))
    owners = {records.product_key(line.product_id) for line in order.lines}
    owners |= set() if customer_id is None else {records.customer_key(customer_id)}
    return {(_number_of(owner), member) for owner in owners}


def orders_of(work: Reading, owner: bytes, since: int) -> list[OrderRecord]:
    """Read the remembered orders of a product or customer that were placed after ``since``."""
    number = _number_of(owner)
    found = work.store.due(Agenda.ORDERS, number + 1, ALL, since=(number, entry.start(since + 1)))
    orders = [work.order(entry.unpack(member)[1]) for _, member in found]
    return [record for record in orders if record is not None]


@lru_cache(100_000)
def _number_of(owner: bytes) -> int:
    """The number that stands for a product or customer: two may share one, and then only more orders are looked at."""
    return int.from_bytes(hashlib.blake2b(owner, digest_size=7).digest(), "big")
