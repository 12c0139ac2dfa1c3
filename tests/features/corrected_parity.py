"""Law 2 while facts are corrected: at many moments, the online features against tables that are exported then.

An order that is corrected counts as if it had been placed like this. So a score and the tables of later differ by what
was corrected in between, and by nothing else: they are compared at one moment, with all that is known by then.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data import attributes, facts, tables
from data.outcome import OutcomeParams
from data.schema import CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, REJECTS, RETURNS
from data.sources.snapshot import Snapshot
from data.validate import validate
from data.validation.params import ValidationParams
from features import seed
from features.exporting.export import Base, export
from features.offline import matrix
from features.offline.lines import prepare
from features.online.features import OnlineFeatures
from features.online_state import restore
from features.online_state.events import OrderPlaced
from features.online_state.live import LiveState
from features.params import FeatureParams, OnlineParams
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from tests.features.corrections import corrected
from tests.features.event_log import Moment, event_log
from tests.features.matrices import computed_from
from tests.features.parity import Comparison, Offline
from tests.features.states import MAX_DELAY_DAYS, state_of

REMEMBER_DAYS = 3650
OF_SHOP = Snapshot({"fingerprint": "a key", "public_demo_key": False})
ORDERS_AT_ONCE = 50
FACTS = ("delivered_at", "shipped_at", "cancelled_at")
NOT_OF_BASKETS = (*FACTS, "closes_at", "exchanged_for_product", "exchanged_for_size")


@dataclass(frozen=True)
class Shop:
    """The validated tables of a shop, and the parameters of the project that reads them."""

    validated: Path
    outcome: OutcomeParams
    features: FeatureParams
    validation: ValidationParams


@dataclass
class Found:
    """What was told and compared: events by kind and receipts by status; ``lines`` of baskets by ``moments``."""

    events: Counter[str] = field(default_factory=Counter)
    receipts: Counter[str] = field(default_factory=Counter)
    moments: int = 0
    lines: int = 0
    features: int = 0
    differing: int = 0
    largest: float = 0.0
    examples: list[tuple[str, str, float, float]] = field(default_factory=list)

    def add(self, compared: Comparison) -> None:
        self.moments += 1
        self.lines += compared.lines
        self.features = len(compared.online.names)
        self.differing += compared.differing
        self.largest = max(self.largest, compared.largest)
        self.examples += compared.examples[:5]


@dataclass(frozen=True)
class Life:
    """A shop that begins with a tenth of its orders in tables, and goes on by events with corrections."""

    shop: Shop
    folder: Path
    live: LiveState
    online: OnlineFeatures
    log: list[Moment]
    later: list[Moment]
    since: int

    @classmethod
    def begin(cls, shop: Shop, folder: Path, seed_of_draws: int, begun_share: float = 0.1) -> "Life":
        log = event_log(shop.validated)
        orders = sorted(each.order.ordered_at for moment in log for each in moment.placed)
        since = orders[int(len(orders) * begun_share)]
        _cut(shop.validated, folder / "base", since)
        online = OnlineFeatures(_recipe(shop, folder))
        params, source = OnlineParams(remember_days=REMEMBER_DAYS), seed.SourceFacts("a key")
        seed.build(folder / "base", folder / "state", online.contents.recipe, source, shop.features, params)
        store = MemoryStore()
        restore.restore(folder / "state", store)
        live = state_of(online, REMEMBER_DAYS, store)
        return cls(shop, folder, live, online, log, corrected(log, since, seed_of_draws), since)

    def run(self, moments: int, orders_each: int) -> Found:
        """Tell everything; at ``moments``, evenly over the orders, compare the next ``orders_each`` as baskets."""
        placed = [each for moment in self.log for each in moment.placed if each.order.ordered_at > self.since]
        places = [len(placed) * (number + 1) // (moments + 1) for number in range(moments)]
        dues = [(placed[place].order.ordered_at + 1, placed[place : place + orders_each]) for place in places]
        found, base = Found(), Base(self.folder / "base", OF_SHOP)
        for moment in self.later:
            while dues and moment.at > dues[0][0]:
                base = self._compare(found, base, *dues.pop(0))
            self._tell(found, moment)
        return found

    def _tell(self, found: Found, moment: Moment) -> None:
        found.events.update(type(event).__name__ for event in moment.events)
        receipts = self.live.apply(moment.events, moment.at)
        found.receipts.update(str(each.status) for each in receipts)

    def _compare(self, found: Found, base: Base, at: int, orders: Sequence[OrderPlaced]) -> Base:
        while self.live.advance(at):
            pass
        asked = [_asked(each, at) for each in orders]
        done = export(self.live.store, base, self.folder / "snapshot", at, MAX_DELAY_DAYS, self.shop.features)
        compared = Comparison(self.online, self._offline(orders, at))
        for few in _parts(asked):
            ask = partial(self.online.ask, orders=[each.order for each in few], reasons=True)
            answer = self.live.store.read(ask)
            place = 0
            for each in few:
                compared.hold(each, answer.features[place : place + len(each.line_ids)])
                place += len(each.line_ids)
        found.add(compared)
        return Base(self.folder / "snapshot", done.description)

    def _offline(self, orders: Sequence[OrderPlaced], at: int) -> Offline:
        """The matrix of the exported tables, with ``orders`` placed at the time ``at``: their rows alone."""
        raw, validated = self.folder / "raw", self.folder / "validated"
        shutil.rmtree(raw, ignore_errors=True)
        shutil.copytree(self.folder / "snapshot", raw)
        _add_baskets(self.shop.validated, raw, orders, at)
        tables.write(REJECTS, REJECTS.arrow().empty_table(), raw)
        validate(raw, validated, self.folder / "report.json", self.shop.validation, self.shop.outcome)
        found, _ = computed_from(validated, self.folder, self.shop.features, self.shop.outcome)
        return Offline.of(found.filter(pc.starts_with(found["line_id"], BASKET)), self.online.names)


BASKET = "basket "


def _asked(placed: OrderPlaced, at: int) -> OrderPlaced:
    """An order as a basket at the time ``at``."""
    lines = tuple(replace(line, closes_at=None, outcome_recorded=True) for line in placed.order.lines)
    line_ids = tuple(BASKET + each for each in placed.line_ids)
    order = replace(placed.order, ordered_at=at, lines=lines)
    return replace(placed, order_id=BASKET + placed.order_id, line_ids=line_ids, order=order)


def _add_baskets(whole: Path, folder: Path, orders: Sequence[OrderPlaced], at: int) -> None:
    table = attributes.extended(ORDER_LINES, attributes.read(whole))
    rows = tables.read(table, whole)
    rows = rows.filter(pc.is_in(rows["order_id"], pa.array([each.order_id for each in orders])))
    columns = {name: rows[name] for name in rows.column_names if name not in NOT_OF_BASKETS}
    for name in ("line_id", "order_id"):
        columns[name] = pc.binary_join_element_wise(BASKET, rows[name], "")
    columns["ordered_at"] = pa.array([at] * len(rows), pa.int64()).cast(pa.timestamp("us"))
    told = tables.read(table, folder)
    baskets = pa.table({name: each for name, each in columns.items() if name in told.column_names})
    tables.write(table, pa.concat_tables([told, baskets], promote_options="default"), folder)


def _cut(validated: Path, folder: Path, since: int) -> None:
    """Write the tables with what was known at the time ``since``."""
    declared = attributes.read(validated)
    until = pa.scalar(since, pa.int64()).cast(pa.timestamp("us"))
    for table, time in (
        *((ORDER_LINES, "ordered_at"), (RETURNS, "returned_at"), (PRODUCTS, None), (CUSTOMERS, None)),
        *((each, "changed_at") for each in CHANGES.values() if each in facts.changes_in(validated)),
    ):
        whole = attributes.extended(table, declared)
        rows = tables.read(whole, validated)
        rows = rows if time is None else rows.filter(pc.less_equal(rows[time], until))
        for place, name in enumerate(rows.column_names):
            if name in FACTS:
                known = pc.if_else(pc.less_equal(rows[name], until), rows[name], pa.scalar(None, rows[name].type))
                rows = rows.set_column(place, name, known)
        tables.write(whole, rows, folder)
    attributes.write(declared, folder)


def _recipe(shop: Shop, folder: Path) -> Recipe:
    """The recipe of all features that the whole tables allow, but for posteriors: no event moves them."""
    backend = matrix.connect(shop.features, folder)
    try:
        found = matrix.recipe_of(prepare(backend, shop.validated, shop.outcome), shop.features, shop.outcome)
        return replace(found, posteriors=None)
    finally:
        backend.disconnect()
        (folder / "features.duckdb").unlink(missing_ok=True)


def _parts(asked: Sequence[OrderPlaced]) -> Iterator[Sequence[OrderPlaced]]:
    for place in range(0, len(asked), ORDERS_AT_ONCE):
        yield asked[place : place + ORDERS_AT_ONCE]
