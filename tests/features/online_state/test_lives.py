"""Any order of arrival of any events ends in one state: permuted, delayed, repeated, with windows closed meanwhile."""

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.times import AHEAD
from features.language.nodes import Total
from features.online.features import OnlineFeatures
from features.online_state.counters.layout import weight
from features.online_state.counters.ledger import KEPT_ORDERS, unpack_times
from features.online_state.events import (
    CustomerErased,
    CustomersMerged,
    Event,
    LineReturned,
    OrderPlaced,
    ReturnCancelled,
    known_at,
    recorded_at,
)
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.recipe import Recipe
from features.stores.store import Agenda
from tests.features.crowded_shop import OUTCOME, PARAMS
from tests.features.online_state.lives import DAY, END, START, life
from tests.features.seeds import content_of
from tests.features.states import state_of

LATER = END + 200 * DAY
COLUMNS = frozenset(
    [
        *("customer_id", "product_id", "ordered_at", "quantity", "price_minor", "value_minor", "first_in_order"),
        *("size", "size_system", "size_value", "color", "payment_method", "region"),
        *("department", "category", "brand", "launched_at", "registered_at", "birth_year"),
    ]
)
ONLINE = OnlineFeatures(Recipe(PARAMS.definitions if hasattr(PARAMS, "definitions") else PARAMS, OUTCOME, COLUMNS))


def told(events: list[Event], random: Random) -> LiveState:
    """A state that got the events shuffled, some of them twice, each at a time of the clock after its own."""
    live = state_of(ONLINE, remember_days=400)
    often = [*events, *random.sample(events, len(events) // 3)]
    times = sorted(END + random.randrange(30) * DAY for _ in often)
    random.shuffle(often)
    for now, event in zip(times, often, strict=True):
        live.apply([event], now)
        if random.random() < 0.2:
            live.advance(now)
    return closed(live)


def told_ahead(events: list[Event], random: Random) -> LiveState:
    """A state that got each event up to a day before its own time, and now and then brought itself up to date."""
    live = state_of(ONLINE, remember_days=400)
    arrivals = [(known_at(event) - random.randrange(AHEAD), event) for event in events]
    for now, event in sorted(arrivals, key=lambda each: (each[0], each[1].event_id)):
        if random.random() < 0.5:
            live.advance(now)
        live.apply([event], now)
    return closed(live)


def in_order(events: list[Event]) -> LiveState:
    live = state_of(ONLINE, remember_days=400)
    for event in sorted(events, key=lambda each: (max(known_at(each), recorded_at(each)), each.event_id)):
        live.apply([event], max(known_at(event), recorded_at(event)))
    return closed(live)


def in_order_of(events: list[Event]) -> LiveState:
    live = state_of(ONLINE, remember_days=400)
    live.apply(events, END)
    return closed(live)


def closed(live: LiveState) -> LiveState:
    while live.advance(LATER):
        pass
    return live


def facts(live: LiveState) -> dict[bytes, bytes]:
    """The records of orders, lines, products and customers, byte for byte."""
    return {key: value for key, value in content_of(live).records.items() if key[:1] in b"olpc"}


def counters(live: LiveState, online: OnlineFeatures = ONLINE) -> dict[bytes, list[float]]:
    """What each counter is after everything; entities of which nothing counts are left out."""
    found, layouts = {}, {each.key.name: each for each in online.contents.layouts}
    for key, value in content_of(live).records.items():
        if key[:1] != b"k":
            continue
        layout = layouts[key[1:].split(b"\0")[0].decode()]
        moment, *numbers = layout.packing.unpack(value)
        half = len(layout.counters)
        values = []
        for counter, before, at in zip(layout.counters, numbers[:half], numbers[half:], strict=True):
            known = [each for each in (before, at) if not math.isnan(each)]
            whole = sum(known) if counter.total is Total.SUM else math.nan
            if counter.total is not Total.SUM and known:
                whole = min(known) if counter.total is Total.FIRST else max(known)
            values.append(whole * weight(counter.half_life_days, LATER - moment) if counter.half_life_days else whole)
        if any(abs(each) > 1e-9 for each in values if not math.isnan(each)):
            found[key] = values
    return found


def kept(live: LiveState) -> dict[bytes, list[list[int]]]:
    packed = {key: value for key, value in content_of(live).records.items() if key[:1] == b"t"}
    return {key: found for key, value in packed.items() if any(found := unpack_times(value, 0))}


def assert_one_state(one: LiveState, other: LiveState) -> None:
    assert facts(one) == facts(other)
    assert kept(one) == kept(other)
    left, right = counters(one), counters(other)
    assert left.keys() == right.keys()
    for key, values in left.items():
        assert values == pytest.approx(right[key], rel=1e-9, abs=1e-9, nan_ok=True), key
    for agenda in (Agenda.CLOSE, Agenda.ORDERS):
        assert content_of(one).agendas[agenda] == content_of(other).agendas[agenda]


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=60)
def test_any_order_of_arrival_ends_in_the_state_of_the_events_in_order(seed: int) -> None:
    random = Random(seed)
    events = life(random)

    assert_one_state(told(events, random), in_order(events))


@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=40)
def test_events_that_lie_ahead_of_the_clock_end_in_the_state_of_the_events_in_order(seed: int) -> None:
    random = Random(seed)
    events = life(random)

    assert_one_state(told_ahead(events, random), in_order(events))


def placed(number: int, customer_id: str, day: int) -> OrderPlaced:
    order = Order(customer_id, START + day * DAY, (OrderLine("p", 1, 1000),))
    return OrderPlaced(f"o{number:02}", f"o{number:02}", (f"l{number:02}",), order)


def test_an_account_with_many_orders_merges_into_an_erased_one_as_if_both_had_always_been_one() -> None:
    many = KEPT_ORDERS + 4
    orders = [placed(number, "one", number) for number in range(many)]
    orders += [placed(many, "other", many + 2), placed(many + 1, "one", many + 3)]
    erased = CustomerErased("erased", "other", START + (many + 1) * DAY)
    merged = CustomersMerged("merged", "one", "other", START + (many + 4) * DAY)

    assert_one_state(in_order([*orders, erased, merged]), in_order_of([merged, erased, *orders]))


BACK = LineReturned("r", "l00", START + 3 * DAY, return_id="R")
TAKEN = ReturnCancelled("w", "l00", "R", START + 5 * DAY)
AGAIN = START + 9 * DAY


@pytest.mark.parametrize(
    ("known", "wrong", "right"),
    [
        ([], BACK, replace(BACK, return_id="S", recorded_at=AGAIN)),
        ([BACK, replace(BACK, event_id="s", return_id="S")], TAKEN, replace(TAKEN, return_id="S", recorded_at=AGAIN)),
    ],
)
def test_a_correction_that_names_another_return_takes_back_what_was_said_of_the_first(
    known: list[Event], wrong: Event, right: Event
) -> None:
    order = placed(0, "one", 0)

    corrected = in_order_of([order, *known, wrong, right])

    assert_one_state(corrected, in_order_of([order, *known, right]))
    assert_one_state(corrected, in_order_of([wrong, right, *known, order]))
