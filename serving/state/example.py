"""A basket to try the service with: the latest order of the state's seed that has several lines."""

from pathlib import Path
from typing import Any, Final

from data.times import MICROSECONDS_PER_DAY, iso
from features.online_state.order import OrderLine
from serving.state.seeded_orders import seeded_orders

LINES: Final = 2


def example_basket(records: Path, latest: int | None, now: int) -> dict[str, Any]:
    """Make the basket as JSON; empty where the seed's ``records`` hold no order.

    It names its time where the latest fact of the state (``latest``) lies more than a day before ``now``: a state that
    nobody keeps current, such as that of a demonstration, would else be asked as of years after its last fact. Times
    are microseconds since 1970, UTC.
    """
    orders = (record.content.order for record in seeded_orders(records) if record.content is not None)
    chosen = max(orders, key=lambda order: (len(order.lines) >= LINES, order.ordered_at), default=None)
    if chosen is None:
        return {}
    example: dict[str, Any] = {"customer_id": chosen.customer_id, "lines": [_line(line) for line in chosen.lines]}
    if latest is not None and latest < now - MICROSECONDS_PER_DAY:
        example["ordered_at"] = iso(latest)
    return example


def _line(line: OrderLine) -> dict[str, Any]:
    labels = {"size": line.size, "color": line.color}
    return {"product_id": line.product_id, "quantity": 1, "price_minor": line.price_minor} | {
        name: label for name, label in labels.items() if label is not None
    }
