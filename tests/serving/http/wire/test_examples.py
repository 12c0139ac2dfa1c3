"""The worked example of all events, from its JSON to a real state: every event of it counts."""

import json
import random

from pydantic import TypeAdapter

from features.online_state.contents import StateContents
from features.online_state.events import Status, known_at
from features.online_state.live import LiveState
from serving.http.wire.convert.events import read_event
from serving.http.wire.examples import EVENTS
from serving.http.wire.requests.events import Event
from serving.ports import AsGiven
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import served_shop

REMEMBER_DAYS = 400
READER = TypeAdapter[Event](Event)
READ = [read_event(READER.validate_json(json.dumps(event)), AsGiven()) for event in EVENTS]
LATER = max(map(known_at, READ)) + 1
TAKEN_BACK = {
    "order-9001": "order-9001-b",
    "return-9001-2": "return-9001-2-back",
    "customer-change-1": "customer-merge-1",
}
"""The events of the example that a later one replaces or takes back."""


def state() -> LiveState:
    shop = served_shop()
    return LiveState(shop.store(), StateContents(shop.recipe), REMEMBER_DAYS, MAX_DELAY_DAYS)


def test_every_event_of_the_worked_example_counts_when_it_comes() -> None:
    live = state()

    assert [live.apply([event], known_at(event))[0].status for event in READ] == [Status.APPLIED] * len(READ)


def test_what_became_of_each_is_the_same_in_any_order_and_names_what_replaced_it() -> None:
    live, shuffled = state(), [*READ]
    random.Random(3).shuffle(shuffled)
    live.apply(shuffled, LATER)

    found = {event.event_id: live.look_up(event.event_id, LATER) for event in READ}

    for event_id, receipt in found.items():
        assert receipt is not None
        by = TAKEN_BACK.get(event_id)
        assert receipt.status is (Status.APPLIED if by is None else Status.NOT_COUNTED)
        assert by is None or by in receipt.detail
