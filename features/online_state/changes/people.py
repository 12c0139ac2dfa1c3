"""Applies what the shop says of customers: changed facts, merged accounts, and customers that are to be forgotten."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from data.times import iso
from features.online_state import records
from features.online_state.changes.links import link, orders_of
from features.online_state.changes.products import add, count_again, standing, superseded
from features.online_state.changes.settling import columns_of, recount, settle
from features.online_state.changes.work import Reading, Work
from features.online_state.contents import StateContents
from features.online_state.counters.layout import Layout
from features.online_state.events import (
    FROM_TABLES,
    NOBODY,
    Cause,
    CustomerChanged,
    CustomerErased,
    CustomersMerged,
    Event,
    OrderChanged,
    OrderPlaced,
    PersonEvent,
    Receipt,
    Status,
    refused,
    version,
)
from features.online_state.order import Order
from features.online_state.order_life import lives
from features.online_state.order_record import OrderRecord
from features.online_state.profiles import CustomerRecord
from features.online_state.records import level_key

EVER = -(1 << 62)
"""A time (microseconds since 1970) before any other."""
WHO = "customer_id"


def take(work: Work, event: PersonEvent) -> Receipt:
    """Apply an event of a customer."""
    if event.customer_id == NOBODY or (isinstance(event, CustomersMerged) and event.into == NOBODY):
        return _of_nobody(event)
    match event:
        case CustomerChanged():
            return _change(work, event)
        case CustomersMerged():
            return _merge(work, event)
        case CustomerErased():
            return _erase(work, event)


def _change(work: Work, event: CustomerChanged) -> Receipt:
    customer = work.customer(event.customer_id)
    since = add(customer.changes, event)
    if since is None:
        return superseded(event)
    if customer.erased is not None and event.changed_at <= customer.erased.erased_at:
        why = f"known at {iso(event.changed_at)}, and the customer was erased at {iso(customer.erased.erased_at)}"
        return refused(event, why, Cause.ERASED)
    work.put_customer(event.customer_id, customer)
    count_again(work, records.customer_key(event.customer_id), since)
    return _standing_change(customer, event)


def _standing_change(customer: CustomerRecord, event: CustomerChanged) -> Receipt:
    if customer.erased is not None and event.changed_at <= customer.erased.erased_at:
        by = f" by the event {customer.erased.event_id}" if customer.erased.event_id else ""
        why = f"the customer was erased at {iso(customer.erased.erased_at)}{by}"
        return Receipt(event.event_id, Status.NOT_COUNTED, why)
    if customer.merged is not None:
        by = f" by the event {customer.merged.event_id}" if customer.merged.event_id else ""
        why = f"the account was merged into another{by}: the facts of that one count, send them for it"
        return Receipt(event.event_id, Status.NOT_COUNTED, why)
    return standing(customer.changes, event)


def _merge(work: Work, event: CustomersMerged) -> Receipt:
    customer, into = work.customer(event.customer_id), work.survivor(event.into).customer_id
    receipt = impossible(work, event)
    if receipt is not None:
        return receipt
    if customer.merged is not None:
        return Receipt(event.event_id, Status.APPLIED)
    orders = orders_of(work, records.customer_key(event.customer_id), EVER)
    for record in orders:  # more than counters can take back one by one, where the other was erased: count all again
        link(work, record, there=False)
        uncount(work, record)
    customer.merged = event
    work.put_customer(event.customer_id, customer)
    for layout, address in _counters_of(work, event.customer_id):
        work.ledger.move(address, layout, _of_another(layout, address, event.customer_id, into))
    for key in _levels_of(work, event.customer_id):
        work.store.delete(key)
    for record in orders:
        if record.content is not None and not owned(work, record.content.order):
            make_nobodys(work, record)
        link(work, record, there=True)
        settle(work, record, columns_of(work, record))
    return Receipt(event.event_id, Status.APPLIED)


def _of_nobody(event: PersonEvent) -> Receipt:
    """The receipt of an event of somebody of whom nothing is kept: an erasure has nothing left to do."""
    if isinstance(event, CustomerErased):
        return Receipt(event.event_id, Status.APPLIED)
    return Receipt(event.event_id, Status.NOT_COUNTED, "nothing is kept of this customer, who opted out")


def impossible(work: Reading, event: CustomersMerged) -> Receipt | None:
    """The receipt of a merge that is refused whatever else is known, as no merge can be taken back; else None."""
    if NOBODY in (event.customer_id, event.into):
        return None
    held = work.customer(event.customer_id).merged
    if work.survivor(event.into).customer_id == work.survivor(event.customer_id).customer_id:
        same = held is not None and held.into == event.into
        return None if same else refused(event, "the two are one customer already, or are the same id")
    return None if held is None else refused(event, _merged_before(held))


def standing_person(customer: CustomerRecord, event: PersonEvent) -> Receipt:
    """Give the receipt of an event of ``customer`` that is known, as things stand."""
    if event.customer_id == NOBODY or (isinstance(event, CustomersMerged) and event.into == NOBODY):
        return _of_nobody(event)
    match event:
        case CustomerChanged():
            return _standing_change(customer, event)
        case CustomersMerged():
            return _standing_merge(customer, event)
        case CustomerErased():
            return Receipt(event.event_id, Status.APPLIED)


def _standing_merge(customer: CustomerRecord, event: CustomersMerged) -> Receipt:
    held = customer.merged  # a merge that lay ahead of the clock may have come too late
    if held is not None and (held.into == event.into or held.event_id == FROM_TABLES):
        return Receipt(event.event_id, Status.APPLIED)
    why = "the two were one customer already" if held is None else _merged_before(held)
    return Receipt(event.event_id, Status.NOT_COUNTED, why)


def _merged_before(held: CustomersMerged) -> str:
    return f"the account was merged into another by the event {held.event_id}"


def _erase(work: Work, event: CustomerErased) -> Receipt:
    customer = work.customer(event.customer_id)
    if customer.erased is not None and version(customer.erased) > version(event):
        return Receipt(event.event_id, Status.NOT_COUNTED, "a later erasure is known")
    survivor = work.survivor(event.customer_id).customer_id
    orders = orders_of(work, records.customer_key(survivor), EVER)
    for record in orders:
        link(work, record, there=False)
        uncount(work, record)
    if survivor == event.customer_id:  # of merged accounts, the others' orders of long ago can't be told apart
        drop_counters(work, survivor)
    later = {each.event_id: each for each in customer.changes.values() if each.changed_at > event.erased_at}
    work.put_customer(event.customer_id, CustomerRecord(changes=later, merged=customer.merged, erased=event))
    for record in orders:
        if record.content is not None and not owned(work, record.content.order):
            make_nobodys(work, record)
        link(work, record, there=True)
        settle(work, record, columns_of(work, record))
    return Receipt(event.event_id, Status.APPLIED)


def drop_counters(work: Work, customer_id: str) -> None:
    """Forget the counters and posteriors of a customer."""
    for layout, address in _counters_of(work, customer_id):
        work.ledger.drop(address, layout)
    for key in _levels_of(work, customer_id):
        work.store.delete(key)


def uncount(work: Work, record: OrderRecord) -> None:
    """Take everything of an order off the counters."""
    content, record.content = record.content, None
    recount(work.ledger, record, lives(record, work.outcome), (work.now, work.closing_time))
    record.content = content


def make_nobodys(work: Work, record: OrderRecord) -> None:
    """Take the customer out of the order, and out of the event that told of it."""
    content = record.content
    if content is None:
        return
    record.content = replace(content, order=replace(content.order, customer_id=None, customer=None))
    for event_id in record.told:
        key = records.event_key(event_id)
        told = records.read_events(work.store.get([key])[0])
        if told:
            work.store.put(key, records.write_events([without_customer(each) for each in told]))


def owned(work: Work, order: Order) -> bool:
    """Whether the order belongs to somebody: it was not placed by a guest, nor by one who was erased since."""
    return order.customer_id is not None and work.survivor(order.customer_id).owns(order.ordered_at)


def without_customer(event: Event) -> Event:
    """Take the customer out of an event with an order."""
    if not isinstance(event, OrderPlaced | OrderChanged):
        return event
    return replace(event, order=replace(event.order, customer_id=None, customer=None))


def prefixes_of(contents: StateContents, customer_id: str) -> list[bytes]:
    """How those keys of a customer begin that hold something else, too, such as a product: only a search finds them."""
    counted = [each for each in contents.layouts if WHO in each.columns and len(each.columns) > 1]
    levels = [each.layout for each in contents.levels if each.kind.of_customer and len(each.layout.columns) > 1]
    return [
        *(_prefix(layout, customer_id) + b"\0" for layout in counted),
        *(level_key(_prefix(layout, customer_id)) + b"\0" for layout in levels),
    ]


def _counters_of(work: Work, customer_id: str) -> list[tuple[Layout, bytes]]:
    """Find the records of all counters of a customer; those with a very long key are not found."""
    found: list[tuple[Layout, bytes]] = []
    for layout in work.layouts:
        if WHO not in layout.columns:
            continue
        longer = [] if len(layout.columns) == 1 else work.keys_of(_prefix(layout, customer_id) + b"\0")
        found += [(layout, address) for address in addresses_of(layout, customer_id, longer)]
    return found


def addresses_of(layout: Layout, customer_id: str, keys: Sequence[bytes]) -> list[bytes]:
    """The keys of a customer's records of a layout; of several columns, those among ``keys``, which a search found."""
    whole = _prefix(layout, customer_id)
    longer = [] if len(layout.columns) == 1 else [each for each in keys if each.startswith(whole + b"\0")]
    return longer or [whole]


def _levels_of(work: Work, customer_id: str) -> Iterator[bytes]:
    """Find the posteriors of a customer; those with a very long key are not found."""
    for level in work.levels:
        if level.kind.of_customer:
            whole = level_key(_prefix(level.layout, customer_id))
            yield from [whole] if len(level.layout.columns) == 1 else work.keys_of(whole + b"\0")


def _of_another(layout: Layout, address: bytes, customer_id: str, into: str) -> bytes:
    return _prefix(layout, into) + address[len(_prefix(layout, customer_id)) :]


def _prefix(layout: Layout, customer_id: str) -> bytes:
    if layout.columns[0] != WHO:
        raise NotImplementedError(f"{layout.key.name}: a key with a customer names the customer first")
    return f"k{layout.key.name}\0{customer_id}".encode("utf-8", "surrogatepass")
