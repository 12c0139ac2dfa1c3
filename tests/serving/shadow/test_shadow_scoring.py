"""A worker and the shadow together, on the files that a run leaves."""

import asyncio
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from data.logged.predictions import PREDICTIONS
from data.times import now_us, utc_now
from features.online_state.order import Order, OrderLine
from serving.assembly import start_up
from serving.assembly.shadow import assemble_shadow
from serving.assembly.worker import assemble_worker
from serving.model.folder import Challenger, Pointer, Served
from serving.model.holder import ChampionHolder
from serving.model.in_shadow import describe
from serving.process.lifeline import Lifeline
from serving.process.looks import Look
from serving.process.private_listener import PrivateListener
from serving.scoring.ready_model import Prepared, prepare
from serving.scoring.scorer import Scorer
from serving.shadow import process
from serving.shadow.server import ShadowServer
from serving.shops import Shop
from tests.serving.run_folder import run_folder, saved
from tests.serving.served_shop import COSTS, opened, pointer, served_shop
from training.registry.provenance import folder_digest

LINE = OrderLine("p1", 1, 2000)
NOW = now_us()
NEVER = Look(("false",), 0)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A folder with a seed, a champion and a version in shadow, made the current one."""
    found = run_folder(tmp_path, monkeypatch)
    for version, kind in ((7, Pointer), (8, Challenger)):
        more = {"role": "challenger", "entered_at": utc_now()} if kind is Challenger else {}
        kind(**pointer().model_dump() | more | saved(found.model_dir, version)).write(found.model_dir)
    start_up.prepare(Shop.only(found))
    return Shop.only(found)


@dataclass(frozen=True)
class Logged:
    """The records of both logs, and how the shadow is described at the end."""

    served: list[dict[str, Any]]
    beside: list[dict[str, Any]]
    refusal: str | None


def both(shop: Shop) -> Logged:
    """Score two baskets in a worker, and then in the shadow: in one process the state is open once."""
    with PrivateListener("shadow") as listener:
        parts = assemble_worker(shop, Path("no-writer"), listener.path)

        async def live() -> None:
            await parts.start()
            for number in range(2):
                order = Order(f"c{number}", NOW, (LINE, LINE), basket_id="b")
                parts.scoring.score([order], f"r{number}", NOW, number)
            await parts.stop()

        asyncio.run(live())
        shadow = assemble_shadow(shop)
        shadow.start()
        refusal = shadow.refusal()
        server = ShadowServer(listener.for_server(), shadow.score, 1.0, lambda: NOW)
        for _ in range(3):
            server.turn(0.01)
        server.close()
        shadow.stop()
    served, beside = (list(PREDICTIONS.read(each)) for each in (shop.settings.prediction_log, shop.settings.shadow_log))
    return Logged(served, beside, refusal)


def test_the_shadow_logs_the_same_baskets_with_its_own_scores(shop: Shop) -> None:
    found = both(shop)

    assert found.refusal is None
    assert {each.pop("model_version") for each in found.served} == {"7"}
    assert {each.pop("model_version") for each in found.beside} == {"8"}
    assert len(found.served) == 4
    assert found.beside == found.served  # it is the same bundle


def test_a_version_that_counts_by_features_that_the_state_has_not_is_refused_and_nothing_is_logged(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Prepared, "fits", lambda *_: False)

    found = both(shop)

    assert found.refusal is not None
    assert "make promote VERSION=" in found.refusal
    assert found.beside == []


def test_no_request_is_lost_while_champions_replace_each_other(shop: Shop) -> None:
    served, models = served_shop(), shop.settings.model_dir
    bundles = {7: served.bundle, 9: replace(served.bundle, built={"another": "model"})}
    pointers = {}
    for version, bundle in bundles.items():
        bundle.save(models / f"v{version}")
        content = {"version": version, "folder": f"v{version}", "bundle_sha256": folder_digest(models / f"v{version}")}
        pointers[version] = pointer().model_copy(update=content)
    holder = ChampionHolder(models, prepare, lambda _: None)
    scorer = Scorer(lambda: holder.model, opened(served.store()), COSTS, 0.3)
    pointers[7].write(models)
    holder.look()
    replaced = threading.Event()

    def replace_them() -> None:
        for version in (9, 7, 9, 7, 9):
            pointers[version].write(models)
            holder.look()
        replaced.set()

    thread = threading.Thread(target=replace_them)
    answers = scorer.score([Order("c1", NOW, (LINE,))], NOW).baskets
    thread.start()
    while not replaced.is_set():
        answers += scorer.score([Order("c1", NOW, (LINE,))], NOW).baskets
    thread.join()
    answers += scorer.score([Order("c1", NOW, (LINE,))], NOW).baskets

    assert {each.model_version for each in answers} == {"7", "9"}
    assert holder.refusal is None
    assert {each.degraded for each in answers} == {()}
    assert len({each.lines[0].probability for each in answers}) == 1  # it is the same booster


def test_the_process_scores_while_a_version_is_in_shadow_and_says_what_it_did(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is run in this process: its turns remove the pointer, and end it."""
    models, turns = shop.settings.model_dir, []
    monkeypatch.setattr(process, "_stand_back", lambda: None)
    monkeypatch.setattr("signal.signal", lambda _, handler: handlers.append(handler))
    handlers: list[Any] = []

    def turn(self: ShadowServer, _: float) -> None:
        turns.append(self)
        self.counts.scored = 5
        if len(turns) == 2:
            Challenger.path(models).unlink()
            handlers[0]()

    monkeypatch.setattr(ShadowServer, "turn", turn)
    monkeypatch.setattr(process, "STATUS_SECONDS", 0.0)
    before = Challenger.read(models)
    assert before is not None
    made = lambda: assemble_shadow(shop)  # noqa: E731 - a short name for the setting
    with PrivateListener("shadow") as listener:
        process.run(listener, process.ShadowSetting(models, 1.0, made, NEVER), Lifeline(None))
    before.write(models)

    described = describe(models)

    assert len(turns) == 2
    assert described is not None
    assert (described.version, described.role, described.scored_lines, described.refusal) == (
        "8",
        "challenger",
        5,
        None,
    )
    assert Served.read(models) is None  # no worker takes the version in shadow for the one that was served last
