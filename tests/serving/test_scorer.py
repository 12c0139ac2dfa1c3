"""Scores: the bundle's own, from the state's own features; and what is said when something is away."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features import restore
from features.online import OnlineFeatures
from features.stores.memory import MemoryStore
from features.stores.store import StoreError
from serving.champion import LoadedModel
from serving.guarded_store import GuardedStore
from serving.prepared import Prepared
from serving.scorer import Scorer
from tests.serving.served_shop import COSTS, ServedShop, opened, served_shop
from training.costs import return_cost

START_RATE = 0.25


@pytest.fixture(scope="module")
def shop() -> ServedShop:
    return served_shop()


@pytest.fixture(scope="module")
def model(shop: ServedShop) -> LoadedModel[Prepared]:
    return shop.model()


@pytest.fixture
def store(shop: ServedShop) -> MemoryStore:
    return shop.store()


def scorer(model: LoadedModel[Prepared] | None, store: GuardedStore) -> Scorer:
    return Scorer(lambda: model, store, COSTS, START_RATE)


def causes(scored: Scorer, shop: ServedShop) -> list[str]:
    return [item.cause for item in scored.score(shop.orders()[:1]).baskets[0].degraded]


def test_a_score_is_what_the_bundle_says_of_the_states_features(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    orders = shop.orders()
    online = OnlineFeatures(shop.recipe)
    features = store.read(lambda snapshot: online.ask(snapshot, orders)).features

    found = scorer(model, opened(store)).score(orders).baskets

    lines = [line for basket in found for line in basket.lines]
    wanted = shop.bundle.score(pd.DataFrame(features, columns=list(online.names)))
    for name in ("probability", "low", "high"):
        np.testing.assert_array_equal([getattr(line, name) for line in lines], getattr(wanted, name))
    assert [len(basket.lines) for basket in found] == [len(order.lines) for order in orders]
    assert {(basket.model_version, basket.degraded) for basket in found} == {("7", ())}


def test_baskets_that_are_asked_together_are_scored_each_by_itself(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    asked, orders = scorer(model, opened(store)), shop.orders()[:9]

    alone = [asked.score([order]).baskets[0] for order in orders]

    assert asked.score(orders).baskets == alone


def test_the_expected_cost_is_the_probability_times_the_cost_of_a_return(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    order = shop.orders()[0]

    basket = scorer(model, opened(store)).score([order]).baskets[0]

    for line, said in zip(order.lines, basket.lines, strict=True):
        cost = float(return_cost(np.array([float(line.price_minor * line.quantity)]), COSTS)[0])
        assert said.expected_cost_minor == pytest.approx(said.probability * cost)


def test_without_a_model_the_rate_that_a_shop_starts_with_stands_in(shop: ServedShop, store: MemoryStore) -> None:
    basket = scorer(None, opened(store)).score(shop.orders()[:1]).baskets[0]

    assert {(line.probability, line.low, line.high) for line in basket.lines} == {(START_RATE, 0.0, 1.0)}
    assert (basket.model_version, [item.cause for item in basket.degraded]) == (None, ["no_model"])


class Away(MemoryStore):
    """A store that can be taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.away: str | None = None
        self.asked = 0

    def read(self, ask):
        self.asked += 1
        if self.away:
            raise StoreError(self.away, "on purpose")
        return super().read(ask)


def filled(shop: ServedShop) -> Away:
    store = Away()
    restore.restore(shop.seed, store)
    return store


def test_while_the_store_is_away_the_models_prior_stands_in_and_nobody_waits_for_the_store(
    shop: ServedShop, model: LoadedModel[Prepared]
) -> None:
    store = filled(shop)
    guarded = opened(store)
    asked = scorer(model, guarded)
    store.away = "slow"

    first = asked.score(shop.orders()[:1]).baskets[0]
    before = store.asked
    later = asked.score(shop.orders()[:1]).baskets[0]

    assert first == later
    assert (store.asked, [item.cause for item in later.degraded]) == (before, ["state_slow"])
    assert {line.probability for line in later.lines} == {shop.bundle.priors["shop"]}
    assert later.data_as_of is None


def test_a_store_that_is_back_is_asked_again(shop: ServedShop, model: LoadedModel[Prepared]) -> None:
    store = filled(shop)
    guarded = opened(store)
    asked = scorer(model, guarded)
    store.away = "unreachable"
    asked.score(shop.orders()[:1])

    store.away = None
    guarded.look()

    assert "state_unreachable" not in causes(asked, shop)


def test_a_state_of_other_features_is_not_read(shop: ServedShop, store: MemoryStore) -> None:
    model = shop.model()
    other = replace(model, prepared=replace(model.prepared, state_digest="of other features"))

    assert causes(scorer(other, opened(store)), shop) == ["state_mismatch"]


def test_a_state_that_was_emptied_is_taken_for_gone(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    guarded = opened(store)
    store.clear()

    assert causes(scorer(model, guarded), shop) == ["state_gone"]


def test_a_fault_of_ours_is_answered_from_the_prior(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OnlineFeatures, "ask", lambda *_: 1 / 0)

    assert causes(scorer(model, opened(store)), shop) == ["scoring_failed"]
