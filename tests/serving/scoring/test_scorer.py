"""Scores: the bundle's own, from the state's features; and the fallbacks when a part is missing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from data.times import from_us, now_us
from features.online.features import OnlineFeatures
from features.online_state import restore
from features.stores.memory import MemoryStore
from features.stores.store import StoreError
from serving.model.holder import LoadedModel
from serving.model.level import LevelFile, ServedLevel
from serving.scores import Explain, Why
from serving.scoring.explainer import Explainer
from serving.scoring.ready_model import Prepared
from serving.scoring.scorer import Scorer
from serving.state.guarded_store import GuardedStore
from tests.serving.served_shop import COSTS, ServedShop, opened, served_shop, shop_of_sizes
from tests.training.small_matrix import INTERVAL
from training.costs import return_cost
from training.model.joint.model import Joint
from training.model.joint.states import Coupling
from training.model.spread import Spread

START_RATE = 0.25
SPREAD, JOINT = Spread.before_outcomes(INTERVAL), Joint(1.2, Coupling(-0.1, 0.2, 0.5))
NOW = now_us()


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
    return [item.cause for item in scored.score(shop.orders()[:1], NOW).baskets[0].degraded]


def test_a_score_is_what_the_bundle_says_of_the_states_features(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    orders = shop.orders()
    online = OnlineFeatures(shop.recipe)
    features = store.read(lambda snapshot: online.ask(snapshot, orders)).features

    found = scorer(model, opened(store)).score(orders, NOW).baskets

    lines = [line for basket in found for line in basket.lines]
    wanted = shop.bundle.score(pd.DataFrame(features, columns=list(online.names)))
    for name in ("probability", "low", "high"):
        np.testing.assert_array_equal([getattr(line, name) for line in lines], getattr(wanted, name))
    assert [len(basket.lines) for basket in found] == [len(order.lines) for order in orders]
    assert {(basket.model_version, basket.degraded) for basket in found} == {("7", ())}


def test_the_level_moves_the_log_odds_of_every_answer_and_the_base_of_its_drivers(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    file = LevelFile(bundle_sha256="", shift=0.3, as_of=from_us(NOW), lines=9, settled_lines=3, bounded=False)
    moved = replace(model, level=ServedLevel(file))

    plain, at_level = (
        [
            line
            for basket in scorer(each, opened(store)).score(shop.orders(), NOW, Explain.ALL).baskets
            for line in basket.lines
        ]
        for each in (model, moved)
    )

    np.testing.assert_allclose(
        logit([line.probability for line in at_level]), logit([line.probability for line in plain]) + 0.3, atol=1e-9
    )
    for one, other in zip(plain, at_level, strict=True):
        assert one.why is not None
        assert other.why is not None
        assert one.why.drivers is not None
        assert other.why.drivers is not None
        assert other.why.drivers.factors == one.why.drivers.factors
        assert other.why.drivers.log_odds == pytest.approx(logit(other.probability), abs=1e-9)
        assert all(then.probability < other.probability for then in other.why.what_ifs or ())
    gone = [
        scorer(each, opened(MemoryStore())).score(shop.orders()[:1], NOW).baskets[0].lines[0] for each in (model, moved)
    ]
    assert logit(gone[1].probability) == pytest.approx(logit(gone[0].probability) + 0.3)


def test_what_ifs_are_scored_at_the_level_of_their_lines() -> None:
    shop = shop_of_sizes()
    file = LevelFile(bundle_sha256="", shift=0.3, as_of=from_us(NOW), lines=9, settled_lines=3, bounded=False)
    model, store = shop.model(), opened(shop.store())

    plain, at_level = (
        {
            (place, then.change, then.size): then.probability
            for basket in scorer(each, store).score(shop.orders(), NOW, Explain.ALL).baskets
            for place, line in enumerate(basket.lines)
            for then in (line.why.what_ifs if line.why else None) or ()
        }
        for each in (model, replace(model, level=ServedLevel(file)))
    )

    both = plain.keys() & at_level.keys()
    assert both
    for key in both:
        assert logit(at_level[key]) == pytest.approx(logit(plain[key]) + 0.3, abs=1e-9)


def test_baskets_that_are_asked_together_are_scored_each_by_itself(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    asked, orders = scorer(model, opened(store)), shop.orders()[:9]

    alone = [asked.score([order], NOW).baskets[0] for order in orders]

    assert asked.score(orders, NOW).baskets == alone


def test_the_lines_of_a_basket_are_taken_together_with_their_own_probabilities(
    shop: ServedShop, store: MemoryStore
) -> None:
    bundle = replace(shop.bundle, spread=SPREAD, joint=JOINT)
    orders = shop.orders()

    found = scorer(shop.model(bundle), opened(store)).score(orders, NOW).baskets

    assert {basket.degraded for basket in found} == {()}
    for basket, order in zip(found, orders, strict=True):
        assert basket.outcomes is not None
        mean = sum(count * chance for count, chance in enumerate(basket.outcomes.returned_lines))
        assert mean == pytest.approx(sum(line.probability for line in basket.lines), abs=1e-5)
        most = sum(line.price_minor * line.quantity for line in order.lines)
        assert all(0 <= value <= most for _, value in basket.outcomes.returned_value)


def test_a_basket_whose_lines_cannot_be_taken_together_is_scored_nonetheless(
    shop: ServedShop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = replace(shop.bundle, spread=SPREAD, joint=JOINT)
    monkeypatch.setattr(Joint, "outcomes", lambda *_: 1 / 0)

    found = scorer(shop.model(bundle), opened(store)).score(shop.orders()[:1], NOW).baskets[0]

    assert [each.cause for each in found.degraded] == ["outcomes_failed"]
    assert found.outcomes is None
    assert found.model_version == "7"


def test_the_expected_cost_is_the_probability_times_the_cost_of_a_return(
    shop: ServedShop, model: LoadedModel[Prepared], store: MemoryStore
) -> None:
    order = shop.orders()[0]

    basket = scorer(model, opened(store)).score([order], NOW).baskets[0]

    for line, said in zip(order.lines, basket.lines, strict=True):
        cost = float(return_cost(np.array([float(line.price_minor * line.quantity)]), COSTS)[0])
        assert said.expected_cost_minor == pytest.approx(said.probability * cost)


def test_without_a_model_the_rate_that_a_shop_starts_with_stands_in(shop: ServedShop, store: MemoryStore) -> None:
    basket = scorer(None, opened(store)).score(shop.orders()[:1], NOW).baskets[0]

    assert {(line.probability, line.low, line.high) for line in basket.lines} == {(START_RATE, 0.0, 1.0)}
    assert (basket.model_version, [item.cause for item in basket.degraded]) == (None, ["no_model"])


class Away(MemoryStore):
    """A store that can become unreachable."""

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

    first = asked.score(shop.orders()[:1], NOW).baskets[0]
    before = store.asked
    later = asked.score(shop.orders()[:1], NOW).baskets[0]

    assert first == later
    assert (store.asked, [item.cause for item in later.degraded]) == (before, ["state_slow"])
    assert {line.probability for line in later.lines} == {shop.bundle.priors["shop"]}
    assert later.data_as_of is None


def test_a_store_that_is_back_is_asked_again(shop: ServedShop, model: LoadedModel[Prepared]) -> None:
    store = filled(shop)
    guarded = opened(store)
    asked = scorer(model, guarded)
    store.away = "unreachable"
    asked.score(shop.orders()[:1], NOW)

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


# --- why ---


@pytest.fixture(scope="module")
def sized() -> ServedShop:
    return shop_of_sizes()


@pytest.fixture(scope="module")
def explained(sized: ServedShop) -> Scorer:
    return scorer(sized.model(), opened(sized.store()))


class Broken(Explainer):
    """An explainer that must not be called."""

    def explain(self, *_):
        raise ZeroDivisionError


def without_explainer(shop: ServedShop) -> Scorer:
    """A scorer whose explainer fails."""
    model = shop.model()
    broken = Broken(model.bundle, model.prepared.online)
    return scorer(replace(model, prepared=replace(model.prepared, explainer=broken)), opened(shop.store()))


def test_scores_without_their_why_are_not_explained_and_read_no_features_of_reasons(
    sized: ServedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    ask = OnlineFeatures.ask

    def noting(*given, reasons: bool = False):
        asked.append(reasons)
        return ask(*given, reasons=reasons)

    monkeypatch.setattr(OnlineFeatures, "ask", noting)
    basket = without_explainer(sized).score(sized.orders()[:1], NOW).baskets[0]

    assert (basket.degraded, {line.why for line in basket.lines}, asked) == ((), {None}, [False])


@pytest.mark.parametrize("explain", [Explain.REASONS, Explain.ALL])
def test_the_score_is_the_same_with_its_why(explained: Scorer, sized: ServedShop, explain: Explain) -> None:
    orders = sized.orders()
    without, with_why = explained.score(orders, NOW), explained.score(orders, NOW, explain)

    assert [[line._replace(why=None) for line in basket.lines] for basket in with_why.baskets] == [
        list(basket.lines) for basket in without.baskets
    ]
    assert without.features is not None
    assert with_why.features is not None
    np.testing.assert_array_equal(with_why.features, without.features)
    assert with_why.names == without.names == sized.bundle.score_features


def test_as_much_is_said_as_was_asked_for(explained: Scorer, sized: ServedShop) -> None:
    for explain, parts in ((Explain.REASONS, (True, False, False)), (Explain.ALL, (True, True, True))):
        for basket in explained.score(sized.orders(), NOW, explain).baskets:
            whys = [line.why for line in basket.lines]
            said = {
                None if why is None else tuple(each is not None for each in (why.reasons, why.drivers, why.what_ifs))
                for why in whys
            }
            assert said == {parts}


def test_baskets_that_are_asked_together_are_explained_each_by_itself(explained: Scorer, sized: ServedShop) -> None:
    orders = sized.orders()[:20]

    alone = [line.why for order in orders for line in explained.score([order], NOW, Explain.ALL).baskets[0].lines]
    together = [line.why for basket in explained.score(orders, NOW, Explain.ALL).baskets for line in basket.lines]

    assert any(why is not None and why.what_ifs for why in alone)
    for one, other in zip(alone, together, strict=True):
        # Many lines are computed at once, few one by one, and a power may differ in its last digit.
        assert numbers_of(one) == pytest.approx(numbers_of(other), rel=1e-9, abs=1e-12)
        assert words_of(one) == words_of(other)


def numbers_of(why: Why | None) -> list[float]:
    assert why is not None
    assert why.reasons is not None
    assert why.drivers is not None
    assert why.what_ifs is not None
    changes = [each.probability for each in why.what_ifs]
    return [*why.reasons.values(), *(each.contribution for each in why.drivers.factors), *changes]


def words_of(why: Why | None) -> list[object]:
    assert why is not None
    assert why.reasons is not None
    assert why.drivers is not None
    assert why.what_ifs is not None
    factors = [(each.factor, each.feature, each.sentence) for each in why.drivers.factors]
    return [*why.reasons, *factors, *((each.change, each.size, each.removed_lines) for each in why.what_ifs)]


def test_a_score_stands_where_its_why_fails(
    explained: Scorer, sized: ServedShop, caplog: pytest.LogCaptureFixture
) -> None:
    orders = sized.orders()[:2]

    found = without_explainer(sized).score(orders, NOW, Explain.ALL).baskets

    assert [basket.lines for basket in found] == [basket.lines for basket in explained.score(orders, NOW).baskets]
    assert [[item.cause for item in basket.degraded] for basket in found] == [["explaining_failed"]] * 2
    assert "ZeroDivisionError" in caplog.text


def test_a_store_that_goes_away_between_the_score_and_its_why_leaves_the_score(sized: ServedShop) -> None:
    store = Away()
    restore.restore(sized.seed, store)
    asked, orders = scorer(sized.model(), opened(store)), sized.orders()[:1]
    read, reads = store.read, []

    def away_from_the_second_read_on(ask):
        reads.append(ask)
        if len(reads) > 1:
            raise StoreError("slow", "on purpose")
        return read(ask)

    store.read = away_from_the_second_read_on  # type: ignore[method-assign]
    first, later = (asked.score(orders, NOW, Explain.ALL).baskets[0] for _ in range(2))

    assert "explaining_failed" in [item.cause for item in first.degraded]
    assert {line.probability for line in first.lines} != {sized.bundle.priors["shop"]}
    assert ([item.cause for item in later.degraded], len(reads)) == (["state_slow"], 2)


def test_priors_are_not_explained(sized: ServedShop) -> None:
    store = sized.store()
    emptied = opened(store)
    store.clear()

    for asked in (scorer(None, opened(sized.store())), scorer(sized.model(), emptied)):
        basket = asked.score(sized.orders()[:1], NOW, Explain.ALL).baskets[0]
        assert {line.why for line in basket.lines} == {None}
        assert "explaining_failed" not in [item.cause for item in basket.degraded]
