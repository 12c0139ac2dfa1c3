"""Failures in operation, with the real parts: of the store, of the model, and of a worker that is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features import seed
from features.catalog import CatalogEntry
from features.online.features import OnlineFeatures
from features.online_state.order import Order, OrderLine
from features.params import OnlineParams
from features.recipe import Recipe
from features.stores.store import StoreError
from serving.model.folder import Pointer
from serving.model.holder import ChampionHolder, LoadedModel
from serving.scoring.ready_model import Prepared, prepare, rehearse
from serving.scoring.scorer import ScoredBaskets, Scorer, prior_of
from serving.state.guarded_store import GuardedStore
from serving.state.home import StateHome
from tests.benchmarks.fault_check import Twin
from tests.benchmarks.fault_clients import Baskets, Orders
from tests.features.crowded_shop import PARAMS, crowded_shop
from tests.features.seeds import FEW_COLUMNS, REMEMBER_DAYS, recipe_of
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import any_state
from tests.training.small_matrix import MODEL
from tests.workspace import TOP, environment
from training.costs import Costs
from training.model.booster import fit
from training.model.bundle import Bundle
from training.model.calibrate import Calibrator
from training.model.learners.trees import Trees
from training.model.matrix import Rows
from training.registry.provenance import folder_digest

NOW = datetime(2024, 6, 1, tzinfo=UTC)
BASKET = Order("c1", 1_717_200_000_000_000, (OrderLine("p1", 1, 2000, 2000, None, "red"),))
KILLED = ("worker", "event writer", "worker", "event writer")

SCENE = """
import logging, sys
from pathlib import Path
from serving import app, writer
from serving.assembly import parts, start_up
from serving.process.listener import Listener
from serving.process.private_listener import PrivateListener
from serving.process.supervisor import Supervisor
from serving.settings import Settings
from serving.shops import Shop
from serving.start import roles
from serving.state.home import StateHome
logging.basicConfig(level="INFO", stream=sys.stderr)
settings, folder = Settings.from_environment(), Path(sys.argv[1])
parts.home = lambda given: StateHome(given.settings.state, 730, folder / "seed")
start_up.prepare(Shop.only(settings))
listener = Listener("127.0.0.1", 0, settings.workers)
def announce():
    (folder / "port.partial").write_text(str(listener.port))
    (folder / "port.partial").rename(folder / "port")
with PrivateListener() as private, PrivateListener("shadow") as shadow:
    Supervisor(roles(listener, [(Shop.only(settings), private, shadow)]), listener, 10, announce).run()
"""


def bundle_of(recipe: Recipe) -> Bundle:
    """A bundle with the features of ``recipe``, fitted to noise."""
    names, rng = OnlineFeatures(recipe).names, np.random.default_rng(5)
    x, labels = rng.normal(size=(400, len(names))), rng.integers(0, 2, 400).astype(np.int8)
    catalog = tuple(
        CatalogEntry(name, "double", "share", "any", name, "never", (), only_reasons=False) for name in names
    )
    calibrator = Calibrator(1.0, 0.0, np.array([0.5]), np.array([0.0, 0.5]), np.array([0.5, 1.0]))
    model = Trees(fit(Rows(x, labels, names), MODEL, 5))
    return Bundle(catalog, model, calibrator, None, recipe.as_json(), {"shop": 0.25}, {"trees": 5})


@dataclass(frozen=True)
class Stock:
    """A seed with the bundle for it, and a state that was loaded from it."""

    seed: Path
    bundle: Bundle
    state: Path


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    folder, recipe = tmp_path_factory.mktemp("stock"), recipe_of(FEW_COLUMNS)
    validated, days = crowded_shop().write(folder / "validated"), OnlineParams(remember_days=REMEMBER_DAYS)
    seed.build(validated, folder / "seed", recipe, seed.SourceFacts(None), PARAMS, days)
    home_of(folder / "state", folder / "seed").prepare()
    return Stock(folder / "seed", bundle_of(recipe), folder / "state")


def home_of(state: Path, seed_: Path) -> StateHome:
    return StateHome(f"lmdb:{state}", MAX_DELAY_DAYS, seed_)


def data_file(state: Path) -> Path:
    (found,) = state.glob("*-*/data.mdb")
    return found


@pytest.fixture
def state(stock: Stock, tmp_path: Path) -> Path:
    """A copy of the state, to be broken."""
    return shutil.copytree(stock.state, tmp_path / "state", ignore=shutil.ignore_patterns("lock.mdb"))


@pytest.fixture
def guarded(stock: Stock, state: Path) -> Iterator[GuardedStore]:
    store = GuardedStore(home_of(state, stock.seed).open, any_state, look_seconds=0.02)
    yield store
    store.close()


def scorer_of(store: GuardedStore, model: Callable[[], LoadedModel[Prepared] | None]) -> Scorer:
    costs = Costs(
        return_fixed_minor=300,
        return_value_share=0.1,
        margin_share=0.4,
        warning_avoids_returns=0.1,
        warning_stops_kept=0.1,
    )
    return Scorer(model, store, costs, start_rate=0.3)


def loaded(bundle: Bundle) -> LoadedModel[Prepared]:
    pointer = Pointer(name="m", version=3, bundle_sha256="0", folder="3", tags={}, since=NOW, fetched_at=NOW)
    return LoadedModel(pointer, bundle, prepare(bundle), NOW)


def causes(scored: ScoredBaskets) -> list[str]:
    return [each.cause for basket in scored.baskets for each in basket.degraded]


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(2000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it never came to hold")


def test_a_deleted_store_is_stood_in_for_by_priors_until_it_is_back(
    stock: Stock, state: Path, guarded: GuardedStore
) -> None:
    model, file = loaded(stock.bundle), data_file(state)
    scorer = scorer_of(guarded, lambda: model)
    guarded.start()
    before = scorer.score([BASKET], BASKET.ordered_at)

    file.rename(file.with_suffix(".away"))
    without = scorer.score([BASKET], BASKET.ordered_at)
    file.with_suffix(".away").rename(file)
    wait_until(lambda: guarded.trouble is None)
    after = scorer.score([BASKET], BASKET.ordered_at)

    assert causes(before) == []
    assert causes(without) == ["state_gone"]
    assert without.baskets[0].lines[0].probability == prior_of(stock.bundle).probability
    assert without.baskets[0].model_version == "3"
    assert after.baskets == before.baskets


def test_a_store_that_is_cut_short_is_stood_in_for_from_the_start(
    stock: Stock, state: Path, guarded: GuardedStore
) -> None:
    model, file = loaded(stock.bundle), data_file(state)
    os.truncate(file, file.stat().st_size // 2)

    guarded.start()
    scored = scorer_of(guarded, lambda: model).score([BASKET], BASKET.ordered_at)

    assert causes(scored) == ["state_corrupt"]
    assert scored.baskets[0].lines[0].probability == prior_of(stock.bundle).probability


def test_a_store_that_was_found_broken_takes_no_more_events(stock: Stock, state: Path, guarded: GuardedStore) -> None:
    model, file = loaded(stock.bundle), data_file(state)
    guarded.look()
    changes: list[object] = []
    guarded.write(changes.append)

    guarded.trouble = StoreError("corrupt", f"{file} has a broken page")
    with pytest.raises(StoreError, match="broken page"):
        guarded.write(changes.append)

    assert len(changes) == 1
    assert causes(scorer_of(guarded, lambda: model).score([BASKET], BASKET.ordered_at)) == ["state_corrupt"]


def test_a_state_of_another_recipe_is_not_read(stock: Stock, guarded: GuardedStore) -> None:
    other = loaded(bundle_of(recipe_of(FEW_COLUMNS - {"color"})))
    guarded.start()

    scored = scorer_of(guarded, lambda: other).score([BASKET], BASKET.ordered_at)

    assert guarded.about is not None
    assert causes(scored) == ["state_mismatch"]
    assert stock.bundle.features != other.bundle.features


def test_a_broken_bundle_is_refused_while_the_one_before_goes_on(
    stock: Stock, guarded: GuardedStore, tmp_path: Path
) -> None:
    held = ChampionHolder(tmp_path, prepare, lambda model: rehearse(model.bundle, model.prepared))
    scorer = scorer_of(guarded, lambda: held.model)
    guarded.start()
    point(tmp_path, 3, stock.bundle)
    held.look()
    before = scorer.score([BASKET], BASKET.ordered_at)

    point(tmp_path, 4, stock.bundle, keep_bytes=2000)
    held.look()
    after = scorer.score([BASKET], BASKET.ordered_at)

    assert held.refusal is not None
    assert held.refusal.pointer is not None
    assert held.refusal.pointer.version == 4
    assert causes(before) == causes(after) == []
    assert after.baskets == before.baskets


def point(model_dir: Path, version: int, bundle: Bundle, keep_bytes: int | None = None) -> None:
    """Point to a bundle whose trees are cut after ``keep_bytes``, with the digest of the cut files."""
    folder = model_dir / str(version)
    bundle.save(folder)
    if keep_bytes is not None:
        os.truncate(folder / "booster.txt", keep_bytes)
    digest = folder_digest(folder)
    Pointer(
        name="m", version=version, bundle_sha256=digest, folder=folder.name, tags={}, since=NOW, fetched_at=NOW
    ).write(model_dir)


def test_no_acknowledged_order_is_lost_or_counted_twice_when_workers_and_the_writer_are_killed(
    stock: Stock, tmp_path: Path
) -> None:
    shutil.copytree(stock.seed, tmp_path / "seed")
    point(tmp_path / "models", 3, stock.bundle)
    bodies = [
        {"customer_id": "c1", "lines": [{"product_id": f"p{n}", "quantity": 1, "price_minor": 2000}]} for n in range(6)
    ]

    with serving(tmp_path) as (url, pid), Baskets(url, bodies) as baskets, Orders(url, bodies, rate=40) as orders:
        for name in KILLED:
            wait_for_answers(baskets, orders)
            os.kill(process(pid, name), signal.SIGKILL)
        wait_for_answers(baskets, orders)

    twin = Twin(stock.seed)
    store = home_of(tmp_path / "state", stock.seed).open()
    held = twin.compare(store, orders.acknowledged)
    store.close()
    assert held.well, str(held)
    assert {one.status for one in baskets.since(0)} == {200}
    assert {cause for one in baskets.since(0) for cause in one.causes} == set()


def wait_for_answers(baskets: Baskets, orders: Orders) -> None:
    since, told = time.monotonic(), len(orders.acknowledged)
    wait_until(lambda: len(baskets.since(since)) > 10 and len(orders.acknowledged) > told + 5)


class serving:  # noqa: N801 - reads as a function
    """The supervisor with a worker over the seed, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> tuple[str, int]:
        variables = environment(
            RETURN_RISK_STATE=f"lmdb:{self._folder / 'state'}",
            RETURN_RISK_MODEL_DIR=str(self._folder / "models"),
            RETURN_RISK_PREDICTION_LOG=str(self._folder / "predictions"),
            RETURN_RISK_WORKERS="1",
            RETURN_RISK_LOG_LEVEL="warning",
            OMP_NUM_THREADS="1",
            PYTHONPATH=str(TOP),
        )
        with (self._folder / "log").open("w") as log:
            command = [sys.executable, "-c", SCENE, str(self._folder)]
            self._process = subprocess.Popen(command, cwd=TOP, env=variables, stdout=log, stderr=log)
        port = self._folder / "port"
        for _ in range(6000):
            if port.exists() or self._process.poll() is not None:
                break
            time.sleep(0.01)
        assert port.exists(), (self._folder / "log").read_text()
        return f"http://127.0.0.1:{port.read_text()}", self._process.pid

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


def process(pid: int, name: str) -> int:
    """The process of that name that the supervisor keeps; it may be starting anew."""
    for _ in range(2000):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found = [int(each) for each in children if Path(f"/proc/{each}/comm").read_text().strip() == name]
        if found:
            return found[0]
        time.sleep(0.01)
    raise TimeoutError(name)
