"""Events over HTTP: each reaches the feed as it was sent, and only accepted events are acknowledged."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from features.online_state.events import CustomersMerged, LineDelivered, LineReturned, OrderPlaced, Receipt, Status
from features.online_state.order import Order, OrderLine
from features.stores.store import StoreError
from serving.http.wire import examples
from serving.http.wire.requests.events import KINDS
from serving.ports import FeedFull
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

DOCS = Path("docs/how-to/events.md")
AT = "2024-05-31T12:00:00Z"
AT_US = 1_717_156_800_000_000
LINE = {"line_id": "L-1", "product_id": "P-1", "quantity": 1, "price_minor": 250}
PLACED = {"type": "order_placed", "event_id": "E-1", "order_id": "O-1", "ordered_at": AT, "lines": [LINE]}
DELIVERED = {"type": "line_delivered", "event_id": "E-2", "line_id": "L-1", "delivered_at": AT}
CANCELLED = {"type": "order_cancelled", "event_id": "E-4", "order_id": "O-1", "cancelled_at": AT}
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

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {"event_id": "E-3", "status": "waiting", "detail": ""},
            {"event_id": "E-1", "status": "applied", "detail": ""},
        ],
        "counts": {"applied": 1, "waiting": 1},
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Status.APPLIED, 200), (Status.DUPLICATE, 200), (Status.WAITING, 200), (Status.NOT_COUNTED, 207),
     (Status.REFUSED, 207), (Status.FAILED, 207)],
)  # fmt: skip
def test_one_event_that_does_not_count_shows_in_the_status_of_the_answer(status: Status, expected: int):
    fakes = FakeParts()
    fakes.feeding.status = lambda event: status if isinstance(event, LineReturned) else Status.APPLIED

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/events", events(PLACED, RETURNED, DELIVERED))

    assert answer.status_code == expected
    assert [result["event_id"] for result in answer.json()["results"]] == ["E-1", "E-3", "E-2"]
    assert answer.json()["counts"] == ({"applied": 3} if status is Status.APPLIED else {"applied": 2, status: 1})


def test_a_request_on_all_of_whose_events_the_service_failed_is_an_error_of_the_service():
    fakes = FakeParts()
    fakes.feeding.status = lambda _: Status.FAILED

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/events", events(PLACED, RETURNED))

    assert (answer.status_code, answer.json()["type"]) == (500, "urn:return-risk:problem:internal-error")
    assert "none of them was taken: send them again later" in answer.json()["detail"]


@pytest.mark.parametrize("event_id", ["E-3", "a/b", "ä?#%", "..", "a b"])
def test_what_became_of_an_event_can_be_looked_up(event_id: str):
    fakes = FakeParts()
    fakes.receipts.known = {event_id: Receipt(event_id, Status.NOT_COUNTED, "returned after its window closed")}

    with Asker.of(fakes) as asker:
        answer = asker.get(f"/v1/events/{quote(event_id, safe='').replace('.', '%2E')}")

    assert answer.status_code == 200
    assert answer.json() == {
        "event_id": event_id, "status": "not_counted", "detail": "returned after its window closed",
    }  # fmt: skip


def test_an_event_that_is_not_known_is_a_problem_that_says_how_long_events_are_kept():
    fakes = FakeParts()
    fakes.receipts.known = {}

    with Asker.of(fakes) as asker:
        answer = asker.get("/v1/events/E-3")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == (
        "no event with this id is known: an event is kept for 100 days after its arrival, and one that was refused or"
        " failed is not kept"
    )


@pytest.mark.parametrize("event_id", ["%20", "x" * 129, "ann@example.org", "a%00", ""])
def test_an_id_that_no_event_can_have_is_refused(event_id: str):
    with Asker.of(FakeParts()) as asker:
        answer = asker.get(f"/v1/events/{event_id}")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/event_id"]
    assert "ann" not in answer.text


def test_an_event_cannot_be_looked_up_while_the_store_is_lost():
    fakes = FakeParts()
    fakes.receipts.fails_with = StoreError("gone", "no file at /var/x")

    with Asker.of(fakes) as asker:
        answer = asker.get("/v1/events/E-3")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "/var/x" not in answer.text


def test_the_examples_are_taken_and_have_every_kind_of_event():
    fakes = FakeParts()
    sent: Any = examples.EVENTS

    with Asker.of(fakes) as asker:
        assert asker.post("/v1/events", events(*sent)).status_code == 200

    assert {event["type"] for event in sent} == set(KINDS)
    assert [event.event_id for event in fakes.feeding.events] == [event["event_id"] for event in sent]


def test_the_worked_example_of_the_docs_is_the_one_that_is_tried_here():
    blocks = re.findall(r"^```json\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    assert [json.loads(block) for block in blocks] == [{"events": examples.EVENTS}]


def test_every_customer_of_an_event_reaches_the_feed_hashed():
    fakes = FakeParts()
    merged = {"type": "customers_merged", "event_id": "E", "customer_id": "abc", "into": "def", "merged_at": AT}

    with Asker.of(fakes) as asker:
        taken = asker.post("/v1/events", events(merged))
        refused = asker.post("/v1/events", events(DELIVERED, {**merged, "into": "abc"}))

    assert taken.status_code == 200
    assert fakes.feeding.events == [CustomersMerged("E", "cba", "fed", AT_US)]
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/events/1/into"]
    assert '"abc' not in refused.text  # the id of the request may have these letters


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
        ({**RETURNED, "quantity": 0}, "/events/0/quantity"),
        ({**RETURNED, "recorded_at": "2099-01-01T00:00:00Z"}, "/events/0/recorded_at"),
        ({**RETURNED, "exchanged_for_product": "P"}, "/events/0/exchanged_for_product"),
        ({**RETURNED, "reason_inferred": True}, "/events/0"),
        ({**RETURNED, "comment": "too small, Ann"}, "/events/0/comment"),
        ({**RETURNED, "reason_detail": "says ann@example.org"}, "/events/0/reason_detail"),
        ({**DELIVERED, "type": "line_exchanged", "returned_at": AT}, "/events/0/exchanged_for_product"),
        ({**CANCELLED, "line_ids": []}, "/events/0"),
        ({**CANCELLED, "lines": ["L-1"]}, "/events/0/lines"),
        ({**PLACED, "type": "order_changed"}, "/events/0/changed_at"),
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
        changed = PLACED | {"type": "order_changed", "changed_at": AT}
        refused = asker.post("/v1/events", events(*[PLACED | {"lines": lines}] * 50, changed))
        too_many = asker.post("/v1/events", events(*[DELIVERED] * 501))

    assert taken.status_code == 200
    assert refused.status_code == too_many.status_code == 422
    assert refused.json()["errors"][0]["expected"] == "at most 5000 lines altogether"
