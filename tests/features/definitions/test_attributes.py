"""The families of features that declared attributes become."""

import pytest

from data.attributes import Attribute, Kind
from features.definitions.selection import define
from features.language.nodes import Feature
from features.recipe import Recipe
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS

COLUMNS = frozenset({"customer_id", "product_id", "ordered_at", "size"})


def added(*attributes: Attribute, columns: frozenset[str] = COLUMNS) -> dict[str, Feature]:
    """The features that the attributes add to those of a shop without any."""
    with_them = columns | {each.column for each in attributes}
    before = {feature.name for feature in define(PARAMS, with_them)}
    return {each.name: each for each in define(PARAMS, with_them, attributes) if each.name not in before}


@pytest.mark.parametrize(
    ("table", "kind", "expected"),
    [
        (
            "products",
            Kind.CATEGORY,
            {"attribute_own_return_rate": "product", "attribute_own_by_size_return_rate": "size"},
        ),
        (
            "order_lines",
            Kind.FLAG,
            {
                "attribute_own": "context",
                "attribute_own_return_rate": "context",
                "attribute_own_by_size_return_rate": "size",
            },
        ),
        ("products", Kind.NUMBER, {"attribute_own": "product", "attribute_own_kept_offset": "customer and product"}),
        (
            "customers",
            Kind.NUMBER,
            {
                "attribute_own": "customer",
                "attribute_own_kept_offset_by_product": "customer and product",
                "attribute_own_kept_offset_by_size_label": "customer and product",
            },
        ),
    ],
)
def test_an_attribute_becomes_the_features_of_its_kind_and_table(
    table: str, kind: Kind, expected: dict[str, str]
) -> None:
    found = added(Attribute("own", table, kind))

    assert {name: feature.factor for name, feature in found.items()} == expected


def test_a_number_of_the_customer_is_crossed_with_the_labels_of_goods_alone() -> None:
    found = added(*ATTRIBUTES)

    crosses = [name for name in found if name.startswith("attribute_height_cm_kept_offset_by_attribute_")]
    assert crosses == [
        "attribute_height_cm_kept_offset_by_attribute_gift",
        "attribute_height_cm_kept_offset_by_attribute_material",
    ]


def test_what_a_personal_attribute_tells_is_a_factor_of_its_own() -> None:
    found = added(Attribute("own", "customers", Kind.NUMBER, personal=True))
    found |= added(Attribute("club", "customers", Kind.CATEGORY, personal=True))

    assert {feature.factor for feature in found.values()} == {"demographics"}


def test_a_source_without_sizes_has_no_cross_with_them() -> None:
    found = added(Attribute("own", "products", Kind.CATEGORY), columns=COLUMNS - {"size"})

    assert list(found) == ["attribute_own_return_rate"]


def test_an_attribute_without_its_column_has_no_feature() -> None:
    found, plain = ([each.name for each in define(PARAMS, COLUMNS, own)] for own in (ATTRIBUTES, ()))

    assert found == plain


def test_a_recipe_carries_the_attributes_and_one_of_before_has_none() -> None:
    recipe = Recipe(PARAMS.definition, OUTCOME, COLUMNS, ATTRIBUTES)
    older = Recipe(PARAMS.definition, OUTCOME, COLUMNS)

    assert Recipe.from_json(recipe.as_json()) == recipe
    assert "attributes" not in older.as_json()
    assert Recipe.from_json(older.as_json()).attributes == ()
