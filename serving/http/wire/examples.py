"""Examples of requests, for the OpenAPI and for whoever tries the service with curl."""

from typing import Final

from pydantic import JsonValue

BASKET: Final[dict[str, JsonValue]] = {
    "customer_id": "C-1042",
    "voucher_used": False,
    "payment_method": "invoice",
    "channel": "web",
    "region": "DE",
    "lines": [
        {"product_id": "P-17", "quantity": 1, "price_minor": 4999, "list_price_minor": 5999, "size": "M"},
        {"product_id": "P-17", "quantity": 1, "price_minor": 4999, "list_price_minor": 5999, "size": "L"},
    ],
}
"""One product in two sizes, of which one is likely to come back."""

_LINES: Final[list[JsonValue]] = [
    {"line_id": "9001-1", "product_id": "P-17", "quantity": 1, "price_minor": 4999, "size": "M"},
    {"line_id": "9001-2", "product_id": "P-30", "quantity": 3, "price_minor": 1250},
]

_REACTIONS: Final[list[JsonValue]] = [
    {
        "type": kind,
        "event_id": f"{kind}-B-77",
        "decision_id": "9f86d081884c7d659a2feaa0c55ad015",
        "reacted_at": f"2024-05-31T11:5{minute}:00Z",
    }
    for minute, kind in enumerate(
        ("action_shown", "action_dismissed", "action_accepted", "basket_changed", "basket_abandoned")
    )
]

_CONTACT: Final[JsonValue] = {
    "type": "customer_contacted",
    "event_id": "ticket-4711",
    "order_id": "9001",
    "contacted_at": "2024-06-04T14:05:00Z",
    "topic": "delivery",
}

EVENTS: Final[list[JsonValue]] = [
    {
        "type": "product_changed",
        "event_id": "product-P-17-1",
        "product_id": "P-17",
        "changed_at": "2024-05-01T08:00:00Z",
        "name": "Summer dress",
        "category": "dresses",
        "brand": "Acme",
    },
    {
        "type": "customer_changed",
        "event_id": "customer-change-1",
        "customer_id": "C-1042",
        "changed_at": "2024-05-31T11:55:00Z",
        "registered_at": "2024-05-31T11:55:00Z",
    },
    {
        "type": "order_placed",
        "event_id": "order-9001",
        "order_id": "9001",
        "customer_id": "C-1042",
        "ordered_at": "2024-05-31T12:00:00Z",
        "lines": [
            *_LINES,
            {"line_id": "9001-3", "product_id": "P-17", "quantity": 1, "price_minor": 4999, "size": "L"},
        ],
    },
    {
        "type": "order_changed",
        "event_id": "order-9001-b",
        "order_id": "9001",
        "changed_at": "2024-05-31T12:20:00Z",
        "customer_id": "C-1042",
        "ordered_at": "2024-05-31T12:00:00Z",
        "lines": [
            *_LINES,
            {"line_id": "9001-4", "product_id": "P-41", "quantity": 1, "price_minor": 2500},
        ],
    },
    {
        "type": "order_cancelled",
        "event_id": "cancel-9001-4",
        "order_id": "9001",
        "line_ids": ["9001-4"],
        "cancelled_at": "2024-06-01T07:10:00Z",
    },
    {
        "type": "line_shipped",
        "event_id": "shipping-9001-1",
        "line_id": "9001-1",
        "shipped_at": "2024-06-01T16:00:00Z",
    },
    {
        "type": "line_delivered",
        "event_id": "delivery-9001-1",
        "line_id": "9001-1",
        "delivered_at": "2024-06-03T09:30:00Z",
    },
    {
        "type": "line_delivered",
        "event_id": "delivery-9001-2",
        "line_id": "9001-2",
        "delivered_at": "2024-06-03T09:30:00Z",
    },
    {
        "type": "return_requested",
        "event_id": "request-9001-2",
        "line_id": "9001-2",
        "requested_at": "2024-06-05T18:45:00Z",
        "quantity": 1,
        "reason": "DEFECTIVE",
    },
    {
        "type": "line_returned",
        "event_id": "return-9001-2",
        "line_id": "9001-2",
        "returned_at": "2024-06-10T08:00:00Z",
        "quantity": 1,
        "return_id": "R-55",
        "reason": "DEFECTIVE",
        "reason_detail": "zip broken",
        "condition": "worn",
    },
    {
        "type": "refunded",
        "event_id": "refund-R-55",
        "line_id": "9001-2",
        "refunded_at": "2024-06-11T10:00:00Z",
        "refunded_minor": 1250,
        "return_id": "R-55",
    },
    {
        "type": "return_cancelled",
        "event_id": "return-9001-2-back",
        "line_id": "9001-2",
        "return_id": "R-55",
        "cancelled_at": "2024-06-12T09:00:00Z",
    },
    {
        "type": "line_exchanged",
        "event_id": "exchange-9001-1",
        "line_id": "9001-1",
        "returned_at": "2024-06-12T08:00:00Z",
        "reason": "SIZE_TOO_SMALL",
        "exchanged_for_product": "P-17",
        "exchanged_for_size": "L",
    },
    {
        "type": "customers_merged",
        "event_id": "customer-merge-1",
        "customer_id": "C-1042",
        "into": "C-7",
        "merged_at": "2024-07-01T12:00:00Z",
    },
    {
        "type": "customer_erased",
        "event_id": "customer-erasure-1",
        "customer_id": "C-7",
        "erased_at": "2024-07-15T12:00:00Z",
    },
    *_REACTIONS,
    _CONTACT,
]
"""One event of each kind at least, in the order in which they happened, and all of them about one order; the last
ones are all that may become of a decision about the basket before it."""
