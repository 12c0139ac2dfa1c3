"""Examples of requests, for the OpenAPI and for whoever tries the service with curl."""

from typing import Final

from pydantic import JsonValue

BASKET: Final[dict[str, JsonValue]] = {
    "customer_id": "C-1042",
    "ordered_at": "2024-05-31T14:00:00+02:00",
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

EVENTS: Final[list[JsonValue]] = [
    {
        "type": "order_placed",
        "event_id": "order-9001",
        "order_id": "9001",
        "customer_id": "C-1042",
        "ordered_at": "2024-05-31T12:00:00Z",
        "lines": [{"line_id": "9001-1", "product_id": "P-17", "quantity": 1, "price_minor": 4999, "size": "M"}],
    },
    {
        "type": "line_delivered",
        "event_id": "delivery-9001-1",
        "line_id": "9001-1",
        "delivered_at": "2024-06-03T09:30:00Z",
    },
    {
        "type": "line_returned",
        "event_id": "return-9001-1",
        "line_id": "9001-1",
        "returned_at": "2024-06-10T08:00:00Z",
        "reason": "SIZE_TOO_SMALL",
    },
]
"""The events of one line, from its order to its return."""
