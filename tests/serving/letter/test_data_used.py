"""The list of the data used: whatever a feature reads has an entry, and a shop's own attributes are named."""

from dataclasses import replace

import pytest

from data.times import from_us
from features.definitions.selection import define
from features.language.nodes import Feature, LineColumn
from features.online_state.contents import StateContents
from features.online_state.order import Order, OrderLine
from features.recipe import Recipe
from serving.letter.data_used import Asked, Entry, Reads, columns_of, counts_others, entry_of, points
from serving.letter.language import LOCALES, Language
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS
from tests.features.definitions.test_selection import EVERY

AT = 1_720_000_000_000_000
COLUMNS = EVERY | {each.column for each in ATTRIBUTES}
ORDER = Order("c1", AT, (OrderLine("p0", 1, 2000), OrderLine("p1", 1, 2000)), payment_method="card")
PERSON: dict[str, object] = {
    "registered_at": 0, "birth_year": 1980, "title": None, "attribute_height_cm": 171.25, "attribute_club": None,
}  # fmt: skip
FACTS = [
    {**PERSON, "attribute_material": material, "attribute_gift": gift} for material, gift in (("wool", 1), (None, 0))
]


def reads(columns: frozenset[str] = COLUMNS) -> Reads:
    posteriors = PARAMS.posteriors if columns == COLUMNS else None
    return Reads.of(StateContents(Recipe(PARAMS, OUTCOME, columns, ATTRIBUTES, posteriors=posteriors)))


def listed(code: str, read: Reads, unlearned: frozenset[str] = frozenset()) -> list[str]:
    asked = Asked(ORDER, FACTS, unlearned)
    return list(points(read, asked, (True, from_us(AT)), "p0; p1", Language.of(code)))


def test_everything_that_a_feature_reads_has_an_entry_in_the_list() -> None:
    every = [each for each in define(PARAMS, COLUMNS, ATTRIBUTES) if not each.only_reasons]

    nowhere = [
        (feature.name, column)
        for feature in every
        for column in columns_of(feature)
        if entry_of(column) is Entry.ATTRIBUTES and column not in {each.column for each in reads().attributes}
    ]

    assert nowhere == []
    assert all(columns_of(each) or counts_others(each) for each in every)
    assert reads().entries == set(Entry)


def test_a_family_that_reads_something_new_has_no_place_until_the_letter_has_words_for_it() -> None:
    new = Feature("shoe_width", "customer", "cm", "", "", (LineColumn("shoe_width"),), lambda value: value)

    with pytest.raises(KeyError, match="shoe_width"):
        [entry_of(each) for each in columns_of(new)]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", ["Height cm: 171.25", "Club: not known", "Gift: item 1: yes; item 2: no", "The year of birth: 1980"]),
        ("de", ["Height cm: 171,25", "Club: nicht bekannt", "Gift: Artikel 1: ja; Artikel 2: nein"]),
        ("zh", ["Height cm：171.25", "Club：未知"]),  # noqa: RUF001 - as Chinese has them
    ],
)
def test_the_attributes_that_a_shop_declares_are_listed_by_name_with_the_value_used(code: str, said: list[str]) -> None:
    assert set(said) <= set(listed(code, reads()))


def test_a_label_that_the_model_does_not_know_is_not_claimed_to_be_used() -> None:
    found = listed("en", reads(), frozenset({"payment_method", "customer.birth_year", "customer.attributes.club"}))

    unlearned = [each.partition(":")[0] for each in found if each.endswith("it was taken as not known")]
    assert unlearned == ["The payment method", "The year of birth", "Club"]


def test_what_the_model_does_not_read_is_not_listed() -> None:
    found = listed("en", reads(frozenset({"customer_id", "product_id", "ordered_at", "price_minor", "quantity"})))

    assert not [each for each in found if each.startswith(("Height", "Club", "Material", "The year of birth"))]
    assert all(listed(code, replace(reads(), attributes=())) for code in LOCALES)
