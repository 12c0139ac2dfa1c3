"""Where the time of one score goes: each step by itself, in one process, over the state of the last run."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from rich import box
from rich.table import Table

from data import params
from data.times import now_us
from features.online_state import restore
from features.online_state.basket import rows
from features.online_state.live import LiveState
from features.online_state.order import CustomerFacts, Order
from features.online_state.records import LATEST, customer_key, product_key
from features.online_state.seed_file import STATE
from features.stores.embedded import LmdbStore
from features.stores.store import Agenda
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.ports import AsGiven
from serving.scores import Explain
from serving.scoring.explainer import Asked
from serving.scoring.ready_model import Prepared, prepare
from training.costs import Costs, return_cost
from training.model.bundle import Bundle

CALLS = 2000
Steps = dict[str, list[float]]


def measure(baskets: Sequence[dict[str, Any]], calls: int = CALLS) -> Steps:
    """Time the steps of ``calls`` scores; seconds of each, by the step's name."""
    bundle = Bundle.load()
    prepared = prepare(bundle)
    bodies = [orjson.dumps(basket) for basket in baskets]
    with tempfile.TemporaryDirectory(prefix="return-risk-steps-") as folder:
        store = LmdbStore(Path(folder))
        restore.restore(STATE, store)
        live = LiveState(store, prepared.online.contents, remember_days=120, max_delay_days=730)
        while live.advance(now_us()):
            pass
        costs = params.load("costs", Costs)
        steps: Steps = {}
        for number in range(calls):
            _score(bodies[number % len(bodies)], _Parts(bundle, prepared, store, costs), steps)
        store.close()
    return {name: found[calls // 10 :] for name, found in steps.items()}


@dataclass(frozen=True)
class _Parts:
    bundle: Bundle
    prepared: Prepared
    store: LmdbStore
    costs: Costs


def _score(body: bytes, parts: _Parts, steps: Steps) -> None:
    """Score as `serving.scoring.scorer` does, with a clock between the steps."""
    bundle, store, online = parts.bundle, parts.store, parts.prepared.online

    def timed(name: str, step: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        done = step()
        steps.setdefault(name, []).append(time.perf_counter() - start)
        return done

    basket = timed("read and check the JSON", partial(Basket.model_validate_json, body))
    order: Order = timed("into our own words", partial(read_order, basket, now_us(), AsGiven()))
    keys = [LATEST, *(product_key(line.product_id) for line in order.lines), customer_key(order.customer_id or "")]
    timed(
        "store: facts and what is due",
        partial(store.read, lambda s: (s.get(keys), s.due(Agenda.CLOSE, order.ordered_at, 21))),
    )
    known = timed("features, all of the next four", partial(store.read, partial(online.ask, orders=[order])))
    lines = timed("basket counters", partial(rows, order, online.contents.basket_nodes, {}, CustomerFacts()))
    addresses = timed("addresses of counters", partial(online._addresses, lines))
    wanted = list(dict.fromkeys(address for address in addresses if address is not None))
    timed("store: counters", partial(store.read, lambda s: s.get(wanted)))
    scores = timed("trees and calibration", partial(bundle.score_rows, known.features, threads=1))
    timed("costs", partial(return_cost, scores.probability, parts.costs))
    every = store.read(partial(online.ask, orders=[order], reasons=True))
    asked = Asked([order], every.features, scores.probability, now_us())
    explainer = parts.prepared.explainer
    timed("explain: reasons", partial(explainer.explain, store, asked, Explain.REASONS))
    timed("explain: all", partial(explainer.explain, store, asked, Explain.ALL))


def table(baskets: Sequence[dict[str, Any]]) -> Table:
    """Median and 99th percentile of each step, in µs."""
    laid_out = Table(title="steps of a score of 5 lines, in one process", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("step", "p50 µs", "p99 µs"):
        laid_out.add_column(column, justify="left" if column == "step" else "right")
    for name, seconds in measure(baskets).items():
        ranked = sorted(seconds)
        laid_out.add_row(name, f"{statistics.median(ranked) * 1e6:.0f}", f"{ranked[len(ranked) * 99 // 100] * 1e6:.0f}")
    return laid_out
