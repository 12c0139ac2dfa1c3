"""Law 11: a request without a field has the features that the matrix has without it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.offline import matrix
from features.offline.lines import prepare
from features.offline.local.matrix import Matrix
from features.online.features import OnlineFeatures
from tests.features.crowded_shop import OUTCOME, PARAMS, crowded_shop
from tests.features.event_log import event_log
from tests.features.parity import ABSOLUTE, RELATIVE
from tests.features.states import state_of
from tests.features.unsent_requests import Question, offline, questions

FIELDS = [
    "payment_method", "channel", "region", "voucher_used",
    "color", "list_price_minor", "size", "attributes.gift", "attributes.promised_days",
    "product.category", "product.department", "product.brand", "product.supplier", "product.launched_at",
    "product.attributes.material", "product.attributes.weight",
    "customer.registered_at", "customer.birth_year", "customer.attributes.club", "customer.attributes.height_cm",
    "customer_id", "product",
]  # fmt: skip
Difference = tuple[Collection[str], str, str, float, float]


@dataclass(frozen=True, repr=False)
class ShopInBothExecutions:
    """The lines of a crowded shop with all their counters, and its orders with the state before each."""

    tables: Matrix
    online: OnlineFeatures
    asked: Sequence[Question]

    def differences(self, cases: Sequence[Collection[str]], asked: Sequence[Question]) -> list[Difference]:
        """Compare both executions without the fields of each case: (case, line, feature, offline, online)."""
        expected, found = offline(self.tables, cases), list[Difference]()
        exact = np.array([feature.whole for feature in self.online.features])
        for place, fields in enumerate(cases):
            for each in asked:
                online = each.answer(self.online, fields)
                tables = np.array([expected[place, line_id] for line_id in each.line_ids])
                close = np.abs(online - tables) <= np.where(exact, 0.0, RELATIVE * np.abs(tables) + ABSOLUTE)
                for line, column in np.argwhere(~(close | (np.isnan(online) & np.isnan(tables)))):
                    values = float(tables[line, column]), float(online[line, column])
                    found.append((fields, each.line_ids[line], self.online.names[column], *values))
        return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopInBothExecutions]:
    folder = tmp_path_factory.mktemp("shop")
    validated = crowded_shop(lives=True, changes=True).write(folder / "validated")
    backend = matrix.connect(PARAMS, folder)
    lines = prepare(backend, validated, OUTCOME)
    recipe = matrix.recipe_of(lines, PARAMS, OUTCOME)
    tables = Matrix(backend, lines, recipe, PARAMS)
    online = OnlineFeatures(recipe)
    yield ShopInBothExecutions(tables, online, list(questions(event_log(validated), state_of(online))))
    backend.disconnect()


def test_the_fields_are_all_that_a_request_may_leave_out(shop: ShopInBothExecutions) -> None:
    assert [field.name for field in shop.tables.recipe.request_fields()] == FIELDS


def test_without_any_one_field_a_request_has_the_features_of_the_matrix(shop: ShopInBothExecutions) -> None:
    assert shop.differences([[], *([field] for field in FIELDS)], shop.asked)[:20] == []


@settings(max_examples=6)
@given(st.lists(st.sets(st.sampled_from(FIELDS), min_size=2), min_size=4, max_size=4), st.integers(0, 3))
def test_without_several_fields_a_request_has_the_features_of_the_matrix(
    shop: ShopInBothExecutions, cases: list[set[str]], first: int
) -> None:
    assert shop.differences(cases, shop.asked[first::4])[:20] == []


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_something_to_the_features(shop: ShopInBothExecutions, field: str) -> None:
    whole = [each.answer(shop.online, ()) for each in shop.asked]
    lacking = [each.answer(shop.online, (field,)) for each in shop.asked]

    changed = np.concatenate(whole) != np.concatenate(lacking)
    assert (changed & ~np.isnan(np.concatenate(whole))).any()


LABELS = {
    "payment_method": {"card"},
    "size": {"m", "38"},
    "color": {"red"},
    "product.category": {"dresses"},
    "product.attributes.material": {"wool"},
}
"""Some labels of the crowded shop; a model that knows these has not seen the others."""


def test_an_unknown_label_is_a_missing_field_in_both_executions(shop: ShopInBothExecutions, tmp_path: Path) -> None:
    known = OnlineFeatures(shop.tables.recipe, LABELS)
    backend = matrix.connect(PARAMS, tmp_path)
    lines = prepare(backend, crowded_shop(lives=True, changes=True).write(tmp_path / "validated"), OUTCOME)
    found = Matrix(backend, lines, shop.tables.recipe, PARAMS, LABELS).whole()
    backend.disconnect()
    values = np.column_stack([found[each.name].cast("double").to_numpy() for each in shop.online.features])
    tables = dict(zip(found["line_id"].to_pylist(), values, strict=True))

    for each in shop.asked:
        online, expected = each.answer(known, ()), np.array([tables[line_id] for line_id in each.line_ids])
        np.testing.assert_allclose(online, expected, rtol=RELATIVE, atol=ABSOLUTE)


def test_an_unknown_label_has_the_features_of_a_request_without_the_field(shop: ShopInBothExecutions) -> None:
    for each in shop.asked:
        for field in ("payment_method", "channel", "region"):
            nothing_known = OnlineFeatures(shop.tables.recipe, {field: set()})
            np.testing.assert_array_equal(each.answer(nothing_known, ()), each.answer(shop.online, (field,)))
