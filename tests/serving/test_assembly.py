"""All parts of a worker together, on the files that a run leaves."""

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import UserError
from data.identity import key_from_environment
from data.logged.decisions import DECISIONS
from data.logged.predictions import PREDICTIONS
from data.times import iso, now_us
from features.online_state import records, restore
from features.online_state.events import Event, LineReturned, OrderPlaced, Receipt, Status
from features.online_state.order import Order, OrderLine
from features.online_state.seed_file import STATE
from features.stores.store import StoreError
from serving import assembly
from serving.decided import Decided
from serving.decisions.caps import Chosen
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.http.writer import client
from serving.model.folder import Pointer
from serving.model.holder import ChampionHolder
from serving.ports import ModelDescription
from serving.privacy.noted import Erasure, NotedErasures
from serving.scores import BasketScore, Degraded, Explain
from serving.settings import Settings
from serving.shops import Shop
from serving.state.home import StateHome
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import pointer, served_shop
from tests.workspace import TOP
from training.registry.provenance import folder_digest

NOW = now_us()


NOBODY = Path("no-writer")
"""The socket of a process that is not there: the worker then refuses events."""


async def written(settings: Settings, *events: Event) -> list[Receipt]:
    """Have the process that writes events apply some."""
    writer = assembly.assemble_writer(Shop.only(settings))
    await writer.start()
    try:
        return await writer.feed.submit(events)
    finally:
        await writer.stop()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with params.yaml, the seed and a champion, made the current one."""
    shop = served_shop()
    monkeypatch.setattr(client, "START_SECONDS", 0.05)
    monkeypatch.chdir(tmp_path)
    shutil.copy(TOP / "params.yaml", "params.yaml")
    shutil.copytree(TOP / "data" / "policies", Path("data", "policies"))
    shutil.copytree(shop.seed, STATE)
    about = json.loads((STATE / "about.json").read_text())
    (STATE / "about.json").write_text(json.dumps(about | {"id_key": None}))
    models = tmp_path / "models"
    shop.bundle.save(models / "7")
    Pointer(**{**pointer().model_dump(), "bundle_sha256": folder_digest(models / "7")}).write(models)
    return Settings(state=f"lmdb:{tmp_path / 'store'}", model_dir=models, prediction_log=tmp_path / "log")


@pytest.mark.parametrize("text", ["name: [", None])
def test_a_worker_starts_with_a_broken_or_missing_policy_scores_and_decides_nothing(
    settings: Settings, text: str | None
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("policy: data/policies/fashion.yaml", "policy: mine.yaml"))
    assert "policy: mine.yaml" in params.read_text()
    if text is not None:
        Path("mine.yaml").write_text(text)
    assembly.prepare(Shop.only(settings))
    parts = assembly.assemble(Shop.only(settings), NOBODY)

    async def live() -> tuple[Decided, list[str]]:
        await parts.start()
        try:
            decided = parts.deciding.decide(Order("c1", NOW, (OrderLine("p1", 1, 2000),), basket_id="b"), "r", NOW)
            return decided, [item.cause for item in parts.troubles()]
        finally:
            await parts.stop()

    decided, troubles = asyncio.run(live())

    assert 0 < decided.score.lines[0].probability < 1
    assert decided.outcome.act is None
    assert [each.cause for each in decided.outcome.degraded] == ["policy"]
    assert "mine.yaml" in decided.outcome.degraded[0].detail
    assert "policy" in troubles


def test_a_worker_scores_the_example_and_says_what_it_serves(settings: Settings) -> None:
    assembly.prepare(Shop.only(settings))
    parts = assembly.assemble(Shop.only(settings), NOBODY)

    async def live() -> tuple[list[BasketScore], ModelDescription, list[str]]:
        await parts.start()
        order = read_order(Basket.model_validate(assembly.example_request(Shop.only(settings))), NOW, parts.intake)
        scored = parts.scoring.score([order], "r1", NOW)
        troubles = [item.cause for item in parts.troubles()]
        await parts.stop()
        return scored, parts.models.describe(), troubles

    scored, described, troubles = asyncio.run(live())

    assert [(basket.model_version, basket.degraded) for basket in scored] == [("7", ())]
    assert (described.name, described.version, described.metrics) == ("shop", "7", {"test.log_loss": 0.5})
    assert troubles == ["events_away"]
    assert len(list(PREDICTIONS.read(settings.prediction_log))) == len(scored[0].lines)


def test_a_reader_scores_beside_the_service_as_a_worker_does_and_logs_nothing(settings: Settings) -> None:
    shop = Shop.only(settings)
    assembly.prepare(shop)
    parts, reader = assembly.assemble(shop, NOBODY), assembly.assemble_reader(shop)

    async def live() -> list[BasketScore]:
        await parts.start()
        scored = parts.scoring.score([order], "r1", NOW)
        await parts.stop()
        return scored

    order = read_order(Basket.model_validate(assembly.example_request(shop)), NOW, reader.intake)
    beside = reader.scorer.score([order], NOW).baskets
    reader.close()

    assert beside == asyncio.run(live())
    assert len(list(PREDICTIONS.read(settings.prediction_log))) == len(order.lines)


def test_without_a_model_a_reader_says_what_is_lacking(settings: Settings) -> None:
    assembly.prepare(Shop.only(settings))
    Pointer.path(settings.model_dir).unlink()

    with pytest.raises(UserError, match="model: none was served from here yet"):
        assembly.assemble_reader(Shop.only(settings))


def test_the_example_is_of_a_time_as_of_which_the_state_can_answer(settings: Settings) -> None:
    assembly.prepare(Shop.only(settings))
    example = Basket.model_validate(assembly.example_request(Shop.only(settings)))

    asyncio.run(written(settings, OrderPlaced("e", "o", ("l",), Order("someone", NOW, (OrderLine("p", 1, 1000),)))))
    later = assembly.example_request(Shop.only(settings))

    assert example.ordered_at == served_shop().about.as_of
    assert len(example.lines) >= 2
    assert "ordered_at" not in later  # the state is current


def test_the_log_has_the_hash_of_a_simulated_customer_whom_the_state_knows_by_the_clear_id(settings: Settings) -> None:
    assembly.prepare(Shop.only(settings))
    parts = assembly.assemble(Shop.only(settings), NOBODY)
    example = assembly.example_request(Shop.only(settings))
    known = served_shop().placed[-1].order.customer_id

    async def live() -> None:
        await parts.start()
        for name in (known, "nobody", None):
            order = read_order(Basket.model_validate({**example, "customer_id": name}), NOW, parts.intake)
            assert order.customer_id == name
            parts.scoring.score([order], str(name), NOW)
        await parts.stop()

    asyncio.run(live())

    logged = {each["request_id"]: each for each in PREDICTIONS.read(settings.prediction_log)}
    key = key_from_environment(warn=False)
    assert {name: each["customer"] for name, each in logged.items()} == {
        known: key.hash(str(known)), "nobody": key.hash("nobody"), "None": None,
    }  # fmt: skip
    assert len({each["features_sha256"] for each in logged.values()}) == 3  # the customer's history was found


@pytest.mark.parametrize(("days", "closing"), [(730, Status.APPLIED), (30, Status.REFUSED)])
def test_a_line_may_close_as_late_as_the_parameters_say(settings: Settings, days: int, closing: Status) -> None:
    chosen = Path("params.yaml").read_text()
    Path("params.yaml").write_text(chosen.replace("max_delay_days: 730", f"max_delay_days: {days}"))
    assembly.prepare(Shop.only(settings))
    lines = (OrderLine("p", 1, 1000, closes_at=NOW + 31 * 86_400_000_000),)

    receipts = asyncio.run(written(settings, OrderPlaced("e", "o", ("l",), Order("someone", NOW, lines))))

    assert [receipt.status for receipt in receipts] == [closing]


def test_a_worker_without_model_and_state_answers_and_says_what_it_lacks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChampionHolder, "look", lambda _: None)
    monkeypatch.setattr(ChampionHolder, "_fall_back", lambda _: None)
    example = Basket.model_validate(assembly.example_request(Shop.only(settings)))
    shutil.rmtree(STATE)
    parts = assembly.assemble(Shop.only(settings), NOBODY)

    async def live() -> tuple[list[BasketScore], list[str]]:
        await parts.start()
        order = read_order(example, NOW, parts.intake)
        found = parts.scoring.score([order], "r1", NOW), [item.cause for item in parts.troubles()]
        await parts.stop()
        return found

    scored, troubles = asyncio.run(live())

    assert [item.cause for item in scored[0].degraded] == ["no_model"]
    assert troubles[0] == "no_model"
    assert troubles[1].startswith("state_")


def of_another_version(settings: Settings) -> None:
    """Replace the state in the store by one whose recipe this version can't read, and remove the seed."""
    store = StateHome(settings.state, MAX_DELAY_DAYS).open()
    about = restore.current(store)
    assert about is not None
    params = {name: value for name, value in about.recipe["params"].items() if name != "prior_returns"}
    aged = replace(about, recipe={**about.recipe, "params": params})
    store.write(lambda transaction: transaction.put(records.ABOUT, records.write_about(aged)))
    store.close()
    shutil.rmtree(STATE)


def test_a_state_of_another_version_without_a_seed_of_this_one_keeps_the_service_from_starting(
    settings: Settings,
) -> None:
    assembly.prepare(Shop.only(settings))
    of_another_version(settings)

    with pytest.raises(UserError, match=r"(?s)state of this version.*prior_returns.*make its seed"):
        assembly.prepare(Shop.only(settings))


def test_a_worker_on_a_state_of_another_version_answers_from_priors_and_refuses_no_event_for_good(
    settings: Settings,
) -> None:
    assembly.prepare(Shop.only(settings))
    example = Basket.model_validate(assembly.example_request(Shop.only(settings)))
    of_another_version(settings)
    parts = assembly.assemble(Shop.only(settings), NOBODY)

    async def live() -> tuple[list[BasketScore], list[Degraded]]:
        with pytest.raises(StoreError, match="state of this version"):
            await written(settings, LineReturned("e1", "unknown", NOW))
        await parts.start()
        order = read_order(example, NOW, parts.intake)
        found = parts.scoring.score([order], "r1", NOW, explain=Explain.ALL), list(parts.troubles())
        await parts.stop()
        return found

    (scored,), troubles = asyncio.run(live())

    assert [item.cause for item in scored.degraded] == ["state_mismatch"]
    assert {line.why for line in scored.lines} == {None}
    assert troubles[0].cause == "state_mismatch"
    assert "make its seed with this version" in troubles[0].detail


def test_a_worker_makes_the_state_ready_itself_where_the_store_was_away_at_the_start(settings: Settings) -> None:
    parts = assembly.assemble(Shop.only(settings), NOBODY)

    async def live() -> list[str]:
        await parts.start()
        found = [item.cause for item in parts.troubles()]
        await parts.stop()
        return found

    assert asyncio.run(live()) == ["events_away"]  # of the state, nothing


def test_the_process_that_writes_events_knows_the_decisions_of_the_workers(settings: Settings) -> None:
    shop = Shop.only(settings)
    chosen = Chosen("d1", "b1", "content", "u1", "hint", now_us(), "{}", '{"action": "hint"}')
    caps = assembly._caps(shop)
    assert caps.take(chosen, (), 90) is None
    caps.close()

    async def statuses() -> list[str]:
        writer = assembly.assemble_writer(shop)
        await writer.start()
        try:
            at = iso(now_us())
            sent = [
                {"type": "action_shown", "event_id": name, "decision_id": name, "reacted_at": at}
                for name in ("d1", "d2")
            ]
            answer = (await writer.writing.write(json.dumps({"events": sent}).encode())).answer
            return [each["status"] for each in json.loads(answer)["results"]]
        finally:
            await writer.stop()

    assert asyncio.run(statuses()) == ["applied", "not_counted"]


def test_an_erasure_is_noted_for_the_logs_by_the_pseudonym_before_it_is_acknowledged(settings: Settings) -> None:
    shop = Shop.only(settings)
    at = now_us()

    async def noted() -> list[Erasure]:
        writer = assembly.assemble_writer(shop)
        await writer.start()
        try:
            for event in (
                {"type": "customer_erased", "event_id": "e", "customer_id": "c1", "erased_at": iso(at)},
                *(
                    {"type": "customer_contacted", "event_id": who, "customer_id": who, "contacted_at": iso(at)}
                    for who in ("c1", "c2")
                ),
            ):
                await writer.writing.write(json.dumps({"events": [event]}).encode())
        finally:
            await writer.stop()
        caps = assembly._caps(shop)
        try:
            return NotedErasures(caps.store).due()
        finally:
            caps.close()

    (found,) = asyncio.run(noted())

    assert found.unit == shop.id_key().hash("c1")
    assert found.erased_at // 1_000_000 == at // 1_000_000
    assert found.noted_at >= at
    contacts = list(DECISIONS.read(settings.decision_log))
    assert [each["customer"] for each in contacts] == [shop.id_key().hash("c2")]  # the other one is left out
