"""Forgets persons: after it, no record and no agenda of the state has an id of theirs.

It goes beyond the event `CustomerErased`, which leaves a mark with the id and the time: by the mark, a late order of
before the erasure is still nobody's. A person whose id nobody can find any more needs no mark.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from features.online_state import order_record, profiles, records
from features.online_state.changes.links import link, orders_of
from features.online_state.changes.people import EVER, drop_counters, make_nobodys, uncount, without_customer
from features.online_state.changes.settling import columns_of, settle
from features.online_state.changes.work import Work
from features.online_state.events import (
    NOBODY,
    CustomerChanged,
    CustomerErased,
    CustomersMerged,
    Event,
    OrderChanged,
    OrderPlaced,
)
from features.stores.store import Agenda, Snapshot, Store, Transaction

AT_ONCE: Final = 500
"""The most records that are read or changed in one transaction."""
PERSONS_AT_ONCE: Final = 20
LATER: Final = 1 << 62
"""A time (microseconds since 1970) later than any other."""
_TEXTS: Final = re.compile(rb'"([^"\\]+)"')
_CUSTOMER, _EVENT, _CLOSED, _ORDER = b"c", b"e", b"a", b"o"
T = TypeVar("T")


def with_accounts(store: Store, who: Collection[str]) -> set[str]:
    """Give the persons with all accounts that were merged into theirs."""
    into: dict[str, set[str]] = {}
    for key, value in _records(store, _CUSTOMER):
        if b'"merged"' in value and (merged := profiles.read_customer(value).merged) is not None:
            into.setdefault(merged.into, set()).add(key[1:].decode("utf-8", "surrogatepass"))
    found, ahead = set(who), set(who)
    while ahead:
        ahead = {each for one in ahead for each in into.get(one, ())} - found
        found |= ahead
    return found


def forget_persons(work: Work, who: Collection[str], everybody: Collection[str]) -> None:
    """Forget counters and facts of the persons ``who``, and make their orders nobody's; ``everybody`` is forgotten."""
    for customer_id in sorted(who):
        owners = {customer_id, work.survivor(customer_id).customer_id}
        orders = [each for owner in sorted(owners) for each in orders_of(work, records.customer_key(owner), EVER)]
        own = {each.order_id: each for each in orders if _owner(each) in everybody}
        for record in own.values():
            link(work, record, there=False)
            uncount(work, record)
        drop_counters(work, customer_id)
        for record in own.values():
            make_nobodys(work, record)
            link(work, record, there=True)
            settle(work, record, columns_of(work, record))
    for customer_id in who:
        work.store.delete(records.customer_key(customer_id))


def forget_names(store: Store, who: Collection[str]) -> None:
    """Take the persons out of events and orders of before, and off the agenda of what changed."""
    names = {each.encode("utf-8", "surrogatepass") for each in who}
    for kind, cleaned in ((_EVENT, _events), (_ORDER, _order), (_CLOSED, _order)):
        named = [key for key, value in _records(store, kind) if not names.isdisjoint(_TEXTS.findall(value))]
        for some in _parts(named):
            store.write(partial(_rewrite, keys=some, cleaned=partial(cleaned, who=who)))
    keys = {records.customer_key(each) for each in who}
    for agenda in (Agenda.CHANGED, Agenda.FORGET):
        entries = [each for each in store.read(partial(_every, agenda=agenda)) if each[1] in keys]
        for some_entries in _parts(entries):
            store.write(partial(_unschedule, agenda=agenda, entries=some_entries))


def _owner(record: order_record.OrderRecord) -> str | None:
    return None if record.content is None else record.content.order.customer_id


def _records(store: Store, kind: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Read all records of a kind, some at a time."""
    for some in _parts(store.keys([kind])):
        values = store.read(partial(_get, keys=some))
        yield from ((key, value) for key, value in zip(some, values, strict=True) if value is not None)


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _get(snapshot: Snapshot, keys: Sequence[bytes]) -> list[bytes | None]:
    return snapshot.get(keys)


def _every(snapshot: Snapshot, agenda: Agenda) -> list[tuple[int, bytes]]:
    return snapshot.due(agenda, LATER, LATER)


def _unschedule(store: Transaction, agenda: Agenda, entries: Sequence[tuple[int, bytes]]) -> None:
    for at, key in entries:
        store.unschedule(agenda, at, key)


def _rewrite(store: Transaction, keys: Sequence[bytes], cleaned: Callable[[bytes], bytes | None]) -> None:
    for key, value in zip(keys, store.get(keys), strict=True):
        if value is None:
            continue
        if (clean := cleaned(value)) is None:
            store.delete(key)
        else:
            store.put(key, clean)


def _events(value: bytes, who: Collection[str]) -> bytes | None:
    kept = [each for event in records.read_events(value) for each in _cleaned(event, who)]
    return records.write_events(kept) if kept else None


def _cleaned(event: Event, who: Collection[str]) -> list[Event]:
    match event:
        case OrderPlaced() | OrderChanged():
            return [without_customer(event) if event.order.customer_id in who else event]
        case CustomerErased():
            return [replace(event, customer_id=NOBODY) if event.customer_id in who else event]
        case CustomerChanged():
            return [] if event.customer_id in who else [event]
        case CustomersMerged():
            return [] if event.customer_id in who or event.into in who else [event]
        case _:
            return [event]


def _order(value: bytes, who: Collection[str]) -> bytes:
    record = order_record.read(value)
    if record.content is not None and record.content.order.customer_id in who:
        order = replace(record.content.order, customer_id=None, customer=None)
        record.content = replace(record.content, order=order)
    return order_record.write(record)
