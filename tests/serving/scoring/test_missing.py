"""What an answer says that the request lacks: through the scorer, on a state that knows facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp

import numpy as np
import pytest
from scipy.special import logit

from features.build import _entry
from features.online.features import OnlineFeatures
from features.online_state import records as state_records
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.stores.memory import MemoryStore
from serving.model.holder import LoadedModel
from serving.scores import BasketScore, Unusual
from serving.scoring.ready_model import prepare
from serving.scoring.scorer import Scorer
from tests.features import seeds
from tests.features.crowded_shop import crowded_shop
from tests.features.event_log import event_log
from tests.features.states import REMEMBER_DAYS, state_of, without_history
from tests.serving.served_shop import AFTER, COSTS, opened, pointer
from tests.serving.small_models import nothing_calibrated
from tests.training.small_matrix import INTERVAL, MODEL
from training.model.asked import Asked, AskedField
from training.model.booster import fit
from training.model.bundle import Bundle
from training.model.learners.trees import Trees
from training.model.matrix import Rows
from training.model.spread import Spread
from training.model.unsent import ANY, FieldWorth

ALWAYS = {ANY: 1.0}
WORTHS = {
    "payment_method": FieldWorth(0.9, ALWAYS),
    "product": FieldWorth(0.8, ALWAYS),
    "customer_id": FieldWorth(0.7, ALWAYS),
    "size": FieldWorth(0.6, {ANY: 0.9, "dresses": 1.0, "phones": 0.1}),
    "product.brand": FieldWorth(0.5, ALWAYS),
    "customer.registered_at": FieldWorth(0.4, ALWAYS),
    "attributes.gift": FieldWorth(0.3, ALWAYS),
    "region": FieldWorth(0.2, {ANY: 0.4}),
}
DRESS, BRANDLESS, PHONE = "p0", "p3", "p4"
KNOWN, WITHOUT_DATE = "c0", "c7"


@dataclass(frozen=True)
class KnowingShop:
    """A state that knows the facts of a crowded shop, and a model of its features."""

    store: MemoryStore
    bundle: Bundle

    def score(self, *orders: Order, worths: Mapping[str, FieldWorth] | None = WORTHS) -> list[BasketScore]:
        bundle = replace(self.bundle, unsent=worths)
        model = LoadedModel(pointer(), bundle, prepare(bundle), pointer().since)
        found = Scorer(lambda: model, opened(self.store), COSTS, 0.3).score(orders, AFTER).baskets
        assert {each.degraded for each in found} == {()}
        return found

    def missing(self, order: Order) -> list[str]:
        """The names of what the order lacks, in the order of the answer."""
        missing = self.score(order)[0].missing
        assert missing is not None
        return [each.field for each in missing]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> KnowingShop:
    recipe = seeds.recipe_of(seeds.EVERY_COLUMN)
    log = event_log(crowded_shop(orders=20).write(tmp_path_factory.mktemp("shop")))
    online = OnlineFeatures(recipe)
    about = state_records.StateAbout("", recipe.as_json(), online.contents.digest, None, None, REMEMBER_DAYS)
    store = MemoryStore()
    live = state_of(online, store=store)
    seeds.feed(live, log)
    seeds.advance(live, AFTER)
    store.write(lambda transaction: transaction.put(state_records.ABOUT, state_records.write_about(about)))
    x = without_history(online, [placed.order for moment in log for placed in moment.placed])
    y = np.random.default_rng(1).integers(0, 2, len(x)).astype(np.int8)
    model = Trees(fit(Rows(np.tile(x, (20, 1)), np.tile(y, 20), online.score_names), MODEL, 3))
    catalog = tuple(_entry(feature) for feature in online.features)
    return KnowingShop(store, Bundle(catalog, model, nothing_calibrated(), None, recipe.as_json(), {"shop": 0.4}, {}))


def line(product_id: str = DRESS, size: str | None = "m") -> OrderLine:
    return OrderLine(product_id, 1, 4999, 5999, size, "red", attributes={"gift": True})


def order(*lines: OrderLine, customer_id: str | None = KNOWN, payment_method: str | None = "card") -> Order:
    return Order(customer_id, AFTER, lines or (line(),), False, payment_method, "web", "north")


def test_a_request_with_all_that_the_model_had_lacks_nothing(shop: KnowingShop) -> None:
    assert shop.missing(order()) == []


def test_what_could_move_the_score_most_comes_first(shop: KnowingShop) -> None:
    smallest = Order(None, AFTER, (OrderLine("never sold", 1, 4999),))

    assert shop.missing(smallest) == ["payment_method", "product", "customer_id", "size", "attributes.gift"]


def test_the_facts_that_the_state_knows_are_not_missing_and_those_that_it_lacks_are(shop: KnowingShop) -> None:
    assert shop.missing(order(line(DRESS))) == []
    assert shop.missing(order(line(BRANDLESS))) == ["product.brand"]
    assert shop.missing(order(customer_id=WITHOUT_DATE)) == ["customer.registered_at"]


def test_the_facts_in_the_request_itself_are_not_missing(shop: KnowingShop) -> None:
    branded = replace(line(BRANDLESS), product=ProductFacts(brand="a"))
    dated = replace(order(branded, customer_id=WITHOUT_DATE), customer=CustomerFacts(registered_at=AFTER - 10**12))

    assert shop.missing(dated) == []


def test_a_label_that_no_training_line_had_is_scored_as_a_missing_field_and_named(shop: KnowingShop) -> None:
    fields = {
        "payment_method": AskedField("payment_method", 0.0, frozenset({"card"})),
        "size": AskedField("size", 0.1, frozenset({"m"})),
        "region": AskedField("region", 0.0, frozenset({"south"})),
    }
    knowing = replace(shop, bundle=replace(shop.bundle, asked=Asked(fields, {}, 0.0, 0.0)))
    renamed, lacking = order(payment_method="Carte"), order(payment_method=None)

    (new,), (without,) = knowing.score(renamed), knowing.score(lacking)

    assert new.lines == without.lines
    assert new.missing == tuple(replace(each, unknown_label=True) for each in without.missing or ())
    assert [each.field for each in new.missing] == ["payment_method"]
    assert new.unusual == Unusual(unseen=("payment_method", "region"))
    assert knowing.score(order())[0].missing == ()
    assert knowing.score(renamed, worths=None)[0].lines == shop.score(renamed, worths=None)[0].lines


def test_the_interval_is_wider_the_more_the_request_lacks(shop: KnowingShop) -> None:
    worths = {name: replace(worth, variance=worth.log_odds) for name, worth in WORTHS.items()}
    certain = replace(shop, bundle=replace(shop.bundle, spread=Spread.before_outcomes(INTERVAL)))
    asked = [order(), order(line(size=None)), order(line(size=None), payment_method=None)]

    widths = []
    for each in asked:
        (scored,) = certain.score(each, worths=worths)[0].lines
        widths.append(logit(scored.high) - logit(scored.low))

    assert widths == sorted(widths)
    assert len(set(widths)) == 3


def test_an_unknown_product_is_named_in_place_of_its_facts(shop: KnowingShop) -> None:
    assert shop.missing(order(line("never sold"))) == ["product"]
    # Another line's own lack is named nonetheless.
    assert shop.missing(order(line("never sold"), line(BRANDLESS))) == ["product", "product.brand"]


def test_a_guest_is_named_in_place_of_the_facts_of_a_customer(shop: KnowingShop) -> None:
    assert shop.missing(order(customer_id=None)) == ["customer_id"]


def test_a_field_is_missing_only_where_lines_of_the_category_usually_have_it(shop: KnowingShop) -> None:
    assert shop.missing(order(line(DRESS, size=None))) == ["size"]
    assert shop.missing(order(line(PHONE, size=None))) == []
    assert shop.missing(order(line("never sold", size=None))) == ["product", "size"]  # its category is not known
    assert shop.missing(replace(order(), region=None)) == []  # few of all lines have one


@pytest.mark.parametrize("turn", [1, -1])
def test_a_score_could_move_by_the_worth_of_the_field_up_or_down_on_any_line(shop: KnowingShop, turn: int) -> None:
    lines = (line(), line(PHONE, size=None))[::turn]
    (found,) = shop.score(order(*lines, payment_method=None))

    def p(log_odds: float) -> float:
        return 1 / (1 + exp(-log_odds))

    moves = []
    for each in found.lines:
        log_odds = np.log(each.probability / (1 - each.probability))
        moves.append(max(p(log_odds + 0.9) - each.probability, each.probability - p(log_odds - 0.9)))
    assert moves[0] != moves[1]
    assert found.missing is not None
    assert found.missing[0].field == "payment_method"
    assert found.missing[0].could_move == pytest.approx(max(moves))
    assert all(0 <= each.could_move <= 1 for each in found.missing)


def test_baskets_that_are_asked_together_lack_each_their_own(shop: KnowingShop) -> None:
    asked = [order(), order(line(), line(DRESS, None)), order(payment_method=None), order(customer_id=None)]

    found = [[each.field for each in score.missing or ()] for score in shop.score(*asked)]

    assert found == [[], ["size"], ["payment_method"], ["customer_id"]]


def test_a_model_that_does_not_know_what_fields_are_worth_names_none(shop: KnowingShop) -> None:
    (found,) = shop.score(order(payment_method=None), worths=None)

    assert found.missing is None


def test_a_field_without_a_worth_is_never_missed(shop: KnowingShop) -> None:
    (found,) = shop.score(order(payment_method=None), worths={"size": WORTHS["size"]})

    assert found.missing == ()
