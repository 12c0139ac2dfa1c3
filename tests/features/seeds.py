"""Seeds of small shops, and states that received the same shops event by event."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from data.arrays import Floats
from features import seed
from features.catalog import MATRIX
from features.online.features import OnlineFeatures
from features.online_state import order_record, restore
from features.online_state import records as state_records
from features.online_state.live import LiveState
from features.online_state.order import Order
from features.online_state.order_record import OrderRecord
from features.params import OnlineParams
from features.recipe import Recipe
from features.stores.memory import Content, MemoryStore
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS, Shop
from tests.features.event_log import Moment
from tests.features.replay import REASON_COLUMNS
from tests.features.states import reader_of, state_of

DAY = 86_400_000_000
REMEMBER_DAYS = 8
FEW_COLUMNS = frozenset(
    {"customer_id", "product_id", "ordered_at", "quantity", "price_minor", "value_minor", "first_in_order", "color"}
)
"""Line columns of a source with few keys, whose seed is quick to build."""
EVERY_COLUMN = FEW_COLUMNS | {
    *("order_id", "list_price_minor", "size", "size_system", "size_value", "voucher_used", "payment_method", "channel"),
    *("region", "department", "category", "brand", "supplier", "launched_at", "registered_at", "birth_year"),
    *REASON_COLUMNS,
    *(each.column for each in ATTRIBUTES),
}


def cut(shop: Shop, after: datetime) -> Shop:
    """The shop with the facts that were known at a time."""
    lines = shop.lines[shop.lines["ordered_at"] <= after]
    delivered = lines["delivered_at"].where(lines["delivered_at"] <= after, None)
    lines = lines.assign(delivered_at=delivered)
    if "cancelled_at" in lines.columns:
        lines = lines.assign(cancelled_at=lines["cancelled_at"].where(lines["cancelled_at"] <= after, None))
    known: dict[str, Any] = {"lines": lines, "returns": shop.returns[shop.returns["returned_at"] <= after]}
    for name in ("product_changes", "customer_changes"):
        changes = getattr(shop, name)
        known[name] = changes if changes is None else changes[changes["changed_at"] <= after]
    return shop.with_(**known)


def recipe_of(columns: frozenset[str]) -> Recipe:
    """The recipe of all features that line ``columns`` allow."""
    return Recipe(PARAMS.definition, OUTCOME, columns, tuple(each for each in ATTRIBUTES if each.column in columns))


def build(shop: Shop, folder: Path, recipe: Recipe, threads: int = 1) -> Path:
    """Build the seed of a shop into a folder of its own below ``folder``."""
    return build_from(shop.write(folder / "validated"), folder, recipe, threads)


def build_from(validated: Path, folder: Path, recipe: Recipe, threads: int = 1, matrix: Path = MATRIX) -> Path:
    """Build the seed of written tables into a folder of its own below ``folder``."""
    state, params = folder / "state", PARAMS.model_copy(update={"threads": threads})
    source = seed.SourceFacts("a key", matrix=matrix)
    seed.build(validated, state, recipe, source, params, OnlineParams(remember_days=REMEMBER_DAYS))
    return state


def restored(state: Path, online: OnlineFeatures) -> LiveState:
    """A state that begins with the seed."""
    store = MemoryStore()
    restore.restore(state, store)
    return state_of(online, REMEMBER_DAYS, store)


def fed_by(online: OnlineFeatures, log: Iterable[Moment]) -> LiveState:
    """A state that received every event at the time when it became known."""
    live = state_of(online, REMEMBER_DAYS)
    feed(live, log)
    return live


def feed(live: LiveState, log: Iterable[Moment]) -> None:
    for moment in log:
        live.apply(moment.events, moment.at)


def advance(live: LiveState, now: int) -> LiveState:
    while live.advance(now):
        pass
    return live


def orders_at(log: Iterable[Moment], at: int) -> list[Order]:
    """Every order of the log again, scored at one time."""
    return [replace(placed.order, ordered_at=at) for moment in log for placed in moment.placed]


def features_of(live: LiveState, orders: Sequence[Order]) -> Floats:
    return live.store.read(lambda snapshot: reader_of(live).ask(snapshot, orders, reasons=True)).features


def order_of(live: LiveState, order_id: str) -> OrderRecord | None:
    """The record of an order; None where the state has none."""
    value = content_of(live).records.get(state_records.order_key(order_id))
    return None if value is None else order_record.read(value)


def orders_of(live: LiveState) -> dict[bytes, OrderRecord]:
    """The records of all orders, without the ids of the events that told of them: tables have none."""
    records = content_of(live).records
    return {key: _untold(order_record.read(value)) for key, value in records.items() if state_records.is_order(key)}


def _untold(record: OrderRecord) -> OrderRecord:
    for facts in record.lines.values():
        facts.shipped = facts.shipped and replace(facts.shipped, event_id="")
        facts.delivered = facts.delivered and replace(facts.delivered, event_id="")
        facts.returns = {identity: replace(each, event_id="") for identity, each in sorted(facts.returns.items())}
    record.cancelled = {
        str(each.line_ids): replace(each, event_id="") for each in sorted(record.cancelled.values(), key=str)
    }
    record.content = record.content and replace(record.content, event_id="")
    record.told = []
    return record


def content_of(live: LiveState) -> Content:
    """The content of the memory store of a state."""
    return live.store.read(lambda snapshot: cast("Content", snapshot))
