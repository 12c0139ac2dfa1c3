"""A basket to try the service with: the latest order of the state's seed that has several lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.times import MICROSECONDS_PER_DAY, iso
from features.online_state import order_record
from features.online_state.order import Order, OrderLine

LINES: Final = 2
READ_AT_ONCE: Final = 100_000


def example_basket(records: Path, latest: int | None, now: int) -> dict[str, Any]:
    """Make the basket as JSON; empty where the seed's ``records`` hold no order.

    It names its time where the latest fact of the state (``latest``) lies more than a day before ``now``: a state that
    nobody keeps current, such as that of a demonstration, would else be asked as of years after its last fact. Times
    are microseconds since 1970, UTC.
    """
    chosen = max(_orders(records), key=lambda order: (len(order.lines) >= LINES, order.ordered_at), default=None)
    if chosen is None:
        return {}
    example: dict[str, Any] = {"customer_id": chosen.customer_id, "lines": [_line(line) for line in chosen.lines]}
    if latest is not None and latest < now - MICROSECONDS_PER_DAY:
        example["ordered_at"] = iso(latest)
    return example


def _orders(records: Path) -> Iterator[Order]:
    with pq.ParquetFile(records) as file:
        for batch in file.iter_batches(READ_AT_ONCE, use_threads=False):
            mine = batch.filter(pc.starts_with(batch.column("key"), b"o"))
            for value in mine.column("value").to_pylist():
                content = order_record.read(value).content
                if content is not None:
                    yield content.order


def _line(line: OrderLine) -> dict[str, Any]:
    labels = {"size": line.size, "color": line.color}
    return {"product_id": line.product_id, "quantity": 1, "price_minor": line.price_minor} | {
        name: label for name, label in labels.items() if label is not None
    }
