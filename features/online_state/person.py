"""All that the state knows of a person, as plain values: for the person, who may ask for it (art. 15 and 20 GDPR)."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import orjson

from features.online_state import order_record, profiles, records
from features.online_state.changes.erasing import AT_ONCE, with_accounts
from features.online_state.changes.links import orders_of
from features.online_state.changes.people import EVER, WHO, addresses_of, prefixes_of
from features.online_state.changes.work import Reading, Retention
from features.online_state.contents import StateContents
from features.online_state.counters.layout import Layout
from features.online_state.counters.reader import CounterReader
from features.online_state.order_record import OrderRecord
from features.stores.store import Snapshot, Store

Plain = dict[str, Any]
BOOKKEEPING = frozenset({"counted", "scheduled", "told"})
"""What the record of an order has beside facts: which of them the counters hold."""


def person_in(store: Store, contents: StateContents, terms: Retention, who: Collection[str], now: int) -> Plain:
    """Give the facts, orders and counters of a person, by the ids of some accounts; counters as of ``now``.

    Times are microseconds since 1970, UTC. Orders are those that the state remembers; counters know older ones, too.
    """
    everybody = sorted(with_accounts(store, who))
    found = store.keys([prefix for each in everybody for prefix in prefixes_of(contents, each)])
    closed = store.keys([b"a"])

    def look(snapshot: Snapshot) -> Plain:
        reading = Reading(snapshot, contents, terms, now)
        return {
            "customers": {each: _facts(reading, each) for each in everybody},
            "orders": [_order(each) for each in _orders(reading, everybody, closed)],
            "counters": _counters(reading, contents, everybody, found),
        }

    return store.read(look)


def idle_in(store: Store, contents: StateContents, before: int) -> list[str]:
    """Give the customers of whom no order, return or close was counted since ``before``, microseconds since 1970."""
    since: dict[str, float] = {}
    for layout in contents.layouts:
        if layout.columns != (WHO,):
            continue
        prefix = b"k" + layout.key.name.encode() + b"\0"
        keys = store.keys([prefix])
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            values = store.read(partial(_get, keys=some))
            for key, value in zip(some, values, strict=True):
                if value is not None:
                    who = key.removeprefix(prefix).decode("utf-8", "surrogatepass")
                    since[who] = max(since.get(who, -math.inf), layout.packing.unpack(value)[0])
    return sorted(who for who, moment in since.items() if moment < before)


def _get(snapshot: Snapshot, keys: Sequence[bytes]) -> list[bytes | None]:
    return snapshot.get(keys)


def _facts(reading: Reading, customer_id: str) -> Plain:
    (value,) = reading.store.get([records.customer_key(customer_id)])
    if value is None:
        return {}
    known = profiles.read_customer(value)
    merged = {} if known.merged is None else {"merged_into": known.merged.into, "merged_at": known.merged.merged_at}
    changes = [{"changed_at": each.changed_at, **asdict(each.facts)} for each in known.changes.values()]
    return {**asdict(known.start), "changes": changes, **merged}


def _orders(reading: Reading, everybody: Sequence[str], closed: Sequence[bytes]) -> list[OrderRecord]:
    known = [order for each in everybody for order in orders_of(reading, records.customer_key(each), EVER)]
    forgotten = [order_record.read(value) for value in reading.store.get(list(closed)) if value is not None]
    own = {
        each.order_id: each
        for each in (*forgotten, *known)
        if each.content is not None and each.content.order.customer_id in everybody
    }
    return [own[order_id] for order_id in sorted(own)]


def _order(record: OrderRecord) -> Plain:
    content: Mapping[str, Any] = orjson.loads(order_record.write(record))
    return {"order_id": record.order_id, **{key: each for key, each in content.items() if key not in BOOKKEEPING}}


def _counters(
    reading: Reading, contents: StateContents, everybody: Sequence[str], found: Sequence[bytes]
) -> dict[str, dict[str, float]]:
    every: dict[str, dict[str, float]] = {}
    for layout in contents.layouts:
        if WHO not in layout.columns:
            continue
        for customer_id in everybody:
            addresses = addresses_of(layout, customer_id, found)
            for address, record in zip(addresses, reading.store.get(addresses), strict=True):
                if record is not None:
                    name = address[1:].replace(b"\0", b" ").decode("utf-8", "replace")
                    every[name] = _values(layout, record, reading.now)
    return every


def _values(layout: Layout, record: bytes, now: int) -> dict[str, float]:
    """The counters of a record that have a value; missing ones, and zeros, say that nothing was counted."""
    reader = CounterReader([layout], {each.name for each in layout.counters})
    values = reader.read([record], [now])[0].tolist()
    return {name: value for name, value in zip(reader.names, values, strict=True) if value and not math.isnan(value)}
