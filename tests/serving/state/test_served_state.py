"""The state that a worker writes to: what became of an event, from its arrival to its order."""

from features.online_state.events import LineReturned, OrderPlaced, Status
from features.online_state.order import Order, OrderLine
from serving.state.guarded_store import GuardedStore
from serving.state.served_state import ServedState
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import AFTER, any_state, opened, served_shop

ORDER = OrderPlaced("placed", "o", ("l",), Order(None, AFTER, (OrderLine("p", 1, 100),)))


def test_what_became_of_an_event_is_as_things_stand_when_it_is_asked_for() -> None:
    shop = served_shop()
    state = ServedState(opened(shop.store()), MAX_DELAY_DAYS)
    state.apply([LineReturned("back", "l", AFTER + 1)], AFTER + 1)
    waiting = state.look_up("back", AFTER + 2)
    state.apply([ORDER], AFTER + 2)
    counted = state.look_up("back", AFTER + 3)

    assert (waiting and waiting.status, counted and counted.status) == (Status.WAITING, Status.APPLIED)
    assert state.look_up("another", AFTER + 3) is None
    assert state.kept_days() == shop.about.remember_days


def test_before_a_state_was_read_nobody_knows_how_long_events_are_kept() -> None:
    assert ServedState(GuardedStore(served_shop().store, any_state), MAX_DELAY_DAYS).kept_days() is None
