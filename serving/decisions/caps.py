"""Caps: how often customers get actions, counted in the store of the online state, for all workers and machines.

What counts is that an action was chosen, whether or not it was shown, and in the holdout, too: so the policy's arm and
the holdout meet the same caps, and can be compared. Check and count are one transaction of the store. A draw among
several actions is made before that, of those that were free then: where one of them is not free any more, nothing is
counted, and the draw has to be made anew. So the chance that is logged is that of the actions which were free.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import orjson

from data.logged.decisions import Reaction
from data.times import MICROSECONDS_PER_DAY
from features.stores.store import Snapshot, Store, Transaction
from serving.decisions import kept
from training.decisions.earlier_reactions import REACTED_DAYS, SEEN, Seen, merge

READ_AT_ONCE: Final = 200
UNITS_AT_ONCE: Final = 50
"""Units that one transaction forgets: a checkout waits for it."""
"""Baskets that one read looks at where all are looked through: a read of a shared store has little time."""
WAIT_SECONDS: Final = 0.05
"""How long a checkout waits for another worker's choice."""
HOUR: Final = 3_600_000_000
HOURS: Final = 24
ANOTHER: Final = "acted_before"
"""Why nothing is chosen for a basket that got an action before."""
CHANGED: Final = "caps_changed"
"""Why nothing is counted: an action that was free at the draw is not free any more."""


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
        self.store = kept.KeptStore(open_store)

    def past(self, basket: str, unit: str) -> Past:
        """Give what was chosen for a basket, and for a unit."""
        keys = [_basket_key(basket), _unit_key(unit), _seen_key(unit)]
        chosen, acted, seen = self.store.read(lambda snapshot: snapshot.get(keys))
        return Past(
            None if chosen is None else Chosen(*orjson.loads(chosen)), _acted(acted), tuple(_seen(seen).values())
        )

    def of_decisions(self, decision_ids: Collection[str]) -> dict[str, Acted]:
        """Give the decisions with these ids for which an action was chosen; without those that are not known."""
        ids = list(decision_ids)
        return self.store.read(lambda snapshot: _decisions(snapshot, ids))

    def of_day(self, quotas: Collection[str], now: int) -> Mapping[str, int]:
        """Give how often each action of ``quotas`` was chosen in the last day; without one, nothing is read."""
        return self.store.read(lambda snapshot: _of_day(snapshot, quotas, now)) if quotas else {}

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
        return self.store.write(lambda transaction: _take(transaction, chosen, limits, kept_days, others))

    def forget(self, until: Mapping[str, int]) -> None:
        """Forget what was chosen for each unit up to a time, in microseconds since 1970.

        How often an action was chosen on a day stays: that counts all units together. It reads all baskets.
        """
        keys = self.store.keys(_BASKET)
        known: list[Chosen] = []
        for start in range(0, len(keys), READ_AT_ONCE):
            known += self.store.read(partial(_of_units, keys=keys[start : start + READ_AT_ONCE], until=until))
        of_unit: dict[str, list[Chosen]] = {unit: [] for unit in until}
        for each in known:
            of_unit[each.unit].append(each)
        units = list(of_unit.items())
        for start in range(0, len(units), UNITS_AT_ONCE):
            some = units[start : start + UNITS_AT_ONCE]
            self.store.write(partial(_forget_units, until=until, units=some))

    def react(self, reactions: Collection[Reaction]) -> None:
        """Note reactions; those that show nothing to be seen are left out.

        So are reactions to decisions that are not known any more, or that acted on nobody. The same one again changes
        nothing.
        """
        own = [each for each in reactions if each.did in SEEN]
        if own:
            self.store.write(lambda transaction: _react(transaction, own))

    def close(self) -> None:
        """Close the store."""
        self.store.close()


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
    kept.forget(store, chosen.at)
    until = chosen.at + kept_days * MICROSECONDS_PER_DAY
    since = chosen.at - kept_days * MICROSECONDS_PER_DAY
    kept.put(store, basket, orjson.dumps(tuple(chosen)), until)
    decision = Acted(chosen.at, orjson.loads(chosen.record).get("action"), chosen.unit)
    kept.put(store, _decision_key(chosen.decision_id), orjson.dumps(tuple(decision)), until)
    recent = [each for each in before.of_unit if each[0] > since]
    kept.put(store, unit, orjson.dumps([*recent, (chosen.at, chosen.action)]), until)
    kept.put(store, hour, str(int(counted or 0) + 1).encode(), (chosen.at // HOUR + HOURS + 2) * HOUR)
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


def _react(store: Transaction, reactions: Sequence[Reaction]) -> None:
    decisions = _decisions(store, [each.decision_id for each in reactions])
    for each in reactions:
        decision = decisions.get(each.decision_id)
        if decision is None or decision.action is None or decision.unit is None:
            continue
        key = _seen_key(decision.unit)
        (before,) = store.get([key])
        seen, span = _seen(before), REACTED_DAYS * MICROSECONDS_PER_DAY
        merge(seen, each.decision_id, decision.at, each.did, each.at)
        latest = max(one.at for one in seen.values())
        recent = {name: one for name, one in seen.items() if one.at > latest - span}
        kept.put(store, key, _stored(recent), latest + span)


def _seen(stored: bytes | None) -> dict[str, Seen]:
    return {} if stored is None else {name: Seen.of(*each) for name, each in orjson.loads(stored).items()}


def _stored(seen: Mapping[str, Seen]) -> bytes:
    return orjson.dumps(seen, default=tuple)


def _decisions(store: Snapshot, ids: Sequence[str]) -> dict[str, Acted]:
    found = zip(ids, store.get([_decision_key(each) for each in ids]), strict=True)
    return {each: Acted(*orjson.loads(value)) for each, value in found if value is not None}


def _of_units(store: Snapshot, keys: Sequence[bytes], until: Mapping[str, int]) -> list[Chosen]:
    found = [Chosen(*orjson.loads(value)) for value in store.get(keys) if value is not None]
    return [each for each in found if each.unit in until and each.at <= until[each.unit]]


def _forget_units(store: Transaction, until: Mapping[str, int], units: Sequence[tuple[str, Sequence[Chosen]]]) -> None:
    for unit, known in units:
        _forget_unit(store, unit, until[unit], known)


def _forget_unit(store: Transaction, unit: str, until: int, known: Sequence[Chosen]) -> None:
    for each in known:
        kept.drop(store, _basket_key(each.basket))
        kept.drop(store, _decision_key(each.decision_id))
    acted, seen = store.get([_unit_key(unit), _seen_key(unit)])
    later = [each for each in _acted(acted) if each[0] > until]
    seen_later = {name: each for name, each in _seen(seen).items() if each.at > until}
    kept.keep(store, _unit_key(unit), orjson.dumps(later) if later else None)
    kept.keep(store, _seen_key(unit), _stored(seen_later) if seen_later else None)


_BASKET: Final = b"basket:"


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
