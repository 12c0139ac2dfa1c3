"""Events over HTTP: each reaches the feed as it was sent, and only accepted events are acknowledged."""

from typing import Any

import pytest

from features.online_state.events import LineDelivered, LineReturned, OrderPlaced, Status
from features.online_state.order import Order, OrderLine
from features.stores.store import StoreError
from serving.http.wire import examples
from serving.ports import FeedFull
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

AT = "2024-05-31T12:00:00Z"
AT_US = 1_717_156_800_000_000
LINE = {"line_id": "L-1", "product_id": "P-1", "quantity": 1, "price_minor": 250}
PLACED = {"type": "order_placed", "event_id": "E-1", "order_id": "O-1", "ordered_at": AT, "lines": [LINE]}
DELIVERED = {"type": "line_delivered", "event_id": "E-2", "line_id": "L-1", "delivered_at": AT}
RETURNED = {"type": "line_returned", "event_id": "E-3", "line_id": "L-1", "returned_at": AT}


def events(*sent: dict[str, Any]) -> dict[str, Any]:
    return {"events": list(sent)}


def test_events_reach_the_feed_as_they_were_sent():
    fakes = FakeParts()
    line = LINE | {"size": "M", "outcome_recorded": False, "closes_at": "2024-06-30T12:00:00Z"}
    placed = PLACED | {"customer_id": "abc", "region": "DE", "lines": [line]}

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/events", events(placed, DELIVERED, RETURNED | {"reason": "DEFECTIVE"}, RETURNED))

    ordered = OrderLine("P-1", 1, 250, size="m", closes_at=AT_US + 30 * 86_400_000_000, outcome_recorded=False)
    order = Order("cba", AT_US, (ordered,), region="DE")
    assert answer.status_code == 200
    assert fakes.feeding.events == [
        OrderPlaced("E-1", "O-1", ("L-1",), order),
        LineDelivered("E-2", "L-1", AT_US),
        LineReturned("E-3", "L-1", AT_US, "DEFECTIVE"),
        LineReturned("E-3", "L-1", AT_US, None),
    ]


def test_each_event_is_answered_in_its_place():
    fakes = FakeParts()
    fakes.feeding.status = lambda event: Status.WAITING if isinstance(event, LineReturned) else Status.APPLIED

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/events", events(RETURNED, PLACED))

    assert answer.json() == {
        "results": [
            {"event_id": "E-3", "status": "waiting", "detail": ""},
            {"event_id": "E-1", "status": "applied", "detail": ""},
        ]
    }


def test_the_examples_are_taken():
    with Asker.of(FakeParts()) as asker:
        assert asker.post("/v1/events", {"events": examples.EVENTS}).status_code == 200


@pytest.mark.parametrize(
    ("failure", "kind", "seconds"),
    [(StoreError("full", "no space at /var/x"), "unavailable", "5"), (FeedFull("9 wait"), "overloaded", "1")],
)
def test_events_that_cannot_be_taken_are_to_be_sent_again(failure: Exception, kind: str, seconds: str):
    fakes = FakeParts()
    fakes.feeding.fails_with = failure

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/events", events(PLACED))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == seconds
    assert answer.json()["type"] == f"urn:return-risk:problem:{kind}"
    assert "/var/x" not in answer.text


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, "/events/0"),
        ({"type": "order"}, "/events/0"),
        ({**PLACED, "ordered_at": None}, "/events/0/ordered_at"),
        ({**PLACED, "ordered_at": "2099-01-01T00:00:00Z"}, "/events/0/ordered_at"),
        ({**PLACED, "lines": [LINE, LINE]}, "/events/0/lines"),
        ({**PLACED, "lines": [{**LINE, "line_id": "L-1"}, {**LINE, "line_id": " L-1"}]}, "/events/0/lines"),
        ({**PLACED, "lines": [{**LINE, "closes_at": "soon"}]}, "/events/0/lines/0/closes_at"),
        ({**PLACED, "lines": [{**LINE, "outcome_recorded": None}]}, "/events/0/lines/0/outcome_recorded"),
        ({**DELIVERED, "delivered_at": "2099-01-01T00:00:00Z"}, "/events/0/delivered_at"),
        ({**RETURNED, "reason": "TOO_SMALL"}, "/events/0/reason"),
        ({**RETURNED, "quantity": 1}, "/events/0/quantity"),
    ],
)
def test_an_event_that_is_wrong_is_named_and_none_is_taken(sent: dict[str, Any], pointer: str):
    fakes = FakeParts()

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/events", events(sent, PLACED))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert fakes.feeding.events == []


def test_more_lines_than_one_request_may_have_are_refused():
    lines = [{**LINE, "line_id": str(number)} for number in range(100)]

    with Asker.of(FakeParts(), max_body_bytes=2**24) as asker:
        taken = asker.post("/v1/events", events(*[PLACED | {"lines": lines}] * 50))
        refused = asker.post("/v1/events", events(*[PLACED | {"lines": lines}] * 50, PLACED))
        too_many = asker.post("/v1/events", events(*[DELIVERED] * 501))

    assert taken.status_code == 200
    assert refused.status_code == too_many.status_code == 422
    assert refused.json()["errors"][0]["expected"] == "at most 5000 lines altogether"
