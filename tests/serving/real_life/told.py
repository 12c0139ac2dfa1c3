"""Tells the lives to a state, and asks the state and the tables that are written from it the same question.

The question is a basket of one line of each life's customer. What the state answers is what a score would read.
What the tables say is computed by the offline execution, from tables that `make tables` would write at that moment, in
which the basket stands as an order.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend
from pydantic import TypeAdapter

from data import tables
from data.arrays import Floats
from data.schema import ORDER_LINES, REJECTS
from data.sources.snapshot import Snapshot
from data.times import MICROSECONDS_PER_DAY, table_time
from data.validate import validate
from features import seed
from features.exporting.export import Base, export
from features.offline import matrix
from features.offline.lines import prepare
from features.online.features import OnlineFeatures
from features.online_state import restore
from features.online_state.events import Event, OrderPlaced, Receipt
from features.online_state.order import Order, OrderLine
from features.params import OnlineParams
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from serving.http.wire.convert.events import read_event
from serving.http.wire.requests.events import Event as WireEvent
from serving.ports import AsGiven
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.matrices import computed_from
from tests.features.parity import Comparison, Offline
from tests.features.states import MAX_DELAY_DAYS, state_of
from tests.features.test_corrected_parity import ANY, few_columns
from tests.serving.real_life.lives import MINUTE, NOW, Life, Sent

REMEMBER_DAYS = 400
RIGHT_AFTER = NOW + MINUTE
MOMENTS = (NOW, RIGHT_AFTER, NOW + 60 * MICROSECONDS_PER_DAY)
"""Just before the event of each life, right after it, and once all windows have closed."""
BASKET = "basket "


@dataclass
class Shown:
    """What became of a life: the receipt of its event, and the features of its basket at each of `MOMENTS`.

    ``state``: by moment, shape (features,); ``tables``: the same for each moment at which tables were written.
    ``differing``: (feature, line, by the tables, by the state) of the features that differ.
    """

    life: Life
    receipt: Receipt
    state: list[Floats] = field(default_factory=list)
    tables: list[Floats] = field(default_factory=list)
    differing: list[tuple[str, str, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """All lives, and the names of the features."""

    names: tuple[str, ...]
    lives: Sequence[Shown]


def tell(lives: Sequence[Life], folder: Path, of_tables: Sequence[int] = MOMENTS) -> Told:
    """Tell ``lives`` to a state that begins with a few orders, in ``folder``, and ask at each of `MOMENTS`.

    ``of_tables``: the moments at which tables are written and asked, too.
    """
    scene = _Scene(folder)
    scene.live.apply([_read(sent) for life in lives for sent in life.known], NOW - MINUTE)
    before = scene.ask(lives, MOMENTS[0], of_tables)
    receipts = scene.live.apply([_read(life.event) for life in lives], NOW)
    answers = [before, *(scene.ask(lives, at, of_tables) for at in MOMENTS[1:])]
    shown = [Shown(life, receipt) for life, receipt in zip(lives, receipts, strict=True)]
    for state, offline in answers:
        for place, (each, life) in enumerate(zip(shown, lives, strict=True)):
            found, basket = state[place], _basket(life, 0)
            each.state.append(found)
            if offline is None:
                continue
            compared = Comparison(scene.online, offline)
            compared.hold(basket, found[np.newaxis])
            each.tables.append(offline.values[offline.row_of[basket.line_ids[0]]])
            each.differing += compared.examples
    return Told(scene.online.names, shown)


def _read(sent: Sent) -> Event:
    return read_event(_WIRE.validate_json(json.dumps(sent)), AsGiven())


_WIRE: TypeAdapter[WireEvent] = TypeAdapter(WireEvent)


def _basket(life: Life, at: int) -> OrderPlaced:
    order = Order(life.customer, at, (OrderLine("p1", 1, 1000),))
    name = f"{BASKET}{life.customer}"
    return OrderPlaced(name, name, (name,), order)


class _Scene:
    """A shop of a few orders, and the state that began with its tables."""

    def __init__(self, folder: Path) -> None:
        self._folder, base = folder, folder / "base"
        few_columns(crowded_shop(orders=6, lives=True)).write(base)
        self.online = OnlineFeatures(self._recipe(base))
        params, source = OnlineParams(remember_days=REMEMBER_DAYS), seed.SourceFacts("a key")
        seed.build(base, folder / "state", self.online.contents.recipe, source, PARAMS, params)
        store = MemoryStore()
        restore.restore(folder / "state", store)
        self.live = state_of(self.online, REMEMBER_DAYS, store)
        self._base = Base(base, Snapshot({"fingerprint": "a key", "public_demo_key": False}))

    def ask(self, lives: Sequence[Life], at: int, of_tables: Sequence[int]) -> tuple[Floats, Offline | None]:
        """The features of each life's basket by the state, and the matrix of the tables where ``at`` is among these."""
        while self.live.advance(at):
            pass
        baskets = [_basket(life, at) for life in lives]
        asked = [each.order for each in baskets]
        found = self.live.store.read(lambda snapshot: self.online.ask(snapshot, asked, reasons=True)).features
        if at not in of_tables:
            return found, None
        done = export(self.live.store, self._base, self._folder / "snapshot", at, MAX_DELAY_DAYS, PARAMS)
        self._base = Base(self._folder / "snapshot", done.description)
        return found, self._offline(baskets)

    def _offline(self, baskets: Sequence[OrderPlaced]) -> Offline:
        raw, validated = self._folder / "raw", self._folder / "validated"
        shutil.rmtree(raw, ignore_errors=True)
        shutil.copytree(self._folder / "snapshot", raw)
        told = tables.read(ORDER_LINES, raw)
        rows = pa.Table.from_pylist([_row(each) for each in baskets], schema=told.schema)
        tables.write(ORDER_LINES, pa.concat_tables([told, rows]), raw)
        tables.write(REJECTS, REJECTS.arrow().empty_table(), raw)
        validate(raw, validated, self._folder / "report.json", ANY, OUTCOME)
        found, _ = computed_from(validated, self._folder, PARAMS, OUTCOME)
        return Offline.of(found.filter(pc.starts_with(found["line_id"], BASKET)), self.online.names)

    def _recipe(self, base: Path) -> Recipe:
        backend = matrix.connect(PARAMS, self._folder)
        try:
            return matrix.recipe_of(prepare(backend, base, OUTCOME), PARAMS, OUTCOME)
        finally:
            self._close(backend)

    def _close(self, backend: Backend) -> None:
        backend.disconnect()
        (self._folder / "features.duckdb").unlink(missing_ok=True)


def _row(placed: OrderPlaced) -> dict[str, object]:
    (line,), (name,) = placed.order.lines, placed.line_ids
    return {
        "line_id": name,
        "order_id": name,
        "customer_id": placed.order.customer_id,
        "product_id": line.product_id,
        "ordered_at": table_time(placed.order.ordered_at),
        "quantity": line.quantity,
        "price_minor": line.price_minor,
    }
