"""Caps: how often customers get actions, counted in the store of the online state, for all workers and machines.

What counts is that an action was chosen, whether or not it was shown, and in the holdout, too: so both arms meet the
same caps, and can be compared. Check and count are one transaction of the store.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import orjson

from data.times import MICROSECONDS_PER_DAY
from features.stores.store import Agenda, Store, Transaction

WAIT_SECONDS: Final = 0.05
"""How long a checkout waits for another worker's choice."""
HOUR: Final = 3_600_000_000
HOURS: Final = 24
ANOTHER: Final = "acted_before"
"""Why nothing is chosen for a basket that got an action before."""
FORGOTTEN_AT_ONCE: Final = 20


class Chosen(NamedTuple):
    """An action that was chosen for a basket.

    ``basket`` and ``unit`` are keyed hashes; ``content`` is the digest of what was in the basket; ``at`` is in
    microseconds since 1970, UTC. ``answer`` is the answer for the checkout, and ``record`` that in the log of
    decisions, both as JSON: the same content gets them again.
    """

    decision_id: str
    basket: str
    content: str
    unit: str
    action: str
    at: int
    answer: str
    record: str


class Limit(NamedTuple):
    """At most ``most`` within ``days``: of a customer's actions, or of those of one kind, or of one kind for all.

    ``word`` says in answers that this cap was reached. One for all is for one day, which is counted by hours: the last
    24 and the part of one before them.
    """

    word: str
    of: Literal["customer", "customer_and_action", "action"]
    most: int
    days: int


class Caps:
    """What was chosen before; its methods raise `StoreError` where the store that ``open_store`` gives can't answer."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._store: Store | None = None

    def of_basket(self, basket: str) -> Chosen | None:
        """Give what was chosen for a basket; None where nothing was."""
        (found,) = self._opened().read(lambda snapshot: snapshot.get([_basket_key(basket)]))
        return None if found is None else Chosen(*orjson.loads(found))

    def take(self, chosen: Chosen, limits: Sequence[Limit], kept_days: int) -> str | None:
        """Count ``chosen``, unless a limit is reached or its basket has an action: then give the word for why not.

        It is kept for ``kept_days``, which no limit may exceed.
        """
        return self._opened().write(lambda transaction: _take(transaction, chosen, limits, kept_days))

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> Store:
        if self._store is None:
            self._store = self._open_store()
        return self._store


def _take(store: Transaction, chosen: Chosen, limits: Sequence[Limit], kept_days: int) -> str | None:
    basket, unit = _basket_key(chosen.basket), _unit_key(chosen.unit)
    now_hour = chosen.at // HOUR
    hours = [_hour_key(chosen.action, now_hour - back) for back in range(HOURS + 1)]
    known, own, *counts = store.get([basket, unit, *hours])
    if known is not None:
        return ANOTHER
    actions: list[tuple[int, str]] = [] if own is None else [(at, name) for at, name in orjson.loads(own)]
    for limit in limits:
        since = chosen.at - limit.days * MICROSECONDS_PER_DAY
        count = {
            "customer": sum(at > since for at, _ in actions),
            "customer_and_action": sum(at > since and name == chosen.action for at, name in actions),
            "action": sum(int(each) for each in counts if each is not None),
        }[limit.of]
        if count >= limit.most:
            return limit.word
    _forget(store, chosen.at)
    kept = chosen.at + kept_days * MICROSECONDS_PER_DAY
    since = chosen.at - kept_days * MICROSECONDS_PER_DAY
    _put(store, basket, orjson.dumps(tuple(chosen)), kept)
    _put(store, unit, orjson.dumps([*(each for each in actions if each[0] > since), (chosen.at, chosen.action)]), kept)
    _put(store, hours[0], str(int(counts[0] or 0) + 1).encode(), (now_hour + HOURS + 2) * HOUR)
    return None


def _put(store: Transaction, key: bytes, value: bytes, until: int) -> None:
    """Write a value that may be forgotten at ``until``; a later one of the same key moves that."""
    (before,) = store.get([_UNTIL + key])
    if before is not None:
        store.unschedule(Agenda.FORGET, int(before), key)
    store.put(key, value)
    store.put(_UNTIL + key, str(until).encode())
    store.schedule(Agenda.FORGET, until, key)


def _forget(store: Transaction, now: int) -> None:
    """Forget some of what no cap looks at any more."""
    for at, key in store.due(Agenda.FORGET, now, FORGOTTEN_AT_ONCE):
        store.unschedule(Agenda.FORGET, at, key)
        store.delete(key)
        store.delete(_UNTIL + key)


_UNTIL: Final = b"until:"


def _basket_key(basket: str) -> bytes:
    return b"basket:" + basket.encode()


def _unit_key(unit: str) -> bytes:
    return b"unit:" + unit.encode()


def _hour_key(action: str, hour: int) -> bytes:
    return f"hour:{action}:{hour}".encode()
