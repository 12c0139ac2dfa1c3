from dataclasses import replace

from features.catalog import POSTERIOR, CatalogEntry
from tests.training.small_matrix import CATALOG, RECIPE
from training.understanding.retraining.left_out import columns, factors

COLUMNS = frozenset(
    {
        "basket_lines", "brand", "customer_id", "first_in_order", "order_id", "ordered_at", "price_minor", "product_id",
        "quantity", "reason_recorded", "reason_size_too_large", "reason_size_too_small", "size", "size_system",
        "size_value", "title", "value_minor",
    }
)  # fmt: skip
WIDE = replace(RECIPE, columns=COLUMNS)
EVERY = [CatalogEntry(each.name, "double", "", each.factor, "", "", (), each.only_reasons) for each in WIDE.features()]
OF_SCORE = [entry for entry in EVERY if not entry.only_reasons]


def test_a_factor_is_left_out_with_all_its_features_and_no_other() -> None:
    found = {one.name: set(one.features) for one in factors(OF_SCORE)}

    assert set(found) == {entry.factor for entry in OF_SCORE}
    assert set.union(*found.values()) == {entry.name for entry in OF_SCORE}
    assert sum(map(len, found.values())) == len(OF_SCORE)


def test_a_factor_that_holds_all_features_stays_in() -> None:
    assert [one.name for one in factors(CATALOG)] == ["basket", "customer", "product"]
    assert factors([CATALOG[0]]) == []


def test_a_column_is_left_out_with_all_that_the_project_computes_from_it() -> None:
    found = {one.name: set(one.features) for one in columns(OF_SCORE, WIDE)}

    assert {"size_value", "basket_size_system_lines", "product_size_return_rate"} <= found["size"]
    assert {"price_minor", "basket_value_minor", "customer_spend_minor"} <= found["price_minor"]
    assert "brand_return_rate" in found["brand"] - found["size"]
    assert found["reason"] == {"product_size_bias", *(name for name in found["reason"] if "share" in name)}


def test_no_column_stands_alone_that_is_computed_or_that_nothing_reads_or_without_which_there_is_no_line() -> None:
    named = {name for one in columns(OF_SCORE, WIDE) for name in one.name.split(", ")}

    assert not named & {"value_minor", "size_system", "first_in_order", "order_id", "ordered_at", "title"}


def test_columns_without_which_the_same_features_go_are_left_out_together() -> None:
    recipe = replace(WIDE, columns=COLUMNS | {"department"})
    score = [
        CatalogEntry(each.name, "", "", "", "", "", (), False) for each in recipe.features() if not each.only_reasons
    ]
    only = [entry for entry in score if entry.name in {"brand_return_rate", "department_return_rate", "price_minor"}]

    assert [one.name for one in columns([*only, CATALOG[2]], recipe) if "minor" in one.name] == ["price_minor"]
    assert len({one.features for one in columns(only, recipe)}) == len(columns(only, recipe))


def test_a_feature_that_no_column_defines_is_never_taken_for_lost() -> None:
    posterior = CatalogEntry(POSTERIOR, "double", "", "posterior", "", "", (), False)

    assert not any(POSTERIOR in one.features for one in columns([*OF_SCORE, posterior], WIDE))
