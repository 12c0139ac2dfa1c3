"""Every kind of event, from its JSON to the event that the online state takes."""

import hashlib
import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from features.online_state import events
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from serving.http.wire.convert.events import CustomerKeyError, read_event
from serving.http.wire.requests.events import KINDS, Event
from serving.ports import AsGiven

AT, US = "2024-05-31T12:00:00Z", 1_717_156_800_000_000
LATER, LATER_US = "2024-06-01T12:00:00Z", US + 86_400_000_000
READER = TypeAdapter[Event](Event)
LINE = {"line_id": "1", "product_id": "P", "quantity": 2, "price_minor": 250}
ORDER = Order("c", US, (OrderLine("P", 2, 250),))
RETURN = {"returned_at": AT, "quantity": 1, "return_id": "R", "reason": "STYLE", "reason_detail": " zip ",
          "condition": " Worn "}  # fmt: skip
CASES: list[tuple[dict[str, Any], events.Event]] = [
    (
        {"type": "order_placed", "order_id": "o", "customer_id": "C", "ordered_at": AT, "lines": [LINE]},
        events.OrderPlaced("e", "o", ("1",), ORDER),
    ),
    (
        {"type": "order_changed", "order_id": "o", "customer_id": "C", "ordered_at": AT, "lines": [LINE],
         "changed_at": LATER},
        events.OrderChanged("e", "o", LATER_US, ("1",), ORDER),
    ),
    ({"type": "order_cancelled", "order_id": "o", "cancelled_at": AT}, events.OrderCancelled("e", "o", US)),
    (
        {"type": "order_cancelled", "order_id": "o", "cancelled_at": AT, "line_ids": ["2", "1"]},
        events.OrderCancelled("e", "o", US, ("2", "1")),
    ),
    ({"type": "line_shipped", "line_id": "1", "shipped_at": AT}, events.LineShipped("e", "1", US)),
    ({"type": "line_delivered", "line_id": "1", "delivered_at": AT}, events.LineDelivered("e", "1", US)),
    ({"type": "return_requested", "line_id": "1", "requested_at": AT}, events.ReturnRequested("e", "1", US)),
    (
        {"type": "return_requested", "line_id": "1", "requested_at": AT, "quantity": 1, "reason": "STYLE"},
        events.ReturnRequested("e", "1", US, 1, "STYLE"),
    ),
    ({"type": "line_returned", "line_id": "1", "returned_at": AT}, events.LineReturned("e", "1", US)),
    (
        {"type": "line_returned", "line_id": "1", **RETURN},
        events.LineReturned("e", "1", US, "STYLE", 1, "R", "zip", "worn"),
    ),
    (
        {"type": "line_returned", "line_id": "1", "returned_at": AT, "reason": "STYLE", "reason_inferred": True},
        events.LineReturned("e", "1", US, "STYLE", reason_inferred=True),
    ),
    (
        {"type": "line_returned", "line_id": "1", "returned_at": AT, "reason_inferred": False},
        events.LineReturned("e", "1", US),
    ),
    (
        {"type": "line_exchanged", "line_id": "1", **RETURN, "exchanged_for_product": "Q", "exchanged_for_size": "XL"},
        events.LineReturned("e", "1", US, "STYLE", 1, "R", "zip", "worn", "Q", "xl"),
    ),
    (
        {"type": "line_exchanged", "line_id": "1", "returned_at": AT, "exchanged_for_product": "Q"},
        events.LineReturned("e", "1", US, exchanged_for="Q"),
    ),
    (
        {"type": "return_cancelled", "line_id": "1", "return_id": "R", "cancelled_at": AT},
        events.ReturnCancelled("e", "1", "R", US),
    ),
    (
        {"type": "refunded", "line_id": "1", "refunded_at": AT, "refunded_minor": 0, "return_id": "R"},
        events.Refunded("e", "1", US, 0, "R"),
    ),
    (
        {"type": "product_changed", "product_id": "P", "changed_at": AT, "name": " A dress ", "category": "dress",
         "launched_at": AT, "attributes": {"fit": "long"}},
        events.ProductChanged(
            "e", "P", US, ProductFacts(category="dress", launched_at=US, attributes={"fit": "long"}), "A dress"
        ),
    ),
    (
        {"type": "customer_changed", "customer_id": "C", "changed_at": AT, "birth_year": 1980,
         "attributes": {"club": True}},
        events.CustomerChanged("e", "c", US, CustomerFacts(birth_year=1980, attributes={"club": 1})),
    ),
    (
        {"type": "customers_merged", "customer_id": "C", "into": "D", "merged_at": AT},
        events.CustomersMerged("e", "c", "d", US),
    ),
    ({"type": "customer_erased", "customer_id": "C", "erased_at": AT}, events.CustomerErased("e", "c", US)),
    *(
        ({"type": kind, "decision_id": "D", "reacted_at": AT}, events.Reacted("e", "D", kind, US))
        for kind in ("action_shown", "action_accepted", "action_dismissed", "basket_changed", "basket_abandoned")
    ),
    (
        {"type": "customer_contacted", "customer_id": "C", "order_id": "O", "contacted_at": AT, "topic": "t"},
        events.CustomerContacted("e", hashlib.sha256(b'["c", "O", "t"]').hexdigest(), US),
    ),
]  # fmt: skip


class SmallLetters(AsGiven):
    """Hashes customers by putting their keys in lower case, reads conditions likewise, and takes "-" for a guest."""

    def customer(self, key: str, /) -> str | None:
        return None if key == "-" else key.lower()

    def label(self, column: str, label: str | None, /) -> str | None:
        return label.lower() if label is not None and column == "condition" else label


def read(sent: dict[str, Any]) -> events.Event:
    return read_event(READER.validate_json(json.dumps({"event_id": "e", **sent})), SmallLetters())


@pytest.mark.parametrize(("sent", "expected"), CASES)
def test_an_event_is_read_with_all_that_it_says(sent: dict[str, Any], expected: events.Event) -> None:
    assert read(sent) == expected


@pytest.mark.parametrize("sent", [sent for sent, _ in CASES])
def test_any_event_may_say_when_it_was_recorded(sent: dict[str, Any]) -> None:
    assert read({**sent, "recorded_at": LATER}).recorded_at == LATER_US


def test_every_kind_of_event_has_its_case() -> None:
    assert {sent["type"] for sent, _ in CASES} == set(KINDS)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"type": "customer_changed", "customer_id": "-", "changed_at": AT}, "customer_id"),
        ({"type": "customer_erased", "customer_id": "-", "erased_at": AT}, "customer_id"),
        ({"type": "customers_merged", "customer_id": "-", "into": "D", "merged_at": AT}, "customer_id"),
        ({"type": "customers_merged", "customer_id": "C", "into": "-", "merged_at": AT}, "into"),
        ({"type": "customers_merged", "customer_id": "C", "into": "c", "merged_at": AT}, "into"),
    ],
)
def test_an_event_of_a_customer_needs_the_key_of_one(sent: dict[str, Any], field: str) -> None:
    with pytest.raises(CustomerKeyError) as raised:
        read(sent)

    assert raised.value.field == field
