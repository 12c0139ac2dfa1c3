"""Write a simulated shop, one stretch of orders at a time: the stretch bounds the memory, not the shop's size."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data import attributes
from data.arrays import Ints
from data.files import whole_file
from data.progress.steps import step
from data.schema import Reason
from data.sources.simulated import catalogue, tables
from data.sources.simulated.attributes import DECLARED
from data.sources.simulated.lines import Lines
from data.sources.simulated.orders import Orders
from data.sources.simulated.outcomes import NEVER, Outcomes, details
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.shop import Shop
from data.sources.simulated.simulation import Stretch, open_shop, stretches

STRETCH_ORDERS = 65_536
_UNREPEATED = ("line_id", "order_id", "return_id")


def write(params: SimulatorParams, raw: Path, truth: Path, stretch_orders: int = STRETCH_ORDERS) -> None:
    """Write the shop's canonical tables into ``raw`` and its hidden truth into ``truth``.

    Parameters
    ----------
    params
        Parameters of the shop; the same parameters give the same bytes.
    raw
        Folder for order_lines, products, customers and returns, each a parquet file as in `data.schema`.
    truth
        Folder of truth.parquet (`data.schema.TRUTH`) and truth_products.parquet (`tables.TRUTH_PRODUCTS`).
    stretch_orders
        Orders held in memory at once, about 2 lines each. It changes the files' row groups, but no rows.
    """
    shop = open_shop(params)
    attributes.write(DECLARED if params.attributes else (), raw)
    returns = _Returns()
    with ExitStack() as files:
        lines_file = files.enter_context(_parquet(raw / "order_lines.parquet", tables.ORDER_LINES))
        truth_file = files.enter_context(_parquet(truth / "truth.parquet", tables.TRUTH))
        for stretch in _counted(shop, stretch_orders):
            lines_file.write_table(
                tables.order_lines(shop, stretch.orders, stretch.lines, stretch.prices, stretch.outcomes)
            )
            truth_file.write_table(
                tables.truth(stretch.orders, stretch.lines, stretch.probability, stretch.cause_shares, stretch.drivers)
            )
            returns.add(shop, stretch.orders, stretch.lines, stretch.outcomes)
        _write(raw / "returns.parquet", returns.table(), files)
        _write(raw / "products.parquet", tables.products(shop), files)
        _write(raw / "customers.parquet", tables.customers(shop), files)
        _write(truth / "truth_products.parquet", tables.truth_products(shop), files)


def _counted(shop: Shop, stretch_orders: int) -> Iterator[Stretch]:
    """Simulate all stretches, and say how many orders are written."""
    with step("simulated shop", shop.orders, "orders") as writing:
        for stretch in stretches(shop, stretch_orders):
            yield stretch
            writing.move(int(stretch.orders.number[-1]) + 1)


@dataclass
class _Returns:
    """The returns so far, a few numbers each, until all are known and can be sorted by time."""

    parts: list[tuple[Ints, ...]] = field(default_factory=list)

    def add(self, shop: Shop, orders: Orders, lines: Lines, outcomes: Outcomes) -> None:
        """Keep the returns that are known before the shop's last day ends."""
        known = (outcomes.returned != NEVER) & (outcomes.returned < shop.seasons.end)
        unrecorded = shop.draws.happens("line/reason_missing", lines.index, shop.params.reason_missing_share)
        unknown = shop.draws.happens("line/reason_unknown", lines.index, 0.5)
        # Of the unrecorded reasons, one half is empty and the other half is UNKNOWN.
        reason = np.where(unrecorded, np.where(unknown, len(catalogue.CAUSES), -1), outcomes.cause)
        columns = (
            outcomes.returned,
            orders.number[lines.order],
            lines.place.astype(np.int8),
            outcomes.quantity.astype(np.int16),
            reason.astype(np.int8),
            np.where(unrecorded, -1, outcomes.detail).astype(np.int8),
        )
        self.parts.append(tuple(column[known] for column in columns))

    def table(self) -> pa.Table:
        """All returns sorted by time, then by line, and numbered in this order."""
        returned, order, place, quantity, reason, detail = (np.concatenate(c) for c in zip(*self.parts, strict=True))
        by_time = np.argsort(returned, kind="stable")
        names = (*(cause.value for cause in catalogue.CAUSES), Reason.UNKNOWN.value)
        code = reason[by_time].astype(np.int64)
        columns = {
            "return_id": tables.numbered("r", np.arange(len(by_time)), 9),
            "line_id": tables.line_ids(order[by_time], place[by_time]),
            "returned_at": tables.times(returned[by_time]),
            "quantity": pa.array(quantity[by_time].astype(np.int64)),
            "reason": tables.labels_or_missing(names, code),
            "reason_detail": tables.labels_or_missing(details(), detail[by_time].astype(np.int64)),
        }
        return pa.table(columns, schema=tables.RETURNS)


def _write(path: Path, table: pa.Table, files: ExitStack) -> None:
    files.enter_context(_parquet(path, table.schema)).write_table(table)


@contextmanager
def _parquet(path: Path, columns: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Open a parquet file that appears under its name only when it is complete."""
    # Dictionary encoding helps for labels only; ids and shares hardly repeat.
    repeated = [c.name for c in columns if c.type == pa.string() and c.name not in _UNREPEATED]
    options = {"compression": "zstd", "compression_level": 1, "use_dictionary": repeated}
    with whole_file(path) as unfinished, pq.ParquetWriter(unfinished, columns, **options) as file:
        yield file
