"""The orders in the seed of the state, as records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.online_state import order_record
from features.online_state.order_record import OrderRecord

READ_AT_ONCE: Final = 100_000


def seeded_orders(records: Path) -> Iterator[OrderRecord]:
    """Give the orders in the seed's file ``records``, one by one, in the file's order."""
    with pq.ParquetFile(records) as file:
        for batch in file.iter_batches(READ_AT_ONCE, use_threads=False):
            mine = batch.filter(pc.starts_with(batch.column("key"), b"o"))
            yield from map(order_record.read, mine.column("value").to_pylist())
