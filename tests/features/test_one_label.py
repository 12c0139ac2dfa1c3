"""One label in several spellings is one category and one counter: over tables, in the seed and in the state."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features import recipe
from features.build import build
from features.online.features import OnlineFeatures
from features.online_state.basket import RowForm, rows
from features.online_state.basket_nodes import BasketNodes
from features.online_state.contents import StateContents
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.recipe import Recipe
from tests.features import seeds
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.event_log import event_log
from tests.features.parity import Comparison, Offline, replay
from tests.features.spellings import WRITTEN, in_many_spellings
from tests.features.states import state_of

NO_NODES = BasketNodes(())
SOME_COLUMNS = seeds.FEW_COLUMNS | {"payment_method", "category", "brand", "size", "size_system", "size_value"}


def test_the_matrix_of_many_spellings_equals_the_events_of_a_shop_with_one_and_those_with_their_own(
    tmp_path: Path,
) -> None:
    shop = crowded_shop(orders=40)
    spelled = in_many_spellings(shop)
    assert spelled.lines["payment_method"].nunique() == 2 * len(WRITTEN)
    build(spelled.write(tmp_path / "spelled"), tmp_path / "matrix", PARAMS, OUTCOME)
    shop.write(tmp_path / "plain")
    online = OnlineFeatures(recipe.read(tmp_path / "matrix" / "recipe.json"))

    for written in ("plain", "spelled"):
        compared = Comparison(online, Offline.read(tmp_path / "matrix", online.names))
        for _ in replay(event_log(tmp_path / written), state_of(online), compared):
            pass
        assert (written, compared.lines, compared.examples) == (written, len(shop.lines), [])


def test_a_seed_counts_the_spellings_as_one_and_answers_any_of_them(tmp_path: Path) -> None:
    used = seeds.recipe_of(SOME_COLUMNS)
    online, shop = OnlineFeatures(used), crowded_shop(orders=40)
    for name, each in (("plain", shop), ("spelled", in_many_spellings(shop))):
        seeds.build(each, tmp_path / name, used)
    logs = {name: event_log(tmp_path / name / "validated") for name in ("plain", "spelled")}
    at = logs["plain"][-1].at + seeds.DAY

    found, expected = (
        seeds.features_of(seeds.restored(tmp_path / state / "state", online), seeds.orders_at(logs[asked], at))
        for state, asked in (("spelled", "spelled"), ("plain", "plain"))
    )

    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("blank", ["\u200b", " ", "\u3000\ufeff"])
def test_a_label_of_which_nothing_is_visible_is_missing(blank: str) -> None:
    known = ProductFacts(category="Shoes")
    line = OrderLine("p", 1, 100, size=blank, product=ProductFacts(category=blank))

    (row,) = rows(Order(None, 0, (line,), region=blank), NO_NODES, {"p": known}, CustomerFacts())

    assert (row["size"], row["size_system"], row["region"], row["category"]) == (None, None, None, "shoes")


def test_half_a_size_stays_half_a_size() -> None:
    found = [
        rows(Order(None, 0, (OrderLine("p", 1, 100, size=size),)), NO_NODES, {}, CustomerFacts())[0]["size_value"]
        for size in ("37½", "37 1/2", "37.5", "\uff13\uff17")
    ]

    assert found == [37.5, 37.5, 37.5, 37.0]


def test_a_recipe_of_before_counts_each_spelling_apart_and_fits_no_state_of_now() -> None:
    now = Recipe(PARAMS.definition, OUTCOME, seeds.EVERY_COLUMN)
    content = {name: value for name, value in now.as_json().items() if name != "labels"}

    before = Recipe.from_json(content)

    assert Recipe.from_json(now.as_json()) == now
    assert before == replace(now, normal_labels=False)
    assert before.as_json() == content
    rule = {name: value for name, value in content["outcome"].items() if name != "returned_from_share"}
    assert Recipe.from_json({**content, "outcome": rule}) == before
    assert StateContents(before).digest != StateContents(now).digest
    order = Order(None, 0, (OrderLine("p", 1, 100, color="Red "),), payment_method="Invoice")
    (row,) = rows(order, NO_NODES, {}, CustomerFacts(), form=RowForm.of(before))
    assert (row["color"], row["payment_method"]) == ("Red ", "Invoice")


def test_a_state_of_before_answers_as_before(tmp_path: Path) -> None:
    used = replace(seeds.recipe_of(seeds.FEW_COLUMNS), normal_labels=False)
    online, shop = OnlineFeatures(used), in_many_spellings(crowded_shop(orders=40))
    state = seeds.build(shop, tmp_path, used)
    log = event_log(tmp_path / "validated")
    at = log[-1].at + seeds.DAY
    orders = seeds.orders_at(log, at)

    seeded, told = (seeds.advance(live, at) for live in (seeds.restored(state, online), seeds.fed_by(online, log)))

    colors = {key.split(b"\0")[2] for key in seeds.content_of(told).records if key.startswith(b"kproduct_color\0")}
    assert len(colors) > len({"red", "blue"})
    np.testing.assert_allclose(
        seeds.features_of(seeded, orders), seeds.features_of(told, orders), rtol=1e-9, atol=1e-15
    )
