"""What becomes of an order that can no longer change: an export finds it for another memory, and then it is gone."""

from dataclasses import replace

import pytest

from features.exporting.changed import changed
from features.online_state import records
from features.online_state.events import LineReturned, OrderPlaced, ProductChanged, Status
from features.online_state.live import LiveState
from features.online_state.order import Order, OrderLine, ProductFacts
from features.online_state.restore import carry_over
from features.stores.store import Agenda
from tests.features.online_state.test_lives import ONLINE
from tests.features.seeds import advance, content_of
from tests.features.states import state_of

DAY = 86_400_000_000
T = 1_700_000_000_000_000
MEMORY = 10
PLACED = OrderPlaced("e", "o", ("l",), Order("c", T, (OrderLine("p", 1, 1000),)))
FORGOTTEN = T + (21 + MEMORY) * DAY + 1


@pytest.fixture
def live() -> LiveState:
    """A state with an order whose window closes after 21 days, and which came back on the third."""
    live = state_of(ONLINE, MEMORY)
    live.apply([ProductChanged("pc", "p", T - DAY, ProductFacts(brand="b")), PLACED], T)
    live.apply([LineReturned("r", "l", T + 3 * DAY)], T + 25 * DAY)
    return live


def orders(live: LiveState, since: int) -> list[str]:
    return [order.order_id for found in changed(live.store, since) for order in found.orders]


def test_a_forgotten_order_is_exported_as_it_was_at_its_end(live: LiveState) -> None:
    advance(live, FORGOTTEN)

    (found,) = [order for found in changed(live.store, T + 20 * DAY) for order in found.orders]

    assert content_of(live).get([records.order_key("o"), records.line_key("l")]) == [None, None]
    assert [each.event_id for each in found.lines["l"].returns.values()] == ["r"]
    assert found.counted == {}


def test_after_another_memory_nothing_of_it_is_left(live: LiveState) -> None:
    advance(live, FORGOTTEN)
    advance(live, FORGOTTEN + (MEMORY + 1) * DAY)

    assert orders(live, 0) == []
    assert [key for key in content_of(live).records if key[:1] in b"oalew"] == []
    assert content_of(live).agendas == {agenda: [] for agenda in Agenda}


def test_a_forgotten_order_that_is_sent_again_does_not_count_twice(live: LiveState) -> None:
    advance(live, FORGOTTEN)
    again = replace(PLACED, order=replace(PLACED.order, ordered_at=T + 20 * DAY), recorded_at=T + 20 * DAY)

    (receipt,) = live.apply([again], FORGOTTEN)

    assert receipt.status is Status.REFUSED
    assert "forgotten" in receipt.detail


@pytest.mark.parametrize("since", [T + 20 * DAY, T + 26 * DAY], ids=["changed since", "not changed since"])
def test_an_export_reads_what_changed_since_the_last_one_alone(live: LiveState, since: int) -> None:
    assert orders(live, since) == (["o"] if since < T + 25 * DAY else [])


def test_a_new_state_keeps_what_the_older_one_has_forgotten_for_the_next_export(live: LiveState) -> None:
    advance(live, FORGOTTEN)
    new = state_of(ONLINE, MEMORY)
    for each in (live, new):
        _begin(each)

    carry_over(live.store, new, FORGOTTEN + DAY)

    assert orders(new, FORGOTTEN) == ["o"]
    advance(new, FORGOTTEN + (MEMORY + 1) * DAY)
    assert not [key for key in content_of(new).records if records.is_closed_order(key)]


def test_only_events_that_arrived_since_are_carried_over_the_second_time(live: LiveState) -> None:
    new = state_of(ONLINE, MEMORY)
    for each in (live, new):
        _begin(each)
    live.apply([ProductChanged("pc2", "p", T + 4 * DAY, ProductFacts(brand="c"))], T + 30 * DAY)

    carried = carry_over(live.store, new, T + 30 * DAY, T + 29 * DAY)

    assert dict(carried.statuses) == {Status.APPLIED: 1}


def _begin(live: LiveState) -> None:
    """Mark the state as whole, as one that began with tables."""
    about = records.StateAbout("seed", ONLINE.contents.recipe.as_json(), ONLINE.contents.digest, None, T, MEMORY)
    live.store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(about)))
