"""What a decision costs beside a score, in turns on the same baskets, and whether each is in the log with its chance.

Both run in this process, over the model and the state of the last run.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from data import params
from data.identity import IdKey
from data.logged.decisions import DECISIONS
from data.times import now_us
from features.online_state import restore
from features.online_state.live import LiveState
from features.online_state.order import Order
from features.online_state.records import StateAbout
from features.online_state.seed_file import STATE
from features.stores.embedded import LmdbStore
from serving.decisions.caps import Caps
from serving.decisions.decider import Decider, Facts
from serving.decisions.faults import ProductFaults
from serving.decisions.log import DecisionLog
from serving.decisions.policy_file import watch_policy
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.model.folder import Pointer
from serving.model.holder import LoadedModel
from serving.ports import AsGiven
from serving.predictions.log import PredictionLog
from serving.scores import Explain
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.ready_model import prepare
from serving.scoring.scorer import Scorer
from serving.state.guarded_store import GuardedStore
from tests.benchmarks.serving import baskets
from training.costs import Costs
from training.decisions.policy_reading import DecisionParams
from training.model.bundle import Bundle
from training.products.params import ProductParams

POINTER = (
    '{"name": "shop", "version": 1, "bundle_sha256": "", "folder": "1", "tags": {},'
    ' "since": "2024-07-01T00:00:00Z", "fetched_at": "2024-07-01T00:00:00Z"}'
)
WARM_UP = 200


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=5000, help="baskets, each scored and decided")
    parser.add_argument("--lines", type=int, default=5, help="lines of a basket")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="return-risk-decisions-") as folder:
        _measure(Path(folder), given.decisions, given.lines)


def _measure(folder: Path, count: int, lines: int) -> None:
    store = LmdbStore(folder / "state")
    restore.restore(STATE, store)
    bundle = Bundle.load()
    prepared = prepare(bundle)
    live = LiveState(store, prepared.online.contents, remember_days=120, max_delay_days=730)
    while live.advance(now_us()):
        pass
    loaded = LoadedModel((pointer := Pointer.model_validate_json(POINTER)), bundle, prepared, pointer.since)
    guarded = GuardedStore(lambda: store, _any_state)
    guarded.look()
    costs, key = params.load("costs", Costs), IdKey(b"a key of a benchmark", public=False)
    scorer = Scorer(lambda: loaded, guarded, costs, 0.3)
    predictions = PredictionLog(folder / "predictions", 2**30, 2, queue_size=10**9)
    scoring = LoggedScoring(scorer, predictions, key.hash, keep_features=False)
    products = params.load("products", ProductParams)
    faults = ProductFaults(Path("reports/products"), products.min_probability)
    path = params.load("decisions", DecisionParams).policy
    policy = None if path is None else watch_policy(Path(path))
    facts = Facts(costs, products.segments, faults, key.hash, key.hash)
    decider = Decider(
        scoring,
        scorer,
        policy,
        facts,
        Caps(lambda: LmdbStore(folder / "caps", may_lose_last=True)),
        DecisionLog(folder / "log", 2**30),
    )
    _compare(scoring, decider, list(_orders(count + WARM_UP, lines)), folder / "log")


def _any_state(_: StateAbout) -> None:
    """Accept the state."""


def _orders(count: int, lines: int) -> Iterator[Order]:
    """Baskets of a day on which the state can answer, each with an id of its own."""
    asked = baskets(lines)
    for number in range(count):
        order = read_order(Basket.model_validate_json(orjson.dumps(asked[number % len(asked)])), now_us(), AsGiven())
        yield replace(order, basket_id=f"b{number}")


def _compare(scoring: LoggedScoring, decider: Decider, orders: Sequence[Order], log: Path) -> None:
    seconds: dict[str, list[float]] = {"score": [], "score with reasons": [], "decide": []}
    found = []
    for order in orders:
        for name, explain in (("score", Explain.NONE), ("score with reasons", Explain.REASONS)):
            start = time.perf_counter()
            scoring.score([order], "r", now_us(), 0, explain)
            seconds[name].append(time.perf_counter() - start)
        start = time.perf_counter()
        found.append(decider.decide(order, "r", now_us()))
        seconds["decide"].append(time.perf_counter() - start)
    laid_out = Table(title="in one process, in turns", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("", "p50 µs", "p90 µs", "p99 µs"):
        laid_out.add_column(column, justify="right" if column else "left")
    for name, each in seconds.items():
        ranked = sorted(each[WARM_UP:])
        at = [statistics.median(ranked), ranked[len(ranked) * 9 // 10], ranked[len(ranked) * 99 // 100]]
        laid_out.add_row(name, *[f"{value * 1e6:.0f}" for value in at])
    console = Console()
    console.print(laid_out)
    acts = Counter("nothing" if each.outcome.act is None else each.outcome.act.name for each in found)
    logged = {each["decision_id"]: each for each in DECISIONS.read(log)}
    lacking = sum(not logged.get(each.outcome.decision_id, {}).get("propensity") for each in found)
    console.print(f"{len(found)} decisions: {dict(acts)}; without a logged propensity: {lacking}")


if __name__ == "__main__":
    main()
