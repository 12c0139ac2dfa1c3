"""Reads from a state the orders, products and customers that events changed.

One read gives one moment of a record. Facts that arrive while records are read may or may not be among them: the next
export reads all that changed since the start of this one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from features.online_state import order_record, profiles, records
from features.online_state.order_record import OrderRecord
from features.online_state.profiles import CustomerRecord, ProductRecord
from features.stores.store import Agenda, Entry, Snapshot, Store

AT_ONCE = 2_000
"""Most entries that are read at once."""
EVER = 1 << 62
"""A time (microseconds since 1970) later than any other."""
Changed = OrderRecord | ProductRecord | CustomerRecord


@dataclass(frozen=True)
class Found:
    """The records of some changed keys; an order that the state has forgotten is as it was at its end."""

    orders: tuple[OrderRecord, ...]
    products: tuple[ProductRecord, ...]
    customers: tuple[CustomerRecord, ...]


def changed(store: Store, since: int) -> Iterator[Found]:
    """Give every record once that an event changed which arrived at ``since`` (microseconds since 1970) or later."""
    seen: set[bytes] = set()
    place: Entry | None = (since, b"")
    while place is not None:
        keys, place = store.read(partial(_next_keys, since=place))
        new = [key for key in dict.fromkeys(keys) if key not in seen]
        seen.update(new)
        yield _found(_values(store, new))


def _next_keys(snapshot: Snapshot, since: Entry) -> tuple[list[bytes], Entry | None]:
    """Some keys, and the place of the next ones; None at the end."""
    found = snapshot.due(Agenda.CHANGED, EVER, AT_ONCE, since)
    last = found[-1] if len(found) == AT_ONCE else None
    return [key for _, key in found], None if last is None else (last[0], last[1] + b"\0")


def _values(store: Store, keys: list[bytes]) -> dict[bytes, bytes]:
    """The records at ``keys``, by one query a read: a busy Redis refuses a read of several."""
    found = dict(zip(keys, store.read(partial(_get, keys=keys)), strict=True))
    gone = [key for key, value in found.items() if value is None and records.is_order(key)]
    closed = [records.closed_order_key(key) for key in gone]
    found |= dict(zip(gone, store.read(partial(_get, keys=closed)), strict=True)) if gone else {}
    return {key: value for key, value in found.items() if value is not None}


def _get(snapshot: Snapshot, keys: list[bytes]) -> list[bytes | None]:
    return snapshot.get(keys)


def _found(values: dict[bytes, bytes]) -> Found:
    orders: list[OrderRecord] = []
    products: list[ProductRecord] = []
    customers: list[CustomerRecord] = []
    for key, value in values.items():
        if records.is_order(key):
            orders.append(order_record.read(value))
        elif key.startswith(records.product_key("")):
            products.append(profiles.read_product(value))
        else:
            customers.append(profiles.read_customer(value))
    return Found(tuple(orders), tuple(products), tuple(customers))
