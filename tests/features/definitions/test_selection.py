from collections import Counter as Tally

import pytest

from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS
from features.definitions.selection import define, lacking
from features.language.nodes import Counter as FeatureCounter
from features.language.nodes import Derived, Feature, LineColumn, LineEvent, walk
from features.params import FeatureParams
from tests.features.crowded_shop import PARAMS
from tests.features.replay import REASON_COLUMNS, REASONS

COMPUTED = {"value_minor", "first_in_order", "size_system", "size_value", *REASON_COLUMNS}
OF_SIZE = {"size", "size_system", "size_value"}
OF_REASON = REASON_COLUMNS
SHARES = {f"reason_share_{code.lower()}" for code in REASONS}
OUTCOME = {"delivered_at", "closes_at", "outcome_recorded"}
EVERY = frozenset({name for table in (ORDER_LINES, PRODUCTS, CUSTOMERS) for name in table.names} | COMPUTED) - OUTCOME
QUIET = PARAMS.model_copy(update={"demographics": False})


def names(params: FeatureParams = PARAMS, columns: frozenset[str] = EVERY) -> list[str]:
    return [feature.name for feature in define(params, columns)]


def feature(name: str, columns: frozenset[str] = EVERY) -> Feature:
    return next(one for one in define(PARAMS, columns) if one.name == name)


def read_columns(one: Feature) -> set[str]:
    """The line columns that a feature reads, found independently of the tested code."""
    found: set[str] = set()
    for node in walk(one):
        if isinstance(node, LineColumn):
            found.add(node.name)
        elif not isinstance(node, Feature | Derived):
            found |= {column for column in getattr(node, "columns", ()) if isinstance(column, str)}
            found |= {node.value} if node.value else set()
    return found


def test_a_source_with_every_column_has_every_feature_that_is_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    found = names()

    monkeypatch.setattr("features.definitions.selection.lacking", lambda _node, _columns: set())

    assert found == names()


def test_names_are_unique() -> None:
    assert [name for name, count in Tally(names()).items() if count > 1] == []


def test_every_feature_has_a_unit_a_factor_a_meaning_and_a_meaning_of_missing() -> None:
    for one in define(PARAMS, EVERY):
        assert all(text.strip() for text in (one.unit, one.factor, one.meaning, one.missing)), one.name


@pytest.mark.parametrize(
    "absent",
    [
        {"list_price_minor"},
        OF_SIZE,
        {"color"},
        {"voucher_used"},
        {"payment_method"},
        {"channel"},
        {"region"},
        {"department"},
        {"supplier"},
        {"launched_at"},
        {"registered_at"},
        OF_REASON,
    ],
    ids=min,
)
def test_a_source_without_a_column_lacks_exactly_the_features_that_read_it(absent: set[str]) -> None:
    wanting = {one.name for one in define(PARAMS, EVERY) if read_columns(one) & absent}
    # Shares of reasons need only the reasons: without sizes they are those of the product.
    needing = wanting if absent == OF_REASON else wanting - SHARES

    found = names(columns=EVERY - absent)

    assert needing
    assert found == [name for name in names() if name not in needing]


@pytest.mark.parametrize("absent", ["category", "brand"])
def test_without_category_or_brand_no_feature_reads_it_and_products_keep_theirs(absent: str) -> None:
    found = define(PARAMS, EVERY - {absent})

    assert not any(absent in read_columns(one) for one in found)
    assert {name for name in names() if name.startswith("product_")} <= {one.name for one in found}


def test_the_least_that_a_source_may_give_is_enough_for_histories() -> None:
    required = {name for table in (ORDER_LINES, PRODUCTS, CUSTOMERS) for name in table.required}

    found = names(QUIET, frozenset(required | {"value_minor", "first_in_order"}))

    assert {"product_return_rate", "customer_return_rate", "shop_return_rate", "basket_lines"} <= set(found)


@pytest.mark.parametrize(
    ("absent", "parent"),
    [
        (set(), "category_or_wider_return_rate"),
        ({"category"}, "brand_or_wider_return_rate"),
        ({"category", "brand"}, "shop_return_rate"),
    ],
)
def test_a_product_is_shrunk_towards_its_category_else_its_brand_else_the_shop(absent: set[str], parent: str) -> None:
    rate = feature("product_return_rate", EVERY - absent)

    assert [node.name for node in rate.reads if isinstance(node, Feature)] == [parent]


@pytest.mark.parametrize(
    ("absent", "parents"),
    [
        (set(), ["product_size", "product", "category", "shop"]),
        ({"category"}, ["product_size", "product", "shop"]),
        (OF_SIZE, ["product", "category", "shop"]),
        ({"category", *OF_SIZE}, ["product", "shop"]),
    ],
)
def test_shares_of_reasons_are_drawn_up_the_levels_that_the_source_has(absent: set[str], parents: list[str]) -> None:
    share = feature("reason_share_color", EVERY - absent)

    counters = [node for node in walk(share) if isinstance(node, FeatureCounter)]
    assert list(dict.fromkeys(counter.key.name for counter in counters)) == parents
    assert {counter.value for counter in counters} == {"reason_color", "reason_recorded"}


def test_features_of_the_reason_model_alone_come_after_those_of_the_score() -> None:
    only = [one.only_reasons for one in define(PARAMS, EVERY)]

    assert only == sorted(only)
    assert {one.name for one in define(PARAMS, EVERY) if one.only_reasons} >= SHARES


def test_without_reasons_no_feature_is_for_the_reason_model_alone() -> None:
    assert not any(one.only_reasons for one in define(PARAMS, EVERY - OF_REASON))


def test_demographics_are_features_only_when_switched_on() -> None:
    demographics = {one.name for one in define(PARAMS, EVERY) if read_columns(one) & {"birth_year", "title"}}

    assert demographics == {"birth_year", "title_return_rate"}
    assert [name for name in names() if name not in demographics] == names(QUIET)


def test_only_counters_of_outcomes_read_the_outcome_of_a_line() -> None:
    for one in define(PARAMS, EVERY):
        counters = [node for node in walk(one) if isinstance(node, FeatureCounter) and node.value in OF_REASON]
        assert all(counter.event is LineEvent.RETURNED for counter in counters)
        assert {counter.value for counter in counters} == read_columns(one) & OF_REASON


def test_the_columns_that_a_feature_lacks_are_named() -> None:
    assert lacking(feature("discount_share"), EVERY - {"list_price_minor"}) == {"list_price_minor"}
