"""All parts of a worker together, on the files that a run leaves."""

import asyncio
import shutil
from pathlib import Path

import pytest

from data.identity import key_from_environment
from data.logged.predictions import PREDICTIONS
from data.times import now_us
from features.online_state.events import LineReturned
from features.online_state.order import Order, OrderLine
from features.online_state.seed_file import STATE
from features.stores.store import StoreError
from serving.assembly.start_up import example_request, prepare
from serving.assembly.worker import assemble_worker
from serving.decided import Decided
from serving.http.wire.convert.orders import read_order
from serving.http.wire.requests.baskets import Basket
from serving.model.holder import ChampionHolder
from serving.ports import ModelDescription
from serving.scores import BasketScore, Degraded, Explain
from serving.settings import Settings
from serving.shops import Shop
from tests.serving.assembly.one_shop import NOBODY, of_another_version, written
from tests.serving.served_shop import served_shop

NOW = now_us()


@pytest.mark.parametrize("text", ["name: [", None])
def test_a_worker_starts_with_a_broken_or_missing_policy_scores_and_decides_nothing(
    settings: Settings, text: str | None
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("policy: data/policies/fashion.yaml", "policy: mine.yaml"))
    assert "policy: mine.yaml" in params.read_text()
    if text is not None:
        Path("mine.yaml").write_text(text)
    prepare(Shop.only(settings))
    parts = assemble_worker(Shop.only(settings), NOBODY)

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
    prepare(Shop.only(settings))
    parts = assemble_worker(Shop.only(settings), NOBODY)

    async def live() -> tuple[list[BasketScore], ModelDescription, list[str]]:
        await parts.start()
        order = read_order(Basket.model_validate(example_request(Shop.only(settings))), NOW, parts.intake)
        scored = parts.scoring.score([order], "r1", NOW)
        troubles = [item.cause for item in parts.troubles()]
        await parts.stop()
        return scored, parts.models.describe(), troubles

    scored, described, troubles = asyncio.run(live())

    assert [(basket.model_version, basket.degraded) for basket in scored] == [("7", ())]
    assert (described.name, described.version, described.metrics) == ("shop", "7", {"test.log_loss": 0.5})
    assert troubles == ["events_away"]
    assert len(list(PREDICTIONS.read(settings.prediction_log))) == len(scored[0].lines)


def test_the_log_has_the_hash_of_a_simulated_customer_whom_the_state_knows_by_the_clear_id(settings: Settings) -> None:
    prepare(Shop.only(settings))
    parts = assemble_worker(Shop.only(settings), NOBODY)
    example = example_request(Shop.only(settings))
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


def test_a_worker_without_model_and_state_answers_and_says_what_it_lacks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChampionHolder, "look", lambda _: None)
    monkeypatch.setattr(ChampionHolder, "_fall_back", lambda _: None)
    example = Basket.model_validate(example_request(Shop.only(settings)))
    shutil.rmtree(STATE)
    parts = assemble_worker(Shop.only(settings), NOBODY)

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


def test_a_worker_on_a_state_of_another_version_answers_from_priors_and_refuses_no_event_for_good(
    settings: Settings,
) -> None:
    prepare(Shop.only(settings))
    example = Basket.model_validate(example_request(Shop.only(settings)))
    of_another_version(settings)
    parts = assemble_worker(Shop.only(settings), NOBODY)

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
    parts = assemble_worker(Shop.only(settings), NOBODY)

    async def live() -> list[str]:
        await parts.start()
        found = [item.cause for item in parts.troubles()]
        await parts.stop()
        return found

    assert asyncio.run(live()) == ["events_away"]  # of the state, nothing
