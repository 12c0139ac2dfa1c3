"""Outcomes that stop coming: windows wait for them, and the state is as if the feed had never stopped."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from features.online_state import records
from features.online_state.events import Event, LineReturned, OrderCancelled, OrderPlaced, ReturnCancelled, known_at
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine
from features.online_state.records import BY_THE_CLOCK, Latest, Silence, later_of
from features.stores.store import Agenda
from tests.features.online_state.lives import DAY, END, START, life
from tests.features.online_state.test_lives import LATER, ONLINE, assert_one_state, closed
from tests.features.seeds import content_of
from tests.features.states import state_of

SILENCE = Silence(outcome=5 * DAY)
OUTCOMES = LineReturned | ReturnCancelled | OrderCancelled


def placed(name: str, at: int, closes_at: int) -> OrderPlaced:
    line = OrderLine("p", 1, 1000, closes_at=closes_at)
    return OrderPlaced(f"{name} placed", name, (f"{name} 1",), Order("c", at, (line,)))


def returned(name: str, at: int) -> LineReturned:
    return LineReturned(f"{name} returned", f"{name} 1", at)


def up_to_date(live: LiveState, now: int) -> LiveState:
    while live.advance(now):
        pass
    return live


def lines(live: LiveState, now: int) -> dict[str, float]:
    """What the customer's lines are counted as."""
    answer = live.store.read(lambda snapshot: ONLINE.ask(snapshot, [Order("c", now, (OrderLine("p", 1, 1000),))], 0))
    names = ("customer_lines", "customer_open_lines", "customer_settled_lines")
    return {name: answer.features[0, ONLINE.names.index(name)] for name in names}


def told() -> LiveState:
    """One line came back at the start; the windows of two others end 2 and 10 days later."""
    live = state_of(ONLINE, silence=SILENCE)
    live.apply([placed("a", START, START + 30 * DAY), returned("a", START + DAY)], START + DAY)
    live.apply([placed("b", START, START + 3 * DAY), placed("d", START, START + 11 * DAY)], START + DAY)
    return live


def test_a_window_that_ends_long_after_the_latest_outcome_waits_for_the_next_one() -> None:
    live = up_to_date(told(), START + 20 * DAY)
    silent = lines(live, START + 20 * DAY)

    live.apply([placed("e", START, START + 60 * DAY), returned("e", START + 20 * DAY)], START + 21 * DAY)

    assert silent == {"customer_lines": 3, "customer_open_lines": 1, "customer_settled_lines": 2}
    after = {"customer_lines": 4, "customer_open_lines": 0, "customer_settled_lines": 4}
    assert lines(up_to_date(live, START + 21 * DAY), START + 21 * DAY) == after


def test_without_a_limit_windows_close_by_the_clock() -> None:
    live = state_of(ONLINE)
    live.apply([placed("b", START, START + 3 * DAY)], START + DAY)

    up_to_date(live, START + 20 * DAY)

    assert lines(live, START + 20 * DAY)["customer_settled_lines"] == 1
    assert Latest(outcome=START).closing_time(START + 20 * DAY, BY_THE_CLOCK) == START + 20 * DAY
    assert Latest(order=START).closing_time(START + 20 * DAY, SILENCE) == START + 20 * DAY


def test_windows_that_end_long_after_the_latest_fact_of_any_kind_wait_until_the_feed_goes_on() -> None:
    live = state_of(ONLINE, silence=Silence(feed=5 * DAY))
    live.apply([placed("b", START, START + 3 * DAY), placed("d", START, START + 11 * DAY)], START + DAY)

    silent = lines(up_to_date(live, START + 20 * DAY), START + 20 * DAY)
    live.apply([placed("e", START + 20 * DAY, START + 60 * DAY)], START + 20 * DAY)

    assert silent["customer_settled_lines"] == 1
    assert lines(up_to_date(live, START + 20 * DAY), START + 20 * DAY)["customer_settled_lines"] == 2


def test_a_return_that_was_held_back_was_never_counted_as_kept() -> None:
    live = up_to_date(told(), START + 20 * DAY)

    live.apply([returned("d", START + 8 * DAY)], START + 21 * DAY)

    (counted,) = live.store.read(lambda snapshot: snapshot.get([records.COUNTED]))
    assert records.read_counted(counted) == START + 3 * DAY
    assert later_of(Latest(order=START), START + 3 * DAY) == START + 3 * DAY


def test_a_fact_that_lay_ahead_comes_true_while_windows_wait() -> None:
    live = up_to_date(told(), START + 20 * DAY)
    live.apply([placed("e", START + 20 * DAY + DAY // 2, START + 60 * DAY)], START + 20 * DAY)
    before = lines(live, START + 20 * DAY)["customer_lines"]

    up_to_date(live, START + 21 * DAY)

    assert before == 3
    assert lines(live, START + 21 * DAY)["customer_lines"] == 4


def test_an_order_whose_window_waits_is_not_forgotten() -> None:
    live = state_of(ONLINE, remember_days=2, silence=SILENCE)
    live.apply([placed("a", START, START + 30 * DAY), returned("a", START + DAY)], START + DAY)
    live.apply([placed("d", START, START + 11 * DAY)], START + DAY)

    up_to_date(live, START + 40 * DAY)

    assert records.order_key("d") in content_of(live).records
    assert [key for _, key in content_of(live).agendas[Agenda.CLOSE]] == [records.order_key("d")]


def fed(events: list[Event], held_back: dict[str, int]) -> LiveState:
    """A state that gets each event at its time, or later where it is ``held_back``, and looks every day."""
    live = state_of(ONLINE, remember_days=400, silence=SILENCE)
    last: list[Event] = [placed("last", END, LATER), returned("last", LATER - 1), placed("kept", END, LATER - DAY)]
    every = [*events, *last]
    arrivals = [(held_back.get(each.event_id, known_at(each)), each.event_id, each) for each in every]
    day = START
    for at, _, event in sorted(arrivals, key=lambda each: each[:2]):
        while day < min(at, END + 60 * DAY):
            up_to_date(live, day)
            day += DAY
        live.apply([event], at)
    return closed(live)


@given(seed=st.integers(0, 1 << 32), first=st.integers(0, 60), days=st.integers(1, 60))
@settings(max_examples=15)
def test_a_feed_that_stopped_ends_in_the_state_of_one_that_never_did(seed: int, first: int, days: int) -> None:
    events = life(Random(seed))
    since = START + first * DAY
    until = since + days * DAY
    silent = {each.event_id: until for each in events if isinstance(each, OUTCOMES) and since <= known_at(each) < until}

    one, other = fed(events, {}), fed(events, silent)

    assert_one_state(one, other)
    assert content_of(one).records[records.COUNTED] == content_of(other).records[records.COUNTED]
