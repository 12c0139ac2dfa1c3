"""Caps: how often customers get actions, counted in the store of the online state, for all workers and machines.

What counts is that an action was chosen, whether or not it was shown, and in the holdout, too: so the policy's arm and
the holdout meet the same caps, and can be compared. Check and count are one transaction of the store. A draw among
several actions is made before that, of those that were free then: where one of them is not free any more, nothing is
counted, and the draw has to be made anew. So the chance that is logged is that of the actions which were free.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import orjson

from data.times import MICROSECONDS_PER_DAY
from features.stores.store import Agenda, Snapshot, Store, Transaction
from training.decisions.earlier_reactions import REACTED_DAYS, SEEN, Seen, merge

WAIT_SECONDS: Final = 0.05
"""How long a checkout waits for another worker's choice."""
HOUR: Final = 3_600_000_000
HOURS: Final = 24
ANOTHER: Final = "acted_before"
"""Why nothing is chosen for a basket that got an action before."""
CHANGED: Final = "caps_changed"
"""Why nothing is counted: an action that was free at the draw is not free any more."""
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


class Acted(NamedTuple):
    """A decision for which an action was chosen.

    ``at``: when, in microseconds since 1970, UTC. ``action``: what was answered; None in the holdout. ``unit``: for
    whom; None of decisions that an earlier version wrote down.
    """

    at: int
    action: str | None
    unit: str | None = None


class Erasure(NamedTuple):
    """A unit that is to be forgotten up to ``erased_at``, as was noted at ``noted_at``; microseconds since 1970."""

    unit: str
    erased_at: int
    noted_at: int


class Limit(NamedTuple):
    """At most ``most`` within ``days``: of a customer's actions, or of those of one kind, or of one kind for all.

    ``word`` says in answers that this cap was reached. One for all is for one day, which is counted by hours: the last
    24 and the part of one before them.
    """

    word: str
    of: Literal["customer", "customer_and_action", "action"]
    most: int
    days: int


class Before(NamedTuple):
    """What was chosen before: for a unit, with the times, and by quota (action) for all units in a day."""

    of_unit: Sequence[tuple[int, str]]
    of_day: Mapping[str, int]

    def reached(self, limits: Sequence[Limit], action: str, now: int) -> str | None:
        """Give the word for the first limit that ``action`` has reached; None where it is free."""
        for limit in limits:
            since = now - limit.days * MICROSECONDS_PER_DAY
            count = {
                "customer": sum(at > since for at, _ in self.of_unit),
                "customer_and_action": sum(at > since and name == action for at, name in self.of_unit),
                "action": self.of_day.get(action, 0),
            }[limit.of]
            if count >= limit.most:
                return limit.word
        return None


class Past(NamedTuple):
    """What was chosen for a basket, None for nothing; and for its unit, with the times.

    ``seen``: the decisions of the unit whose actions are known to have been shown.
    """

    of_basket: Chosen | None
    of_unit: Sequence[tuple[int, str]]
    seen: Sequence[Seen] = ()


class Caps:
    """What was chosen before; its methods raise `StoreError` where the store that ``open_store`` gives can't answer."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self._opening = threading.Lock()

    def past(self, basket: str, unit: str) -> Past:
        """Give what was chosen for a basket, and for a unit."""
        keys = [_basket_key(basket), _unit_key(unit), _seen_key(unit)]
        chosen, acted, seen = self._opened().read(lambda snapshot: snapshot.get(keys))
        return Past(
            None if chosen is None else Chosen(*orjson.loads(chosen)), _acted(acted), tuple(_seen(seen).values())
        )

    def of_decisions(self, decision_ids: Collection[str]) -> dict[str, Acted]:
        """Give the decisions with these ids for which an action was chosen; without those that are not known."""
        ids = list(decision_ids)
        return self._opened().read(lambda snapshot: _decisions(snapshot, ids))

    def of_day(self, quotas: Collection[str], now: int) -> Mapping[str, int]:
        """Give how often each action of ``quotas`` was chosen in the last day; without one, nothing is read."""
        return self._opened().read(lambda snapshot: _of_day(snapshot, quotas, now)) if quotas else {}

    def take(
        self,
        chosen: Chosen,
        limits: Sequence[Limit],
        kept_days: int,
        others: Mapping[str, Sequence[Limit]] = MappingProxyType({}),
    ) -> str | None:
        """Count ``chosen``, unless a limit is reached or its basket has an action: then give the word for why not.

        It is kept for ``kept_days``, which no limit may exceed. ``others``: limits of the actions that could have been
        drawn instead; where one of them is reached, the word is `CHANGED`.
        """
        return self._opened().write(lambda transaction: _take(transaction, chosen, limits, kept_days, others))

    def forget(self, unit: str, until: int) -> None:
        """Forget what was chosen for ``unit`` up to a time, in microseconds since 1970.

        How often an action was chosen on a day stays: that counts all units together. It reads all baskets.
        """
        store = self._opened()
        known = store.read(lambda snapshot: _of_unit(snapshot, unit, until))
        store.write(lambda transaction: _forget_unit(transaction, unit, until, known))

    def note_erasure(self, unit: str, erased_at: int, now: int) -> None:
        """Remember that ``unit`` is to be forgotten up to a time; durable when this returns."""
        key = _ERASURE + unit.encode()

        def note(store: Transaction) -> None:
            (before,) = store.get([key])
            until = erased_at if before is None else max(erased_at, orjson.loads(before)[0])
            store.put(key, orjson.dumps((until, now)))

        self._opened().write(note)

    def erasures(self) -> list[Erasure]:
        """Give the units that are to be forgotten."""

        def found(store: Snapshot) -> list[Erasure]:
            keys = store.keys(_ERASURE)
            pairs = zip(keys, store.get(keys), strict=True)
            return [Erasure(key.removeprefix(_ERASURE).decode(), *orjson.loads(value)) for key, value in pairs if value]

        return self._opened().read(found)

    def erased(self, done: Erasure) -> None:
        """Note that a unit is forgotten, unless it was to be forgotten once more meanwhile."""
        key, value = _ERASURE + done.unit.encode(), orjson.dumps((done.erased_at, done.noted_at))

        def note(store: Transaction) -> None:
            if store.get([key]) == [value]:
                store.delete(key)

        self._opened().write(note)

    def react(self, reactions: Collection[tuple[str, str]]) -> None:
        """Note reactions, pairs of a decision_id and what was done; those that show nothing to be seen are left out.

        So are reactions to decisions that are not known any more, or that acted on nobody. The same one again changes
        nothing.
        """
        own = [(name, did) for name, did in reactions if did in SEEN]
        if own:
            self._opened().write(lambda transaction: _react(transaction, own))

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> Store:
        with self._opening:  # a process can open a store only once
            if self._store is None:
                self._store = self._open_store()
            return self._store


def _take(
    store: Transaction, chosen: Chosen, limits: Sequence[Limit], kept_days: int, others: Mapping[str, Sequence[Limit]]
) -> str | None:
    basket, unit, hour = _basket_key(chosen.basket), _unit_key(chosen.unit), _hour_key(chosen.action, chosen.at // HOUR)
    known, counted, acted = store.get([basket, hour, unit])
    if known is not None:
        return ANOTHER
    every = {**others, chosen.action: limits}
    before = Before(_acted(acted), _of_day(store, _quotas(every), chosen.at))
    if (word := before.reached(limits, chosen.action, chosen.at)) is not None:
        return word
    if any(before.reached(own_limits, name, chosen.at) is not None for name, own_limits in others.items()):
        return CHANGED
    _forget(store, chosen.at)
    kept = chosen.at + kept_days * MICROSECONDS_PER_DAY
    since = chosen.at - kept_days * MICROSECONDS_PER_DAY
    _put(store, basket, orjson.dumps(tuple(chosen)), kept)
    decision = Acted(chosen.at, orjson.loads(chosen.record).get("action"), chosen.unit)
    _put(store, _decision_key(chosen.decision_id), orjson.dumps(tuple(decision)), kept)
    recent = [each for each in before.of_unit if each[0] > since]
    _put(store, unit, orjson.dumps([*recent, (chosen.at, chosen.action)]), kept)
    _put(store, hour, str(int(counted or 0) + 1).encode(), (chosen.at // HOUR + HOURS + 2) * HOUR)
    return None


def _quotas(limits: Mapping[str, Sequence[Limit]]) -> list[str]:
    return [name for name, own in limits.items() if any(limit.of == "action" for limit in own)]


def _acted(found: bytes | None) -> list[tuple[int, str]]:
    return [] if found is None else [(at, name) for at, name in orjson.loads(found)]


def _of_day(store: Snapshot, quotas: Collection[str], now: int) -> dict[str, int]:
    width, latest = HOURS + 1, now // HOUR
    counts = store.get([_hour_key(action, latest - back) for action in quotas for back in range(width)])
    return {
        action: sum(int(each) for each in counts[place * width : (place + 1) * width] if each is not None)
        for place, action in enumerate(quotas)
    }


def _react(store: Transaction, reactions: Sequence[tuple[str, str]]) -> None:
    decisions = _decisions(store, [name for name, _ in reactions])
    for name, did in reactions:
        decision = decisions.get(name)
        if decision is None or decision.action is None or decision.unit is None:
            continue
        key = _seen_key(decision.unit)
        (before,) = store.get([key])
        seen, span = _seen(before), REACTED_DAYS * MICROSECONDS_PER_DAY
        merge(seen, name, decision.at, did)
        latest = max(each.at for each in seen.values())
        kept = {own: each for own, each in seen.items() if each.at > latest - span}
        _put(store, key, orjson.dumps(kept, default=tuple), latest + span)


def _seen(stored: bytes | None) -> dict[str, Seen]:
    return {} if stored is None else {name: Seen(*each) for name, each in orjson.loads(stored).items()}


def _decisions(store: Snapshot, ids: Sequence[str]) -> dict[str, Acted]:
    found = zip(ids, store.get([_decision_key(each) for each in ids]), strict=True)
    return {each: Acted(*orjson.loads(value)) for each, value in found if value is not None}


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


def _of_unit(store: Snapshot, unit: str, until: int) -> list[Chosen]:
    found = [Chosen(*orjson.loads(value)) for value in store.get(store.keys(_BASKET)) if value is not None]
    return [each for each in found if each.unit == unit and each.at <= until]


def _forget_unit(store: Transaction, unit: str, until: int, known: Sequence[Chosen]) -> None:
    for each in known:
        _drop(store, _basket_key(each.basket))
        _drop(store, _decision_key(each.decision_id))
    acted, seen = store.get([_unit_key(unit), _seen_key(unit)])
    _keep(store, _unit_key(unit), [each for each in _acted(acted) if each[0] > until])
    _keep(store, _seen_key(unit), {name: each for name, each in _seen(seen).items() if each.at > until})


def _keep(store: Transaction, key: bytes, later: Sequence[tuple[int, str]] | Mapping[str, Seen]) -> None:
    """Keep only what is ``later`` under a key, for as long as before."""
    (kept,) = store.get([_UNTIL + key])
    if later and kept is not None:
        _put(store, key, orjson.dumps(later, default=tuple), int(kept))
    else:
        _drop(store, key)


def _drop(store: Transaction, key: bytes) -> None:
    (kept,) = store.get([_UNTIL + key])
    if kept is not None:
        store.unschedule(Agenda.FORGET, int(kept), key)
        store.delete(_UNTIL + key)
    store.delete(key)


_UNTIL: Final = b"until:"
_BASKET: Final = b"basket:"
_ERASURE: Final = b"erasure:"


def _basket_key(basket: str) -> bytes:
    return _BASKET + basket.encode()


def _decision_key(decision_id: str) -> bytes:
    return b"decision:" + decision_id.encode()


def _unit_key(unit: str) -> bytes:
    return b"unit:" + unit.encode()


def _seen_key(unit: str) -> bytes:
    return b"seen:" + unit.encode()


def _hour_key(action: str, hour: int) -> bytes:
    return f"hour:{action}:{hour}".encode()
