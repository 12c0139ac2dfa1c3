"""Sentences of values, pinned in full."""

import math

import pytest

from features.language.algebra import shrink
from features.recipe import Recipe
from features.sentences import Sentences
from tests.features.crowded_shop import ATTRIBUTES, OUTCOME, PARAMS

SENTENCES = Sentences(Recipe(PARAMS.definition, OUTCOME, frozenset(), ATTRIBUTES))
PRIOR = PARAMS.prior_lines


def say(feature: str, value: float, **others: float) -> str:
    return SENTENCES.say(feature, {feature: value} | others)


@pytest.mark.parametrize(
    ("feature", "value", "others", "expected"),
    [
        ("attribute_height_cm", 171.5, {}, "height cm: 171.5"),
        ("attribute_gift", 1, {}, "gift: yes"),
        ("attribute_gift", 0, {}, "gift: no"),
        ("attribute_material_return_rate", 0.31, {}, "about 31% of lines with the same material come back"),
        (
            "attribute_material_by_size_return_rate",
            0.4,
            {},
            "about 40% of lines with the same material in this size come back",
        ),
        ("attribute_weight_kept_offset", -0.25, {}, "weight 0.25 below the mean of what the customer kept"),
        ("attribute_weight_kept_offset", 0, {}, "weight at the mean of what the customer kept"),
        (
            "attribute_height_cm_kept_offset_by_size_label",
            9.25,
            {},
            "height cm 9.25 above the mean of customers who kept this size",
        ),
        ("basket_lines", 12, {}, "12 lines in the basket"),
        ("basket_lines", 1, {}, "the only line in the basket"),
        (
            "basket_value_minor",
            12_000,
            {"basket_value_share": 0.4},
            "the basket is worth 12,000 minor units, 2.5 times this line",
        ),
        ("basket_value_minor", 0, {"basket_value_share": math.nan}, "the basket is worth 0 minor units"),
        ("basket_value_minor", 1, {"basket_lines": 1}, "the only line in the basket, worth 1 minor unit"),
        ("basket_product_lines", 3, {"basket_lines": 12}, "3 of 12 lines in the basket are of this product"),
        ("basket_product_lines", 1, {"basket_lines": 12}, "no other line of this product in the basket"),
        ("basket_category_lines", 2, {}, "2 lines of this category in the basket"),
        ("basket_dearer_lines", 0, {"basket_lines": 4}, "no line in the basket has a higher price"),
        ("basket_dearer_lines", 1, {"basket_lines": 4}, "1 line in the basket with a higher price"),
        ("basket_product_larger_sizes", 2, {}, "2 lines of this product in a larger size in the basket"),
        ("basket_product_other_sizes", 0, {}, "no other size of this product in the basket"),
        ("basket_product_other_sizes", 1, {}, "1 more line of this product in the basket in another size"),
        ("basket_product_other_colors", 2, {}, "2 more lines of this product in the basket in other colors"),
        ("basket_value_share", 0.354, {"basket_lines": 3}, "this line is 35% of the basket's value"),
        ("basket_product_share", 0.25, {"basket_lines": 4}, "this product is 25% of the basket's lines"),
        ("basket_mean_price_ratio", 1.12, {}, "this line's value is 12% above the mean of the basket"),
        ("basket_mean_price_ratio", 3, {}, "this line's value is 3 times the mean of the basket"),
        ("price_minor", 4999, {}, "one piece costs 4,999 minor units"),
        ("quantity", 1, {}, "1 piece on this line"),
        ("voucher_used", 1, {}, "a voucher was redeemed"),
        ("voucher_used", 0, {}, "no voucher was redeemed"),
        ("size_value", 39.5, {}, "the size's place on its scale is 39.5"),
        ("discount_share", 0.25, {}, "25% off the list price"),
        ("discount_share", 0.001, {}, "under 1% off the list price"),
        ("discount_share", 0, {}, "at the list price"),
        ("discount_share", -0.1, {}, "10% above the list price"),
        ("weekday", 0, {}, "ordered on a Monday (UTC)"),
        ("hour", 14, {}, "ordered between 14:00 and 15:00 UTC"),
        ("hour", 0, {}, "ordered between 0:00 and 1:00 UTC, or at a time of day not recorded"),
        ("day_of_year", 0.4, {}, "ordered around 1 January"),  # days are counted from 0
        ("day_of_year", 325.1, {}, "ordered around 22 November"),  # 304 days up to October, then 22
        ("customer_tenure_days", 0.2, {}, "customer registered less than a day ago"),
        ("customer_tenure_days", 1.2, {}, "customer registered 1 day ago"),
        ("customer_tenure_days", 365, {}, "customer registered 12 months ago"),
        ("product_age_days", 1200, {}, "product on sale for 3.3 years"),  # 1200 / 365.25 = 3.285
        ("customer_lines", 1, {}, "customer ordered 1 line before"),
        ("customer_lines", 0, {}, "new customer: nothing ordered before"),
        ("customer_orders", 1234, {}, "customer placed 1,234 orders before"),
        ("customer_spend_minor", 25_000, {}, "customer ordered goods worth 25,000 minor units before"),
        ("customer_returned_value_share", 0.999, {}, "customer sent back over 99% of the value settled so far"),
        ("customer_open_lines", 0, {}, "the outcome of all earlier lines of this customer is known"),
        (
            "customer_price_ratio",
            0.6,
            {},
            "this line's value is 40% below the mean of what the customer ordered before",
        ),
        ("customer_days_since_return", 20, {}, "latest return of this customer 20 days ago"),
        (
            "customer_product_returned",
            1,
            {"customer_product_kept": 2},
            "customer returned 1 of 3 settled lines of this product",
        ),
        (
            "customer_product_kept",
            1,
            {"customer_product_returned": 0},
            "customer kept 1 of 1 settled line of this product",
        ),
        ("customer_product_kept", 2, {}, "customer kept 2 lines of this product before"),
        ("customer_product_last_returned", 1, {}, "customer returned this product last time"),
        (
            "product_return_rate_trend",
            1.3,
            {},
            "this product lately comes back about 30% more often than over all its time",
        ),
        (
            "product_size_return_rate_ratio",
            1.8,
            {},
            "this size comes back about 1.8 times as often as the product in all sizes",
        ),
        (
            "product_color_return_rate_ratio",
            0.7,
            {},
            "this color comes back about 30% less often than the product in all colors",
        ),
        (
            "product_color_return_rate_ratio",
            1.004,
            {},
            "this color comes back about as often as the product in all colors",
        ),
        ("product_lines", 0, {}, "new product: never ordered before"),
        ("product_price_ratio", 1, {}, "price at the mean price of this product so far"),
        ("product_price_to_highest", 0.8, {}, "price 20% below the highest price of this product so far"),
        (
            "customer_size_system_kept_size_offset",
            1,
            {},
            "the size is 1 step above the customer's mean kept size in this size system",
        ),
        (
            "basket_size_offset",
            -0.5,
            {"basket_product_lines": 2},
            "the size is 0.5 steps below the mean size of this product in the basket",
        ),
        ("basket_size_offset", 0, {"basket_product_lines": 1}, "no other line of this product in the basket"),
        ("product_too_small_share", 0.3, {}, "30% of returns of this product with a reason were too small"),
        ("shop_return_rate", 0.481, {}, "about 48% of the shop's lines came back lately"),
        ("region_return_rate", 0.46, {}, "about 46% of lines shipped to this region come back"),
        ("birth_year", 1980, {}, "customer born in 1980"),
    ],
)
def test_each_value_has_a_plain_sentence(feature: str, value: float, others: dict[str, float], expected: str) -> None:
    assert say(feature, value, **others) == expected


def test_returned_lines_are_computed_from_the_shrunk_rate_and_its_parent() -> None:
    rate = shrink(7, 9, 0.3, PRIOR.customer)

    text = say("customer_category_return_rate", rate, customer_category_settled_lines=9, customer_return_rate=0.3)

    assert text == "customer returned 7 of 9 settled lines in this category"


def test_from_a_hundred_settled_lines_on_the_sentence_gives_a_percentage() -> None:
    few = shrink(45, 99, 0.4, PRIOR.product)
    many = shrink(55, 120, 0.4, PRIOR.product)  # 55 / 120 = 45.8%
    known = {"category_return_rate": 0.4}

    assert say("product_return_rate", few, product_settled_lines=99, **known) == (
        "45 of 99 settled lines of this product came back"
    )
    assert say("product_return_rate", many, product_settled_lines=120, **known) == (
        "46% of 120 settled lines of this product came back"
    )


@pytest.mark.parametrize(
    ("rates", "owner"),
    [
        ({"category_return_rate": 0.31, "brand_return_rate": 0.2, "shop_return_rate": 0.1}, "its category's"),
        ({"category_return_rate": math.nan, "brand_return_rate": 0.31, "shop_return_rate": 0.1}, "its brand's"),
        ({"shop_return_rate": 0.31}, "the shop's"),
    ],
)
def test_a_product_without_settled_lines_gets_the_rate_of_its_kind(rates: dict[str, float], owner: str) -> None:
    text = say("product_return_rate", 0.31, product_settled_lines=0, product_lines=2, **rates)

    assert text == f"no settled line of this product yet; {owner} rate is about 31%"


def test_where_the_wider_history_is_empty_too_the_sentence_is_its_own() -> None:
    nothing = {"customer_settled_lines": 0.0, "customer_brand_settled_lines": 0.0, "shop_return_rate": 0.48}
    rate = {"customer_return_rate": 0.48}

    assert say("customer_brand_return_rate", 0.48, customer_lines=2, **nothing, **rate) == (
        "customer has no settled line yet; the shop's rate is about 48%"
    )
    assert say("customer_brand_return_rate", 0.48, customer_lines=0, **nothing, **rate) == (
        "new customer: nothing ordered before; the shop's rate is about 48%"
    )
    assert say("customer_brand_settled_lines", 0, customer_lines=2, customer_settled_lines=5) == (
        "customer has no settled line of this brand yet"
    )


def test_a_recent_rate_names_its_half_life_unless_nothing_is_settled() -> None:
    assert say("customer_return_rate_10d", 0.12, customer_settled_lines=5) == (
        "customer's recent return rate: about 12%, weight halved every 10 days"
    )
    assert say("product_return_rate_60d", 0.12, product_settled_lines=0, product_lines=0) == (
        "new product: never ordered before"
    )


def test_a_rate_without_a_whole_count_is_given_as_a_rate() -> None:
    # 0.5 * (9 + 5) - 5 * 0.3 = 5.5 lines: no such count, as if the model had been made with another prior.
    known = {"customer_brand_settled_lines": 9.0, "customer_return_rate": 0.3}

    assert say("customer_brand_return_rate", 0.5, **known) == "customer returns about 50% of lines of this brand"
    assert say("product_return_rate", 0.5) == "about 50% of lines of this product come back"


@pytest.mark.parametrize(("small", "large", "runs"), [(3, 1, "small"), (1, 3, "large")])
def test_the_size_bias_is_given_by_its_counts_of_returns(small: int, large: int, runs: str) -> None:
    recorded = 8
    bias = (large - small) / (recorded + PARAMS.prior_returns.product)
    shares = {"product_too_small_share": small / recorded, "product_too_large_share": large / recorded}

    assert say("product_size_bias", bias, **shares) == (
        f"the product runs {runs}: {small} of 8 returns with a reason too small, {large} too large"
    )


def test_a_product_never_ordered_differs_from_one_without_an_outcome() -> None:
    nothing = {"customer_product_returned": 0.0, "customer_product_kept": 0.0}

    assert say("customer_product_return_rate", 0.38, customer_product_lines=0, **nothing) == (
        "customer never ordered this product before; overall rate is about 38%"
    )
    assert say("customer_product_return_rate", 0.38, customer_product_lines=1, **nothing) == (
        "no outcome of this product known for this customer yet; overall rate is about 38%"
    )


def test_without_a_size_bias_the_sentence_gives_none() -> None:
    even = {"product_too_small_share": 0.25, "product_too_large_share": 0.25}
    nothing = {"product_too_small_share": math.nan, "product_too_large_share": math.nan}

    assert (
        say("product_size_bias", 0, **even) == "as many returns of this product were too small as too large: 25% each"
    )
    assert say("product_size_bias", 0, **nothing) == "no return of this product with a recorded reason yet"
