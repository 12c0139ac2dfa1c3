"""Records against a plain sum over all events, in any order of arrival, with outcomes taken back."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.language.nodes import Counter, Key, LineColumn, LineEvent, Total
from features.online_state.counters.layout import Layout
from features.online_state.counters.ledger import KEPT_ORDERS, KEPT_OUTCOMES, Ledger, pack_times, unpack_times
from features.stores.memory import MemoryStore

DAY = 86_400_000_000
WHO = LineColumn("who")
Fact = tuple[LineEvent, int, int | None]


def layout(*, daily: bool) -> Layout:
    key = Key("who", (WHO,), daily=daily)
    return Layout(
        key,
        (
            Counter(key, LineEvent.ORDERED),
            Counter(key, LineEvent.ORDERED, "value", total=Total.MAX),
            Counter(key, LineEvent.ORDERED, total=Total.FIRST),
            Counter(key, LineEvent.ORDERED, total=Total.LATEST),
            Counter(key, LineEvent.RETURNED, "value"),
            Counter(key, LineEvent.RETURNED, half_life_days=3),
            Counter(key, LineEvent.RETURNED, total=Total.LATEST),
        ),
    )


def read(store: MemoryStore, of: Layout, now: int) -> list[float]:
    """The counters at the scoring time ``now``, as `features.online_state.counters.layout` describes them."""
    (record,) = store.read(lambda snapshot: snapshot.get([of.address({"who": "me"}) or b""]))
    moment, *numbers = of.packing.unpack(record or of.empty)
    half = len(of.counters)
    found = []
    for counter, before, at in zip(of.counters, numbers[:half], numbers[half:], strict=True):
        both = [value for value in (before, at) if not math.isnan(value)]
        value = before if of.visible(now) <= moment else _total(counter, both)
        found.append(value * 2.0 ** (-(now - moment) / DAY / 3) if counter.half_life_days else value)
    return found


def expected(of: Layout, facts: list[Fact], now: int) -> list[float]:
    found = []
    for counter in of.counters:
        known = [(of.visible(at), value) for event, at, value in facts if event is counter.event]
        seen = [(at, value) for at, value in known if at < of.visible(now)]
        if counter.value is not None and counter.total is not Total.SUM:
            seen = [(at, value) for at, value in seen if value is not None]
        if counter.total in (Total.FIRST, Total.LATEST):
            found.append(_total(counter, [float(at) for at, _ in seen]))
        elif counter.half_life_days:
            found.append(sum(2.0 ** (-(now - at) / DAY / 3) for at, _ in seen))
        else:
            values = [1 if counter.value is None else value for _, value in seen]
            if counter.event is LineEvent.ORDERED and counter.total is Total.SUM:
                off = [(of.visible(at), value) for event, at, value in facts if event is LineEvent.CANCELLED]
                values += [-1 for at, _ in off if at < of.visible(now)]
            found.append(_total(counter, [float(value) for value in values if value is not None]))
    return found


def _total(counter: Counter, values: list[float]) -> float:
    if counter.total is Total.SUM:
        return sum(values)
    if not values:
        return math.nan
    return min(values) if counter.total is Total.FIRST else max(values)


TIMES = st.integers(0, 24).map(lambda hours: hours * DAY // 2 + 100 * DAY)
FACTS = st.lists(
    st.tuples(
        st.sampled_from([LineEvent.ORDERED, LineEvent.CANCELLED, LineEvent.RETURNED]),
        TIMES,
        st.none() | st.integers(0, 50),
    ),
    max_size=12,
)


@given(facts=FACTS, daily=st.booleans(), taken=st.data(), later=st.integers(0, 30))
def test_a_record_equals_the_sum_of_events_for_any_order_of_arrival_and_taking_back(
    facts: list[Fact], *, daily: bool, taken: Any, later: int
) -> None:
    of, store = layout(daily=daily), MemoryStore()
    undone = taken.draw(st.lists(st.sampled_from(range(len(facts))), unique=True)) if facts else []

    for event, at, value in facts:
        _write(store, of, lambda ledger, e=event, t=at, v=value: ledger.add(e, {"who": "me", "value": v}, t))
    for place in undone:
        event, at, value = facts[place]
        _write(store, of, lambda ledger, e=event, t=at, v=value: ledger.take_back(e, {"who": "me", "value": v}, t))

    left = [fact for place, fact in enumerate(facts) if place not in undone]
    end = max([at for _, at, _ in facts], default=100 * DAY)
    for now in (end, end + 1, end + later * DAY // 2):
        for found, wanted in zip(read(store, of, now), expected(of, left, now), strict=True):
            assert math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12) or (
                math.isnan(found) and math.isnan(wanted)
            )


def _write(store: MemoryStore, of: Layout, work: Any) -> None:
    def change(transaction: Any) -> None:
        ledger = Ledger(transaction, (of,))
        work(ledger)
        ledger.write(transaction)

    store.write(change)


@given(st.lists(st.lists(st.integers(0, 2**53), max_size=20), min_size=1, max_size=3))
def test_times_are_read_as_they_were_written(times: list[list[int]]) -> None:
    assert unpack_times(pack_times(times), len(times)) == times


def test_times_that_were_never_written_are_empty_lists() -> None:
    assert unpack_times(None, 2) == [[], []]


def test_only_the_latest_times_are_kept() -> None:
    of, store = layout(daily=False), MemoryStore()

    for at in range(KEPT_OUTCOMES + 5):
        _write(store, of, lambda ledger, t=at: ledger.add(LineEvent.RETURNED, {"who": "me", "value": None}, t * DAY))

    address = of.times_address(of.address({"who": "me"}) or b"")
    (packed,) = store.read(lambda snapshot: snapshot.get([address]))
    assert unpack_times(packed, 4)[3] == [day * DAY for day in range(5, KEPT_OUTCOMES + 5)]


def test_of_orders_few_times_are_kept_and_the_first_stays_the_first() -> None:
    of, store = layout(daily=False), MemoryStore()

    for at in range(1, KEPT_ORDERS + 6):
        _write(store, of, lambda ledger, t=at: ledger.add(LineEvent.ORDERED, {"who": "me", "value": t}, t * DAY))

    assert read(store, of, 99 * DAY)[:4] == [KEPT_ORDERS + 5, KEPT_ORDERS + 5, DAY, (KEPT_ORDERS + 5) * DAY]


def test_a_record_that_is_moved_adds_to_another_as_if_all_had_been_its_own() -> None:
    of, store = layout(daily=False), MemoryStore()
    mine, yours = ({"who": who, "value": 2} for who in ("me", "you"))
    facts = [(LineEvent.ORDERED, mine, 3), (LineEvent.RETURNED, yours, 5), (LineEvent.ORDERED, yours, 4)]
    for event, line, day in facts:
        _write(store, of, lambda ledger, e=event, w=line, d=day: ledger.add(e, w, d * DAY))

    _write(store, of, lambda ledger: ledger.move(of.address(yours) or b"", of, of.address(mine) or b""))

    told: list[Fact] = [(event, day * DAY, 2) for event, _, day in facts]
    assert read(store, of, 9 * DAY) == pytest.approx(expected(of, told, 9 * DAY))
    assert store.read(lambda snapshot: snapshot.get([of.address(yours) or b""])) == [None]
